/** Trace Event Format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */

import { writeAtomically } from '../../checkpoint/atomic.js';
import type { ProfiledOp } from '../../nn/profiling.js';
import { checkArgument, text } from '../../options.js';

export interface Timeline {
  readonly nodes: readonly ProfiledOp[];
  /** Node, begin and duration in seconds, again and again. */
  readonly timeline: Float64Array;
  readonly mode: string;
}

/** The one process and the one row: kernels run one after the other, each on all threads. */
const PLACE = { pid: 1, tid: 1 };
const FIELDS = 3;

export async function writeTrace(path: string, { nodes, timeline, mode }: Timeline): Promise<void> {
  checkArgument('writeTrace', 'path', path, text());
  const name = (what: string, name: string) => ({ name: what, ph: 'M', ...PLACE, args: { name } });
  const events = Array.from({ length: timeline.length / FIELDS }, (_, i) => {
    const { op, path: layer, phase, type, flops, bytes, runs } = nodes[timeline[i * FIELDS]!]!;
    const [begin, duration] = [timeline[i * FIELDS + 1]! * 1e6, timeline[i * FIELDS + 2]! * 1e6];
    const args = { layer, phase, result: type, flops: flops / runs, bytes: bytes / runs };
    return { name: op, cat: phase, ph: 'X', ts: begin, dur: duration, ...PLACE, args };
  });
  const traceEvents = [name('process_name', 'slalom'), name('thread_name', `${mode} step`), ...events];
  await writeAtomically(path, [new TextEncoder().encode(JSON.stringify({ displayTimeUnit: 'ns', traceEvents }))]);
}
