import { StateError } from '../../errors.js';
import type { DType, NativeVariable } from '../../native/binding.js';
import { Variable } from '../../tensor/variable.js';

/** A variable that gets its value from data or a file, never from an initialiser. */
export class Statistic extends Variable {
  readonly #layer: string;

  /** `layer` is the function that made it, `nn.standardize`. */
  constructor(layer: string, dtype: DType = 'f64') {
    super({ dtype, init: () => this.#missing() });
    this.#layer = layer;
  }

  /** @internal */
  override native(seed: number): NativeVariable {
    if (!this.initialized) this.#missing();
    return super.native(seed);
  }

  #missing(): never {
    throw unfitted(this.#layer, this.path);
  }
}

/** A layer is used before it has seen data. */
export function unfitted(layer: string, path: string): StateError {
  return new StateError(
    `${path}: ${layer} has not been fitted to data yet: train with fit, call await model.adapt(x) with training data, or load weights`,
    { op: layer, path },
  );
}
