/** What `model.profile()` found, as numbers, as text and as a trace file. */

import type { NativeProfile } from '../../native/binding.js';
import type { Machine, Profile, ProfiledLayer, ProfiledOp, Work } from '../../nn/profiling.js';
import { median } from '../../statistics.js';
import { type Amount, amountOf, describeNode, layersOf, rate, sum } from './parts.js';
import { heading, layerTable, opTable } from './text.js';
import { writeTrace } from './trace.js';

export interface Measured {
  readonly native: NativeProfile;
  readonly mode: 'training' | 'inference';
  readonly rows: number;
  readonly dtype: string;
  readonly machine: Machine;
}

export class Profiled implements Profile {
  readonly mode: 'training' | 'inference';
  readonly rows: number;
  readonly repeats: number;
  readonly machine: Machine;
  readonly total: Work;
  readonly ops: readonly ProfiledOp[];
  readonly layers: readonly ProfiledLayer[];
  readonly #timeline: Float64Array;
  readonly #nodes: readonly ProfiledOp[];

  constructor({ native, mode, rows, dtype, machine }: Measured) {
    this.mode = mode;
    this.rows = rows;
    this.repeats = native.seconds.length;
    this.machine = machine;
    const seconds = median(native.seconds);
    const measure = (part: Amount): Work => ({
      ...part,
      share: part.seconds / seconds,
      flopsPerSecond: rate(part.flops, part.seconds),
      bytesPerSecond: rate(part.bytes, part.seconds),
      shareOfPeak: dtype === 'f32' ? rate(part.flops, part.seconds) / machine.peakFlops : undefined,
    });
    this.#nodes = native.nodes.map((node) => ({ ...describeNode(node), ...measure(amountOf(node)) }));
    this.#timeline = native.timeline;
    const ran = this.#nodes.filter(({ runs }) => runs > 0);
    this.ops = [...ran].sort((a, b) => b.seconds - a.seconds);
    this.layers = layersOf(ran, measure);
    this.total = measure({ ...sum(ran), seconds });
  }

  writeTrace(path: string): Promise<void> {
    return writeTrace(path, { nodes: this.#nodes, timeline: this.#timeline, mode: this.mode });
  }

  toString(): string {
    return [...heading(this), '', ...opTable(this.ops), '', ...layerTable(this.layers)].join('\n');
  }
}
