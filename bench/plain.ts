/** The table of `npm run bench`: Slalom against plain JavaScript, one thread each. */

import { percent, table, times, whole } from './table.js';

export interface PlainRow {
  readonly trainer: string;
  readonly samplesPerSecond: number;
  readonly stepsPerSecond: number;
  readonly gflops: number;
  /** Of what one core does, measured before and after each call: median. */
  readonly shareOfPeak: number;
  /** The 90th percentile: what the code does while nobody else runs. */
  readonly bestShareOfPeak: number;
  /** Of the mean, in percent, as the benchmark package states it. */
  readonly error: number;
  readonly speed: number;
}

export interface PlainResult {
  readonly workload: string;
  readonly rows: readonly PlainRow[];
  /** Why nothing was timed. */
  readonly refused?: string;
}

const HEAD = ['workload', 'trainer', 'samples/s', 'steps/s', 'GFLOP/s', 'of peak', 'p90', '±', 'speed'];

export function plainLines(results: readonly PlainResult[]): string[] {
  const rows = results.flatMap(({ workload, rows: both }) =>
    both.map(({ trainer, samplesPerSecond, stepsPerSecond, gflops, shareOfPeak, bestShareOfPeak, error, speed }) => [
      workload,
      trainer,
      whole(samplesPerSecond),
      stepsPerSecond < 10 ? stepsPerSecond.toFixed(2) : whole(stepsPerSecond),
      gflops.toPrecision(3),
      percent(shareOfPeak),
      percent(bestShareOfPeak),
      `${error.toFixed(1)} %`,
      times(speed),
    ]),
  );
  return [
    ...table(HEAD, rows, 2),
    ...results.flatMap(({ workload, refused }) => (refused ? ['', `${workload}: ${refused}: not timed`] : [])),
  ];
}
