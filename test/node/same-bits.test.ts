import { expect, it } from 'vitest';
import { info } from '../../src/index.js';
import { runProgram } from './programs.js';

/** What the program prints in all of these environments. */
async function hashes(environments: readonly NodeJS.ProcessEnv[], args: readonly string[] = []): Promise<string[]> {
  const seen = new Set<string>();
  for (const env of environments) seen.add((await runProgram('train-hash', { args, env })).stdout);
  return [...seen];
}

/** The same of random networks, line by line; SLALOM_NETWORKS=1000 for the long form. */
async function networks(environments: readonly NodeJS.ProcessEnv[]): Promise<string[][]> {
  const count = Number(process.env.SLALOM_NETWORKS ?? 60);
  const seen = [];
  for (const env of environments) {
    const { code, stdout } = await runProgram('random-networks', { args: [String(count)], env });
    const lines = stdout.trimEnd().split('\n');
    expect({ code, networks: lines.length }).toEqual({ code: 0, networks: count });
    seen.push(lines);
  }
  return seen;
}

const threads = (isa: string, ...counts: number[]) => counts.map((count) => ({ SLALOM_ISA: isa, SLALOM_THREADS: String(count) }));
const one = [expect.stringMatching(/^[0-9a-f]{64}\n$/)];

it('trains the same bits for any number of threads and any instruction set with FMA', async () => {
  const variants = info().isas.filter((isa) => isa !== 'baseline' && isa !== 'reference');
  expect(await hashes(variants.flatMap((isa) => threads(isa, 1, 2, 3, 8, 1)))).toEqual(one);
});

it('trains the same bits from run to run and over threads without FMA', async () => {
  expect(await hashes(threads('baseline', 1, 2, 3, 8, 1))).toEqual(one);
});

it('trains the same bits from run to run and over threads in f64', async () => {
  expect(await hashes(threads(info().isa, 1, 2, 3, 8, 1), ['f64'])).toEqual(one);
});

it('trains random networks to the same bits for any number of threads and any instruction set with FMA', async () => {
  const variants = info().isas.filter((isa) => isa !== 'baseline' && isa !== 'reference');
  const [first, ...others] = await networks(variants.flatMap((isa) => threads(isa, 1, 2, 3)));
  for (const lines of others) expect(lines).toEqual(first);
});

it('trains random networks to the same bits over threads without FMA', async () => {
  const [first, ...others] = await networks(threads('baseline', 1, 2));
  for (const lines of others) expect(lines).toEqual(first);
});
