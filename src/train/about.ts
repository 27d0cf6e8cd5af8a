/** What a history says of its run beside the numbers: the options and the machine, as plain data. */

import { os } from '../builtins.js';
import { info } from '../native/configure.js';
import { VERSION } from '../version.js';
import type { RunTerms } from './checkpoint/record.js';

/** The options of a run, defaults filled in. */
export interface RunOptions extends RunTerms {
  /** That were asked for. */
  readonly epochs: number;
  readonly steps?: number;
  readonly stepsPerEpoch: number;
}

/** One epoch, or as many as `steps` needs, unless it is said. Infinity where the length of an epoch is not known. */
export function epochsOf({ epochs, steps }: { readonly epochs?: number; readonly steps?: number }, stepsPerEpoch: number): number {
  if (epochs !== undefined || steps === undefined) return epochs ?? 1;
  return Number.isFinite(stepsPerEpoch) ? Math.ceil(steps / stepsPerEpoch) : Number.POSITIVE_INFINITY;
}

/** Where and when a run took place. */
export interface Environment {
  /** Versions. */
  readonly slalom: string;
  readonly node: string;
  /** `linux x64` */
  readonly platform: string;
  /** Model name of the processor. */
  readonly cpu: string;
  /** That this process may use. */
  readonly cores: number;
  /** The kernels in use. */
  readonly isa: string;
  readonly threads: number;
  /** When the run began, or went on: ISO 8601. */
  readonly date: string;
}

let processor: string | undefined;

/** Asked for once: the system looks at every core, a millisecond or more. */
function processorName(): string {
  processor ??= os().cpus()[0]?.model.trim() ?? 'unknown';
  return processor;
}

/** The kernels, the threads and the date of now; the rest, which takes longer, when it is asked for. */
export function environment(): () => Environment {
  const { isa, threads } = info();
  const date = new Date().toISOString();
  return () => ({
    slalom: VERSION,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: processorName(),
    cores: os().availableParallelism(),
    isa,
    threads,
    date,
  });
}
