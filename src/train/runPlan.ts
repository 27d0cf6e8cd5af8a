import type { Columns } from '../data/columns.js';
import type { RunResult, RunSpec } from '../native/binding.js';
import type { LearningRate } from '../optim/optimizer.js';
import type { Callback } from './callbacks/callback.js';
import type { RunRecord, RunTerms } from './checkpoint/record.js';
import type { Resumed } from './checkpoint/resume.js';
import type { Position } from './chunk.js';
import type { Scores } from './events.js';
import type { StepNumber } from './numbers.js';
import type { Outputs } from './outputs.js';
import type { Inspected } from './probe/inspections.js';
import type { Portion, Supply } from './supply.js';

/** Everything a run needs; made by `fit` before the run begins. */
export interface RunPlan extends Inspected {
  readonly outputs: Outputs;
  /** When its programs are compiled, off the JavaScript thread; nothing runs before. */
  ready(): Promise<void>;
  readonly flops: number;
  readonly rows: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Steps after which the run ends; infinite: none. */
  readonly steps: number;
  readonly supply: Pick<Supply, 'stepsPerEpoch' | 'place' | 'commit'>;
  /** The batches of the coming steps, at most so many. Undefined after an abort. */
  take(position: Position, most: number): Promise<Portion | undefined>;
  /** The same batches of a stream and the one after, before the first step; they stay. */
  peek(position: Position, most: number): Promise<readonly Columns[]>;
  readonly callbacks: readonly Callback[];
  /** One chunk of steps. */
  run(chunk: RunSpec): Promise<RunResult>;
  /** Cuts off what is running, before its next commit. */
  abort(): void;
  /** What the coming steps are given anew, as it is now. */
  numbers(): readonly [lr: StepNumber, ...StepNumber[]];
  /** Whose learning rate that is. */
  readonly optimizer: { lr: LearningRate };
  /** How the run began. */
  readonly begun: { readonly terms: RunTerms; readonly firstStep: number };
  /** Where it goes on. */
  readonly resumed: Resumed | undefined;
  /** Such numbers as the arguments of steps. */
  scalars(numbers: readonly StepNumber[], first: number, steps: number): Float32Array;
  /** Loss and metrics on the validation data; undefined if it was cut off. */
  readonly validate?: () => Promise<({ readonly loss: number } & Scores) | undefined>;
  /** Called at the end of every epoch. */
  readonly publish?: () => Promise<void>;
  /** Traces and compiles anew if what the model trains has changed. */
  follow(): Promise<void>;
  /** What it trains now. */
  groups(): RunRecord['groups'];
  snapshot(): Promise<unknown>;
  /** The weights that the model gets in the end if no callback gives others; undefined: it keeps its own. */
  average(): Promise<unknown>;
  restore(weights: unknown): void;
  /** Writes a checkpoint, with the weights that the model gets in the end if they are others. */
  save(path: string, record: RunRecord, final: unknown): Promise<void>;
  /** The error for a step that the guard refused. */
  explain(refused: NonNullable<RunResult['refused']>, about: { readonly step: number; readonly lr: number }): Promise<Error>;
  /** Ends the sessions and gives the model back. */
  close(): Promise<void>;
}
