/** What layers that prepare data tell those who fit, check and feed them. */

import type { DType } from '../../native/binding.js';
import type { NDArray } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Statistic } from './statistic.js';

/** Positions along the last axis of the input. */
export type Features = 'all' | readonly number[];

/** What a model says of its input. */
export interface InputTraits {
  /** Features that may hold NaN: the model fills them. */
  readonly missing: Features;
  /** NaN in a feature comes out as NaN in that feature and nowhere else. */
  readonly passesMissing: boolean;
  /** Numbers that f32 cannot hold come in as f64, whatever the dtype of the model. */
  readonly precise: boolean;
}

/** The input of an ordinary layer. */
export const ORDINARY: InputTraits = { missing: [], passesMissing: false, precise: false };

/** The dtype in which a model takes a column of `given`. */
export function inputDType({ precise }: InputTraits, model: DType, given: DType): DType {
  return precise && (given === 'f64' || given === 'i32') ? 'f64' : model;
}

/** Values of statistics. */
export type Fitted = ReadonlyMap<Statistic, NDArray>;

/** An error that names layer and feature: "column 3 " + reason. */
export type Fault = (feature: number, reason: string) => Error;

/** Gathers statistics over rows that come block by block. */
export interface Accumulator {
  /** While a program is traced, for each shape of block: takes the layer's input in. What it returns goes to `keep`. */
  add(x: Tensor): readonly Tensor[];
  /** What a block gave. Throws what `fault` makes of a feature without statistics. */
  keep?(values: readonly NDArray[], fault: Fault): void;
  /** After the last block. */
  end(fault: Fault): Promise<Fitted> | Fitted;
}

export interface Finding {
  readonly row: number;
  readonly feature: number;
  /** Follows the name of the feature: "holds 5, which …". */
  readonly reason: string;
}

/** What a layer refuses in a block of its input. */
export interface Inspection {
  /** While a program is traced. */
  look(x: Tensor): readonly Tensor[];
  /** What the block gave: which row of the block and feature of the layer are to blame and why, or undefined. */
  judge(seen: readonly NDArray[]): Finding | undefined;
}

/** A layer whose state comes from data. */
export interface Preparation {
  /** `nn.standardize`: for errors. */
  readonly name: string;
  /** All of them are fitted together. */
  readonly statistics: readonly Statistic[];
  begin(): Accumulator;
  readonly inspection?: Inspection;
}
