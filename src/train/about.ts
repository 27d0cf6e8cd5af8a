/** What a history says of its run beside the numbers: the options and the machine, as plain data. */

import { availableParallelism, cpus } from 'node:os';
import { info } from '../native/configure.js';
import { VERSION } from '../version.js';
import type { RunTerms } from './checkpoint/record.js';

/** The options of a run, defaults filled in. */
export interface RunOptions extends RunTerms {
  /** That were asked for. */
  readonly epochs: number;
  readonly stepsPerEpoch: number;
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

export function environment(): Environment {
  const { isa, threads } = info();
  return {
    slalom: VERSION,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    isa,
    threads,
    date: new Date().toISOString(),
  };
}
