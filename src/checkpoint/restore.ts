import { checkArgument, custom, text } from '../options.js';
import { readSafetensors, type StoredTensor } from './safetensors.js';

/** Anything that takes named tensors: a model or a layer. */
export interface Loadable {
  load(state: ReadonlyMap<string, StoredTensor>): void;
}

const loadable = custom<Loadable>('a model or a layer', (value) => typeof (value as Loadable | null)?.load === 'function');

/**
 * Reads the weights of a model from a safetensors file, also before its first trace. All or
 * nothing: a `DataError` if the file is broken, a `CheckpointError` that lists every name, shape
 * and dtype that differs from the model, `MODEL_BUSY` while a run trains it.
 */
export async function loadWeights(model: Loadable, path: string): Promise<void> {
  checkArgument('loadWeights', 'the first argument', model, loadable);
  checkArgument('loadWeights', 'path', path, text());
  const { tensors } = await readSafetensors(path);
  model.load(tensors);
}
