/** Kernels and layers of a profile: what they are, and how they add up. */

import type { NativeProfiledNode } from '../../native/binding.js';
import type { Phase, ProfiledLayer, ProfiledOp, Work } from '../../nn/profiling.js';
import { median } from '../../statistics.js';

/** How the gradient pass marks the path of what it adds. */
const GRADIENT = ' (gradient)';

/** What adds up. */
export interface Amount {
  readonly seconds: number;
  readonly flops: number;
  readonly bytes: number;
}

export const rate = (amount: number, seconds: number): number => (seconds > 0 ? amount / seconds : 0);

export function sum(parts: readonly Amount[]): Amount {
  return parts.reduce(
    (all, { seconds, flops, bytes }) => ({ seconds: all.seconds + seconds, flops: all.flops + flops, bytes: all.bytes + bytes }),
    { seconds: 0, flops: 0, bytes: 0 },
  );
}

export function amountOf({ seconds, flops, bytesRead, bytesWritten, runs }: NativeProfiledNode): Amount {
  return { seconds: runs > 0 ? median(seconds) : 0, flops: flops * runs, bytes: (bytesRead + bytesWritten) * runs };
}

export function describeNode({ op, path, type, runs }: NativeProfiledNode): Pick<ProfiledOp, 'op' | 'path' | 'phase' | 'type' | 'runs'> {
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

export function layersOf(ops: readonly ProfiledOp[], measure: (part: Amount) => Work): ProfiledLayer[] {
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
