/** A profile as text. */

import type { ProfiledLayer, ProfiledOp, Work } from '../../nn/profiling.js';
import { numbers, textTable, words } from '../../table.js';
import { sum } from './parts.js';

/** Rows of the printed table. */
const PRINTED = 30;

interface Heading {
  readonly mode: string;
  readonly rows: number;
  readonly repeats: number;
  readonly machine: { readonly isa: string; readonly threads: number; readonly peakFlops: number; readonly peakBytes: number };
  readonly total: Work;
}

const ms = (seconds: number): string => (seconds * 1e3).toFixed(3);
const giga = (amount: number): string => (amount / 1e9).toFixed(amount < 1e10 ? 2 : 1);
const percent = (share: number | undefined): string => (share === undefined ? '-' : `${(share * 100).toFixed(1)} %`);

export function heading({ mode, rows, repeats, machine, total }: Heading): string[] {
  const peak = total.shareOfPeak === undefined ? '' : `, ${percent(total.shareOfPeak)} of ${giga(machine.peakFlops)}`;
  return [
    `${mode} step of ${rows} rows: ${ms(total.seconds)} ms, the median of ${repeats}; ${machine.isa}, ${machine.threads} ${machine.threads === 1 ? 'thread' : 'threads'}`,
    `${giga(total.flopsPerSecond)} GFLOP/s${peak}; ${giga(total.bytesPerSecond)} GB/s (a copy in memory: ${giga(machine.peakBytes)})`,
  ];
}

const RATES = ['GFLOP/s', 'of peak', 'GB/s'];
const rates = ({ flopsPerSecond, shareOfPeak, bytesPerSecond }: Work): string[] => [
  giga(flopsPerSecond),
  percent(shareOfPeak),
  giga(bytesPerSecond),
];

export function opTable(ops: readonly ProfiledOp[]): string[] {
  const columns = [...words('op', 'layer', 'phase', 'result'), ...numbers('ms', 'share', ...RATES)];
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

export function layerTable(layers: readonly ProfiledLayer[]): string[] {
  const columns = [...words('layer'), ...numbers('ms', 'share', 'forward', 'backward', 'update', ...RATES)];
  const rows = layers.map((layer) => {
    const depth = layer.path.split('.').length - 1;
    const name = `${'  '.repeat(depth)}${layer.path === '' ? '(no layer)' : layer.path}`;
    const phases = [layer.forward, layer.backward, layer.update].map((seconds) => (seconds > 0 ? ms(seconds) : ''));
    return [name, ms(layer.seconds), percent(layer.share), ...phases, ...rates(layer)];
  });
  return textTable(columns, rows);
}
