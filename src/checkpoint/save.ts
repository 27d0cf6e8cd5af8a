import { checkArgument, custom, text } from '../options.js';
import { type StoredTensor, writeSafetensors } from './safetensors.js';

/** Anything with named tensors: a model or a layer. */
export interface Saveable {
  state(): Readonly<Record<string, StoredTensor>>;
}

const saveable = custom<Saveable>('a model or a layer', (value) => typeof (value as Saveable | null)?.state === 'function');

/**
 * Writes the weights of a model (parameters and other state, by path) to a safetensors file. The
 * file appears whole or not at all; an old one stays until then. Throws `MODEL_BUSY` while a run
 * trains the model.
 */
export async function saveWeights(model: Saveable, path: string): Promise<void> {
  checkArgument('saveWeights', 'the first argument', model, saveable);
  checkArgument('saveWeights', 'path', path, text());
  await writeSafetensors(path, new Map(Object.entries(model.state())), { format: 'slalom' });
}
