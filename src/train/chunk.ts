/**
 * How many steps the core runs in one go. The length follows from the options and the size of the
 * program, never from time, so that control is the same on every machine.
 */

export interface ChunkPlan {
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  /** Of one step, counted two for a multiply-add. */
  readonly flops: number;
  /** JavaScript needs every batch: chunks of one step. */
  readonly everyBatch: boolean;
  /** JavaScript needs every epoch's end: no chunk crosses it. */
  readonly everyEpoch: boolean;
  /** JavaScript shows how far an epoch is. */
  readonly progress: boolean;
}

/** Where a run stands: epoch and batch from 0. */
export interface Position {
  readonly epoch: number;
  readonly batch: number;
}

/**
 * Some tenths of a second on one core, since each time that JavaScript wakes up costs the core a millisecond
 * or two; some tens of milliseconds where somebody looks.
 */
const CHUNK_FLOPS = 3e10;
const SHOWN_FLOPS = 5e9;
/** What a step costs beside its arithmetic, in flops. */
const STEP_OVERHEAD = 5e4;
/** Bounds the work in JavaScript when a chunk comes back. */
const MAX_EPOCHS = 512;

export function nextChunk(plan: ChunkPlan, { epoch, batch }: Position): number {
  if (plan.everyBatch) return 1;
  const most = Math.max(1, Math.floor((plan.progress ? SHOWN_FLOPS : CHUNK_FLOPS) / (plan.flops + STEP_OVERHEAD)));
  const left = plan.stepsPerEpoch - batch;
  if (plan.everyEpoch || most < 2 * plan.stepsPerEpoch || batch > 0) return Math.min(most, left);
  return plan.stepsPerEpoch * Math.min(Math.floor(most / plan.stepsPerEpoch), MAX_EPOCHS, plan.epochs - epoch);
}

/** Steps until one that somebody wants to see comes next, each n-th of the run for an n in `every`; 1 if that is the next. */
export function stepsUntil(every: readonly number[], step: number): number {
  return Math.min(...every.map((n) => Math.max(1, n - 1 - (step % n))));
}

/** The position `steps` after another. */
export function advance({ epoch, batch }: Position, steps: number, stepsPerEpoch: number): Position {
  const at = batch + steps;
  return { epoch: epoch + Math.floor(at / stepsPerEpoch), batch: at % stepsPerEpoch };
}
