/** What `profile` found, as numbers, as text and as a trace file. */

import type { NativeProfile } from '../../native/binding.js';
import { median } from '../../statistics.js';
import { type Amount, amountOf, describeNode, layersOf, type ProfiledLayer, type ProfiledOp, rate, sum, type Work } from './parts.js';
import { heading, layerTable, opTable } from './text.js';
import { writeTrace } from './trace.js';

export interface Machine {
  /** The kernels in use. */
  readonly isa: string;
  readonly threads: number;
  /** Multiply-adds of f32 in registers, counted two, a second; measured. */
  readonly peakFlops: number;
  /** Bytes read and written by a copy that no cache holds, a second; measured. */
  readonly peakBytes: number;
}

export interface Measured {
  readonly native: NativeProfile;
  readonly mode: 'training' | 'inference';
  readonly rows: number;
  readonly dtype: string;
  readonly machine: Machine;
}

export class Profile {
  readonly mode: 'training' | 'inference';
  /** Of the batch. */
  readonly rows: number;
  readonly repeats: number;
  readonly machine: Machine;
  /** The step as a whole. */
  readonly total: Work;
  /** Slowest first. */
  readonly ops: readonly ProfiledOp[];
  /** By path, each followed by those below it. */
  readonly layers: readonly ProfiledLayer[];
  readonly #timeline: Float64Array;
  readonly #nodes: readonly ProfiledOp[];

  /** @internal Made by `profile`. */
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

  /**
   * Writes the fastest of the repeats as a file for chrome://tracing or ui.perfetto.dev, one event a
   * kernel. Very long loops are cut off.
   */
  writeTrace(path: string): Promise<void> {
    return writeTrace(path, { nodes: this.#nodes, timeline: this.#timeline, mode: this.mode });
  }

  /** Totals, the slowest kernels, and the layers. */
  toString(): string {
    return [...heading(this), '', ...opTable(this.ops), '', ...layerTable(this.layers)].join('\n');
  }
}
