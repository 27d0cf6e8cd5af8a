import { describe, OptionError } from '../errors.js';
import { checkOptions, oneOf, optional, type Rules } from '../options.js';
import { Tensor } from '../tensor/tensor.js';
import { currentTrace } from '../tensor/trace.js';
import { type Model, Module, narrow } from './module.js';
import { type InputTraits, ORDINARY } from './preprocess/preparation.js';

/** A module of one tensor to one, or a plain function of tensors. */
export type Layer = Model | ((x: Tensor) => Tensor);

export interface SequentialOptions {
  /** Of all parameters that state none. Default f32; f64 runs on the reference kernels. */
  readonly dtype?: 'f32' | 'f64';
}

const traitsOf = (layer: Layer | undefined): InputTraits => (layer instanceof Module ? layer.inputTraits() : ORDINARY);

const rules = { dtype: optional(oneOf('f32', 'f64')) } satisfies Rules<SequentialOptions>;

/** See `sequential`. */
export class Sequential extends Module {
  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[], options?: SequentialOptions) {
    super();
    const { dtype } = checkOptions('nn.sequential', options, rules);
    if (!Array.isArray(layers))
      throw new OptionError(`nn.sequential: expected an array of layers, found ${describe(layers)}`, { op: 'nn.sequential' });
    layers.forEach((layer: unknown, i) => {
      if (layer instanceof Module || typeof layer === 'function') return;
      throw new OptionError(`nn.sequential: layer ${i} must be a module or a function, found ${describe(layer)}`, {
        op: 'nn.sequential',
        found: describe(layer),
      });
    });
    this.layers = [...layers];
    if (dtype) this.dtype = dtype;
  }

  override inputTraits(): InputTraits {
    const traits = this.layers.map(traitsOf);
    const first = traits.find(({ passesMissing }) => !passesMissing);
    return { missing: first?.missing ?? [], passesMissing: first === undefined, precise: traits[0]?.precise ?? false };
  }

  forward(x: Tensor): Tensor {
    const context = currentTrace();
    const { scope } = context;
    // Still f64 as it came in: up to the first layer that does not prepare data.
    let wide = x.dtype === 'f64';
    return this.layers.reduce<Tensor>((given, layer, i) => {
      const { precise } = traitsOf(layer);
      const value = wide && i > 0 && !precise ? narrow(given) : given;
      wide &&= precise;
      if (layer instanceof Module) return layer.call(value);
      const path = `${scope}${scope && '.'}layers.${i}`;
      const result: unknown = context.withScope(path, () => layer(value));
      if (result instanceof Tensor) return result;
      throw new OptionError(`nn.sequential: the function ${path} must return a tensor, found ${describe(result)}`, {
        op: 'nn.sequential',
        path,
      });
    }, x);
  }
}

/** Layers one after the other; their paths are `layers.0`, `layers.1`, … Functions of tensors count too. */
export function sequential(layers: readonly Layer[], options?: SequentialOptions): Sequential {
  return new Sequential(layers, options);
}
