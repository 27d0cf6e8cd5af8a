/** A contest as text. */

import { percent, table, times, whole } from '../table.js';
import type { Result, Row } from './contest.js';

const HEAD = ['contestant', 'samples/s', 'steps/s', 'GFLOP/s', 'of peak', 'slalom is', 'peak MB', 'rounds'];

function cells(row: Row): string[] {
  const { contestant, samplesPerSecond, stepsPerSecond, gflops, shareOfPeak, slalomIs, peakMegabytes, rounds, otherTask } = row;
  const name = otherTask ? `${contestant} (another task: ${otherTask})` : contestant;
  const ratio = contestant.startsWith('slalom') ? '' : times(slalomIs);
  const rate = stepsPerSecond < 10 ? stepsPerSecond.toFixed(2) : whole(stepsPerSecond);
  return [name, whole(samplesPerSecond), rate, gflops.toPrecision(3), percent(shareOfPeak), ratio, whole(peakMegabytes), String(rounds)];
}

/** Who trained another task stands last, with no losses to compare. */
export function contestLines({ workload, peak, peakOfTwo, rows, leftOut }: Result): string[] {
  const ordered = [...rows.filter(({ otherTask }) => !otherTask), ...rows.filter(({ otherTask }) => otherTask)];
  return [
    '',
    `${workload}: peak ${peak.toFixed(0)} GFLOP/s, of two threads ${peakOfTwo.toFixed(0)}`,
    '',
    ...table(HEAD, ordered.map(cells)),
    ...leftOut.map((line) => `left out: ${line}`),
  ];
}
