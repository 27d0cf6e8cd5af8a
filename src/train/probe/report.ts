/** What a probe says. All of it is plain data that JSON can hold, NaN and the infinities aside. */

import { bool, type Checked, integer, optional, positiveInteger, type Rules, withDefault } from '../../options.js';
import type { ActivationReport } from './activation.js';
import type { Statistics } from './statistics.js';

export interface ParameterReport {
  readonly shape: readonly number[];
  readonly trainable: boolean;
  readonly weight: Statistics;
  /** Of the loss, before clipping. Not of parameters that do not train. */
  readonly gradient?: Statistics;
  /** What the step would add. Where there is an optimizer. */
  readonly update?: UpdateReport;
}

export interface UpdateReport {
  readonly norm: number;
  /** Norm of the update over norm of the weights; null where all weights are 0. */
  readonly ratio: number | null;
}

/** A step that was computed and not taken, in numbers. */
export interface Probe {
  /** Whole epochs that were trained before. */
  readonly epoch: number;
  /** Steps that were taken before. */
  readonly step: number;
  /** Rows of the batch. */
  readonly rows: number;
  /** The learning rate; null without an optimizer. */
  readonly lr: number | null;
  /** Of the batch. */
  readonly loss: number;
  /** Norm of all gradients together, before clipping. */
  readonly gradientNorm: number;
  /** By path, in the order of the model's fields. */
  readonly parameters: Readonly<Record<string, ParameterReport>>;
  /** By layer path, in the order in which they are computed; empty unless asked for. */
  readonly activations: Readonly<Record<string, ActivationReport>>;
}

export interface ProbeRequest {
  /** Rows of the batch, at most those of the data. Default: those of the coming step. Others than `batchSize` are the first ones of its epoch; of a stream, the first ones of the coming batch. */
  readonly rows?: number;
  /** Histograms of weights, gradients and activations with so many bins. Default 0: none. */
  readonly bins?: number;
  /** Also what activation functions give. Default false. */
  readonly activations?: boolean;
}

/** More bins than anybody can look at. */
export const MOST_BINS = 4096;

export const probeRules = {
  rows: optional(positiveInteger()),
  bins: withDefault(integer(0, MOST_BINS), 0),
  activations: withDefault(bool(), false),
} satisfies Rules<ProbeRequest>;

export type CheckedProbeRequest = Checked<typeof probeRules>;
