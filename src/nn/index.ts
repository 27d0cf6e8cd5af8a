/** Layers, activations and what models are made of: the namespace `nn`. */

export { Parameter, Variable, type VariableOptions } from '../tensor/variable.js';
export { Activation as ActivationLayer, activation } from './activation.js';
export {
  type Activation,
  type ActivationName,
  type EluOptions,
  elu,
  type GeluOptions,
  gelu,
  identity,
  type LeakyReluOptions,
  leakyRelu,
  logSoftmax,
  relu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from './activations.js';
export { Dense, type DenseOptions, dense } from './dense.js';
export { Dropout, dropout } from './dropout.js';
export { Flatten, flatten } from './flatten.js';
export * as init from './init/index.js';
export { type BuildOptions, type Model, Module } from './module.js';
export { type ColumnGroup, Columns, type ColumnsOptions, columns } from './preprocess/columns.js';
export { Impute, type ImputeOptions, type ImputeStrategy, impute } from './preprocess/impute.js';
export { MinMax, type MinMaxOptions, minMax } from './preprocess/minMax.js';
export { OneHot, type OneHotOptions, oneHot } from './preprocess/oneHot.js';
export type { Features, InputTraits } from './preprocess/preparation.js';
export { Standardize, type StandardizeOptions, standardize } from './preprocess/standardize.js';
export { type Layer, Sequential, type SequentialOptions, sequential } from './sequential.js';
export type { StateInput, StoredArray } from './state.js';
export { Temperature, temperature } from './temperature.js';
