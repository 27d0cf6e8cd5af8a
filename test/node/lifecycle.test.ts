import { describe, expect, it } from 'vitest';
import { runProgram } from './programs.js';

describe('a process', () => {
  it.each([
    'handler',
    'batch handler',
    'timer',
    'next turn',
    'compiling',
    'same turn',
    'two runs',
    'after abort',
    'prediction',
    'evaluation',
    'exit handler',
    'worker runs',
  ])('exits with its own code in mid-run: %s', async (way) => {
    expect(await runProgram('exit', { args: [way] })).toEqual({ code: 7, signal: null, stdout: '', stderr: '' });
  });

  it('stays alive until the run is done, then ends by itself', async () => {
    expect(await runProgram('pending-run-keeps-alive')).toMatchObject({ code: 0, signal: null, stdout: 'epochs 50\n' });
  });

  it('dies of an uncaught error as any other does', async () => {
    const outcome = await runProgram('uncaught-error');
    expect(outcome).toMatchObject({ code: 1, signal: null });
    expect(outcome.stderr).toContain('on purpose');
  });

  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT', 'SIGKILL'])('dies of %s in mid-run as any other does', async (signal) => {
    const outcome = await runProgram('endless', { onOutput: (child) => child.kill(signal) });
    expect(outcome).toMatchObject({ code: null, signal, stderr: '' });
  });
});

describe('a run that nobody waits for', () => {
  it.each([
    ['ends', 'epochs 5\n'],
    ['is left by its loop', 'left\n'],
  ])('%s like any other', async (way, stdout) => {
    expect(await runProgram('abandoned', { args: [way] })).toEqual({ code: 0, signal: null, stdout, stderr: '' });
  });

  it.each([
    ['diverges', 'NonFiniteError: fit: step 1 (epoch 1, batch 1) was refused'],
    ['is refused', 'OptionError: fit: epochs must be'],
  ])('%s aloud, and names the line that began it', async (way, message) => {
    const { code, signal, stderr } = await runProgram('abandoned', { args: [way] });
    expect([code, signal]).toEqual([1, null]);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/\n\s+at start \(.*model\.mjs:\d+:\d+\)/);
  });
});

describe('worker threads', () => {
  it.each(['fit', 'two fits', 'batch by batch', 'evaluate', 'predict', 'compile'])(
    'end cleanly when terminated, and leave the core whole: %s',
    async (way) => {
      const { stdout, ...outcome } = await runProgram('terminate-workers', { args: [way] });
      expect(outcome).toEqual({ code: 0, signal: null, stderr: '' });
      expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
    },
  );

  it('train at once, and the same bits as the main thread, also after one left in mid-run', async () => {
    expect(await runProgram('two-workers')).toEqual({ code: 0, signal: null, stdout: '7 1\n', stderr: '' });
  });
});
