/** What a model takes in, and what it makes of it. */

import type { Model } from '../nn/module.js';
import { inputDType } from '../nn/preprocess/preparation.js';
import type { DType } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

/** The dtype in which a model takes a column. */
export function inputOf(model: Model, column: DType): DType {
  return inputDType(model.inputTraits(), model.dtype, column);
}

/** The dtype that nested arrays become for it. */
export function nestedOf(model: Model): DType | undefined {
  return model.inputTraits().precise ? 'f64' : undefined;
}

/** The model's output in its own dtype, also where it only prepares what came in as f64. */
export function outputOf(model: Model, x: Tensor): unknown {
  const output: unknown = model.call(x);
  const wide = x.dtype !== model.dtype && output instanceof Tensor && output.dtype === x.dtype;
  return wide ? output.cast(model.dtype) : output;
}
