/** Options of searches, and what comes out of them. */

import type { Data } from '../../data/columns.js';
import type { NonFiniteError } from '../../errors.js';
import type { MetricLike } from '../../metrics/metric.js';
import type { Model } from '../../nn/module.js';
import { bool, callable, type checkOptions, custom, oneOf, optional, text, withDefault } from '../../options.js';
import { isPlain } from '../../plain.js';
import type { History } from '../../train/history.js';
import { type SelectOptions, selectRules } from '../common.js';
import type { PartOf, SelectData } from '../rowSet.js';
import type { Summaries } from '../summary.js';
import type { FoldContext, TrialScores } from '../trial.js';
import type { HalvingOptions } from './halving.js';

/** What the functions that make the model and the options of a run are told. */
export interface SearchContext<D extends SelectData = Data> extends Omit<FoldContext<D>, 'test'> {
  /** What the run is tested on. Undefined when the best configuration is trained on all data in the end: then `fold` is 0. */
  readonly test: PartOf<D> | undefined;
}

export interface SearchOptions<P, M extends readonly MetricLike[] = readonly MetricLike[], D extends SelectData = Data>
  extends SelectOptions<[parameters: P, context: SearchContext<D>], M> {
  /** What decides: `loss` or a metric's name. Default `loss`. */
  readonly monitor?: string;
  /** Whether less or more is better. Default: by the name, as for `callbacks.earlyStopping`. */
  readonly mode?: 'min' | 'max';
  /** Rounds in which ever fewer configurations get ever more epochs or rows. Default: one round. */
  readonly halving?: HalvingOptions;
  /** Trains the best configuration on all data in the end. Default true. */
  readonly refit?: boolean;
  /** Called when a configuration is through a round. A promise is waited for. */
  readonly onResult?: (result: SearchResult<P, TrialScores>) => unknown;
}

/** How a configuration did in the last round that it took part in. */
export interface SearchResult<P, S> {
  readonly parameters: P;
  /** Mean of what decides; NaN if a run failed. */
  readonly score: number;
  /** Undefined if a run failed. */
  readonly scores: Summaries<S> | undefined;
  /** The first failure: a loss or gradient that was not finite. */
  readonly error: NonFiniteError | undefined;
  /** From 1. */
  readonly round: number;
  /** Epochs or rows of that round, with `halving`. */
  readonly resource: number | undefined;
}

export interface Search<P, S> {
  readonly best: SearchResult<P, S>;
  /** All configurations, the best first: those of later rounds before others, failed ones last. */
  readonly results: readonly SearchResult<P, S>[];
  readonly rounds: readonly { readonly candidates: number; readonly resource: number | undefined }[];
  /** The best configuration trained on all data; undefined without `refit`. */
  readonly model: Model | undefined;
  /** Of that training. */
  readonly history: History | undefined;
  /** A table of the results. */
  toString(): string;
}

export const searchRules = {
  ...selectRules,
  monitor: withDefault(text(), 'loss'),
  mode: optional(oneOf('min', 'max')),
  halving: optional(custom<HalvingOptions>("an object { resource: 'epochs' or 'rows', … }", isPlain)),
  refit: withDefault(bool(), true),
  onResult: optional(callable<(result: never) => unknown>()),
};

export type CheckedSearch = ReturnType<typeof checkOptions<typeof searchRules>>;
