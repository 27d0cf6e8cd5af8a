import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generator } from '../support/generator.js';
import { type Outcome, runProgram } from './programs.js';

/** SLALOM_KILLS=50 for the long form. */
const kills = Number(process.env.SLALOM_KILLS ?? 4);
const folder = () => mkdtemp(join(tmpdir(), 'slalom-kill-'));
const hashOf = ({ stdout }: Outcome) => stdout.trim().split('\n').at(-1);

it(`a run that is killed ${kills} times at any moment ends with the bits of one that never was`, {
  timeout: 60_000 + kills * 10_000,
}, async () => {
  const random = generator(5);
  const started = performance.now();
  const whole = await runProgram('resumable', { args: [await folder()] });
  const duration = performance.now() - started;
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  let directory = await folder();
  for (let killed = 0; killed < kills; ) {
    const delay = random() * duration * 0.5;
    const outcome = await runProgram('resumable', {
      args: [directory],
      env: { SLALOM_THREADS: String(1 + (killed % 3)) },
      onOutput: (child) => setTimeout(() => child.kill('SIGKILL'), delay),
    });
    if (outcome.signal === 'SIGKILL') {
      killed++;
    } else {
      expect(outcome).toEqual(whole);
      directory = await folder();
    }
  }
  expect(hashOf(await runProgram('resumable', { args: [directory] }))).toBe(hashOf(whole));
});
