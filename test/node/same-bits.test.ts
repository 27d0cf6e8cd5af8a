import { expect, it } from 'vitest';
import { info } from '../../src/index.js';
import { runProgram } from './programs.js';

it('trains the same bits for any number of threads and any instruction set with FMA', async () => {
  const variants = info().isas.filter((isa) => isa !== 'baseline' && isa !== 'reference');
  const runs: NodeJS.ProcessEnv[] = variants.flatMap((isa) =>
    ['1', '2', '3', '8'].map((threads) => ({ SLALOM_ISA: isa, SLALOM_THREADS: threads })),
  );
  const hashes = new Set<string>();
  for (const env of runs) hashes.add((await runProgram('train-hash', env)).stdout);
  expect([...hashes]).toEqual([expect.stringMatching(/^[0-9a-f]{64}\n$/)]);
});

it('trains the same bits from run to run and over threads without FMA', async () => {
  const hashes = new Set<string>();
  for (const threads of ['1', '2', '3', '1']) {
    hashes.add((await runProgram('train-hash', { SLALOM_ISA: 'baseline', SLALOM_THREADS: threads })).stdout);
  }
  expect([...hashes]).toEqual([expect.stringMatching(/^[0-9a-f]{64}\n$/)]);
});
