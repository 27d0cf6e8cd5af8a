import { describe, expect, it } from 'vitest';
import { runProgram } from './programs.js';

describe('a process with a run in progress', () => {
  it('exits with its own code when an event handler calls process.exit()', async () => {
    expect(await runProgram('exit-mid-run')).toMatchObject({ code: 7, signal: null, stderr: '' });
  });

  it('exits with its own code when a timer calls process.exit()', async () => {
    expect(await runProgram('exit-by-timer')).toMatchObject({ code: 7, signal: null, stderr: '' });
  });

  it('stays alive until the run is done, then ends by itself', async () => {
    expect(await runProgram('pending-run-keeps-alive')).toMatchObject({ code: 0, signal: null, stdout: 'epochs 50\n' });
  });

  it('dies of an uncaught error as any other does', async () => {
    const outcome = await runProgram('uncaught-error');
    expect(outcome).toMatchObject({ code: 1, signal: null });
    expect(outcome.stderr).toContain('on purpose');
  });
});

describe('worker threads', () => {
  it('end cleanly when terminated in mid-run, and train the same weights as the main thread', async () => {
    const workers = await runProgram('terminate-workers');
    const main = await runProgram('train-hash');
    expect(workers).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(workers.stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect(workers.stdout).toBe(main.stdout);
  });
});
