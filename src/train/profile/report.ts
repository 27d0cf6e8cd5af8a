/** What `profile` found, as numbers and as a table. */

import type { NativeProfile, NativeProfiledNode } from '../../native/binding.js';
import { type TextColumn, textTable } from '../table.js';
import { writeTrace } from './trace.js';

/** What a node is for. `update` is everything that the optimizer adds, and the writing of variables. */
export type Phase = 'forward' | 'backward' | 'update';

/** Time and work of one step. */
export interface Work {
  /** Median over the repeats. */
  readonly seconds: number;
  /** Of the whole step. */
  readonly share: number;
  /** Estimated: a multiply-add counts two, any other operation on an element one. */
  readonly flops: number;
  /** Estimated: every operand read once, every result written once. */
  readonly bytes: number;
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
  /** `flopsPerSecond` of what this machine can do at most; undefined for f64. */
  readonly shareOfPeak: number | undefined;
}

/** One kernel of the program: an op, or several that run as one. */
export interface ProfiledOp extends Work {
  /** `matmul + add + maximum` where they are fused. */
  readonly op: string;
  /** Layer path; of fused ops that of the first. */
  readonly path: string;
  readonly phase: Phase;
  /** Of its first result: `f32[128, 10]`. */
  readonly type: string;
  /** Executions in one step: more than one in the body of a loop. */
  readonly runs: number;
}

/** A layer path with all below it. */
export interface ProfiledLayer extends Work {
  readonly path: string;
  readonly forward: number;
  readonly backward: number;
  readonly update: number;
}

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

/** How the gradient pass marks the path of what it adds. */
const GRADIENT = ' (gradient)';
/** Rows of the printed table. */
const PRINTED = 30;

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

interface Amount {
  readonly seconds: number;
  readonly flops: number;
  readonly bytes: number;
}

const rate = (amount: number, seconds: number): number => (seconds > 0 ? amount / seconds : 0);

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function sum(parts: readonly Amount[]): Amount {
  return parts.reduce(
    (all, { seconds, flops, bytes }) => ({ seconds: all.seconds + seconds, flops: all.flops + flops, bytes: all.bytes + bytes }),
    { seconds: 0, flops: 0, bytes: 0 },
  );
}

function amountOf({ seconds, flops, bytesRead, bytesWritten, runs }: NativeProfiledNode): Amount {
  return { seconds: runs > 0 ? median(seconds) : 0, flops: flops * runs, bytes: (bytesRead + bytesWritten) * runs };
}

function describeNode({ op, path, type, runs }: NativeProfiledNode): Pick<ProfiledOp, 'op' | 'path' | 'phase' | 'type' | 'runs'> {
  const backward = path.endsWith(GRADIENT);
  const update = path === 'optimizer' || op === 'commit' || op === 'keep';
  return {
    op,
    path: backward ? path.slice(0, -GRADIENT.length) : path,
    phase: backward ? 'backward' : update ? 'update' : 'forward',
    type,
    runs,
  };
}

function layersOf(ops: readonly ProfiledOp[], measure: (part: Amount) => Work): ProfiledLayer[] {
  const paths = new Map<string, ProfiledOp[]>();
  for (const op of ops) {
    const names = op.path === '' ? [''] : op.path.split('.');
    for (let depth = 1; depth <= names.length; depth++) {
      const path = names.slice(0, depth).join('.');
      const known = paths.get(path);
      if (known) known.push(op);
      else paths.set(path, [op]);
    }
  }
  const seconds = (list: readonly ProfiledOp[], phase: Phase) => sum(list.filter((op) => op.phase === phase)).seconds;
  return [...paths.keys()].sort(byPath).map((path) => {
    const list = paths.get(path)!;
    const [forward, backward, update] = [seconds(list, 'forward'), seconds(list, 'backward'), seconds(list, 'update')];
    return { path, ...measure(sum(list)), forward, backward, update };
  });
}

/** `layers.2` before `layers.10`, each before what is below it. */
function byPath(a: string, b: string): number {
  const [first, second] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.min(first.length, second.length); i++) {
    const order = first[i]!.localeCompare(second[i]!, 'en', { numeric: true });
    if (order !== 0) return order;
  }
  return first.length - second.length;
}

// ---- as text ----

const ms = (seconds: number): string => (seconds * 1e3).toFixed(3);
const giga = (amount: number): string => (amount / 1e9).toFixed(amount < 1e10 ? 2 : 1);
const percent = (share: number | undefined): string => (share === undefined ? '-' : `${(share * 100).toFixed(1)} %`);

function heading({ mode, rows, repeats, machine, total }: Profile): string[] {
  const peak = total.shareOfPeak === undefined ? '' : `, ${percent(total.shareOfPeak)} of ${giga(machine.peakFlops)}`;
  return [
    `${mode} step of ${rows} rows: ${ms(total.seconds)} ms, the median of ${repeats}; ${machine.isa}, ${machine.threads} ${machine.threads === 1 ? 'thread' : 'threads'}`,
    `${giga(total.flopsPerSecond)} GFLOP/s${peak}; ${giga(total.bytesPerSecond)} GB/s (a copy in memory: ${giga(machine.peakBytes)})`,
  ];
}

const numbers = (titles: readonly string[]): TextColumn[] => titles.map((title) => ({ title, right: true }));
const RATES = ['GFLOP/s', 'of peak', 'GB/s'];
const rates = ({ flopsPerSecond, shareOfPeak, bytesPerSecond }: Work): string[] => [
  giga(flopsPerSecond),
  percent(shareOfPeak),
  giga(bytesPerSecond),
];

function opTable(ops: readonly ProfiledOp[]): string[] {
  const columns = [{ title: 'op' }, { title: 'layer' }, { title: 'phase' }, { title: 'result' }, ...numbers(['ms', 'share', ...RATES])];
  const rows = ops.slice(0, PRINTED).map((one) => {
    const op = shortened(one.op) + (one.runs > 1 ? ` × ${one.runs}` : '');
    return [op, one.path, one.phase, one.type, ms(one.seconds), percent(one.share), ...rates(one)];
  });
  const rest = ops.slice(PRINTED);
  return [...textTable(columns, rows), ...(rest.length > 0 ? [`and ${rest.length} more: ${ms(sum(rest).seconds)} ms`] : [])];
}

/** Long fused regions by their ends. */
function shortened(op: string): string {
  const parts = op.split(' + ');
  return parts.length <= 4 ? op : `${parts.slice(0, 2).join(' + ')} + … ${parts.length - 3} + ${parts.at(-1)}`;
}

function layerTable(layers: readonly ProfiledLayer[]): string[] {
  const columns = [{ title: 'layer' }, ...numbers(['ms', 'share', 'forward', 'backward', 'update', ...RATES])];
  const rows = layers.map((layer) => {
    const depth = layer.path.split('.').length - 1;
    const name = `${'  '.repeat(depth)}${layer.path === '' ? '(no layer)' : layer.path}`;
    const phases = [layer.forward, layer.backward, layer.update].map((seconds) => (seconds > 0 ? ms(seconds) : ''));
    return [name, ms(layer.seconds), percent(layer.share), ...phases, ...rates(layer)];
  });
  return textTable(columns, rows);
}
