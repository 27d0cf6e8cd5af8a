/** Settings and facts of the process. */

import { checkOptions, integer, optional, type Rules } from '../options.js';
import { addon } from './addon.js';

export interface Configuration {
  /** Threads that compute, all models together. Default: `SLALOM_THREADS`, else what affinity, quota and cores allow. */
  readonly threads?: number;
}

const rules = { threads: optional(integer(1, 256)) } satisfies Rules<Configuration>;

/** Changes settings of the process. None changes a bit of any result. */
export function configure(configuration: Configuration): void {
  const { threads } = checkOptions('configure', configuration, rules);
  if (threads !== undefined) addon.setThreads(threads);
}

export interface Info {
  readonly threads: number;
  /** The kernels in use, and all that this machine can run (`SLALOM_ISA` chooses). */
  readonly isa: string;
  readonly isas: readonly string[];
  /**
   * Whether products of a `precision` below `highest` run on a matrix unit of the processor (Intel AMX, on Linux).
   * Reading it asks the operating system for the unit.
   */
  readonly matrixUnit: boolean;
  /** Native memory that tensors, variables and programs hold at present. */
  readonly liveBytes: number;
}

/** How the core runs on this machine. */
export function info(): Info {
  return {
    threads: addon.threads(),
    isa: addon.isa(),
    isas: addon.isas(),
    get matrixUnit() {
      return addon.matrixUnit();
    },
    liveBytes: addon.liveBytes(),
  };
}
