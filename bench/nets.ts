/**
 * `npm run bench:nets [how many]`: multilayer perceptrons of random sizes, always the same ones, trained by Slalom
 * and by PyTorch on one thread and on two: what the workloads that were chosen by hand leave out. Losses are compared
 * first; the processes of a network take turns.
 */

import { generator } from '../test/support/generator.js';
import { Peak } from './peak.js';
import { prepare } from './peers/contest.js';
import { writeFolder } from './peers/folder.js';
import { installed } from './peers/list.js';
import { PeerProcess } from './peers/process.js';
import { about, describe, quantile, save } from './results.js';
import { percent, table, times, whole } from './table.js';
import { flopsPerSample, type Workload } from './workloads/workload.js';

const NETS = 30;
const ROUNDS = 5;
/** Of one timed call, about. */
const SECONDS = 0.2;

const WIDTHS = [8, 16, 30, 32, 50, 64, 100, 128, 200, 256, 300, 512, 784, 1024];
const INPUTS = [4, 10, 13, 30, 64, 100, 784, 1024];
const OUTPUTS = { crossEntropy: [2, 3, 10, 100], mse: [1, 1, 4, 64] };
const BATCHES = [1, 4, 8, 16, 32, 32, 64, 64, 100, 128, 256, 512];
const RULES: readonly Workload['optimizer'][] = [
  { rule: 'adam', lr: 1e-3 },
  { rule: 'adam', lr: 1e-3 },
  { rule: 'momentum', lr: 1e-4, momentum: 0.9 },
  { rule: 'sgd', lr: 1e-4 },
];
const WORDS = { crossEntropy: 'cross-entropy', mse: 'squares', adam: 'Adam', momentum: 'momentum', sgd: 'SGD' };

const random = generator(7);
const draw = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

function drawNet(): Workload {
  const loss = draw(['crossEntropy', 'crossEntropy', 'mse'] as const);
  const hidden = Array.from({ length: draw([1, 2, 2, 3, 4]) }, () => draw(WIDTHS));
  const sizes = [draw(INPUTS), ...hidden, draw(OUTPUTS[loss])];
  const [activation, batchSize, optimizer] = [draw(['relu', 'relu', 'tanh'] as const), draw(BATCHES), draw(RULES)];
  const name = `${sizes.join('-')} ${activation}, ${WORDS[loss]}, ${WORDS[optimizer.rule]}, batch ${batchSize}`;
  return { name, sizes, activation, batchSize, rows: Math.max(1024, 8 * batchSize), loss, optimizer };
}

interface Contestant {
  readonly process: PeerProcess;
  readonly count: number;
  readonly samples: number;
  readonly perSecond: number[];
}

async function start(workload: Workload): Promise<Contestant[]> {
  const folder = writeFolder(workload);
  const contestants: Contestant[] = [];
  let expected: readonly number[] | undefined;
  for (const peer of peers) {
    const process = new PeerProcess(peer, folder);
    try {
      const { contestant, losses } = await prepare(process, workload, expected, SECONDS);
      expected ??= losses;
      contestants.push({ process, count: contestant.count, samples: contestant.samples, perSecond: [] });
    } catch (error) {
      if (!expected) throw error;
      console.log(`${workload.name}: ${peer.name} is left out: ${(error as Error).message}`);
      process.close();
    }
  }
  return contestants;
}

async function compete(workload: Workload, most: number) {
  const contestants = await start(workload);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { process, count, samples, perSecond } of contestants) {
      await process.train(count); // a virtual machine's host takes pages of idle processes away
      perSecond.push(samples / (await process.train(count)).seconds);
    }
  }
  for (const { process } of contestants) process.close();
  const on = (threads: number) => {
    const [ours, theirs] = ['slalom', 'PyTorch'].map((name) =>
      contestants.find(({ process: { peer } }) => peer.name.startsWith(name) && peer.threads === threads),
    );
    return (
      ours && { perSecond: quantile(ours.perSecond), ratio: theirs && quantile(ours.perSecond.map((v, r) => v / theirs.perSecond[r]!)) }
    );
  };
  const [one, two] = [on(1)!, on(2)];
  return { ...workload, one, two, shareOfPeak: (one.perSecond * flopsPerSample(workload)) / 1e9 / most };
}

const count = Number(process.argv[2] ?? NETS);
if (!(Number.isInteger(count) && count > 0)) throw new Error(`expected how many networks, found ${process.argv[2]}`);
const peers = installed().filter(({ name, predictsOnly }) => !predictsOnly && /^(slalom|PyTorch)/.test(name));
const peak = new Peak();
await peak.measure();
const where = about(peak.ghz);
console.log(`${describe(where)}\n`);
const ratio = (value: number | undefined) => (value === undefined ? '–' : times(value));
const results: Awaited<ReturnType<typeof compete>>[] = [];
for (let i = 0; i < count; i++) {
  results.push(await compete(drawNet(), await peak.measure()));
  const { name, one, two } = results.at(-1)!;
  console.error(`${name}: ${[one, two].map((on) => ratio(on?.ratio)).join(', ')}`);
}
peak.close();
const rows = results.map(({ name, one, two, shareOfPeak }) => [
  name,
  whole(one.perSecond),
  percent(shareOfPeak),
  ratio(one.ratio),
  two ? whole(two.perSecond) : '–',
  ratio(two?.ratio),
]);
const head = ['network', 'samples/s, 1 thread', 'of peak', 'of PyTorch', '2 threads', 'of PyTorch'];
console.log(table(head, rows).join('\n'));
for (const threads of ['one', 'two'] as const) {
  const ratios = results.flatMap((result) => result[threads]?.ratio ?? []);
  if (ratios.length === 0) continue;
  const slower = ratios.filter((value) => value < 1).length;
  console.log(
    `${threads === 'one' ? 'one thread' : 'two threads'}: ${times(Math.min(...ratios))} to ${times(Math.max(...ratios))} of PyTorch, median ${times(quantile(ratios))}, slower on ${slower} of ${ratios.length}`,
  );
}
if (process.argv[2] === undefined) save('nets', where, results);
