/** Several jobs at a time. What comes out does not depend on how many, nor on which is done first. */

import { setImmediate as turn } from 'node:timers/promises';

/** A job stops early when its signal fires. */
export type Job<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs jobs in order, `parallel` at a time, and gives their results in order. Each begins in a turn of
 * the event loop of its own. If one rejects, those
 * after it are stopped, those before it run to their end, and the first of all failures in the
 * order of the jobs is the error. Rejects with the signal's reason if it fires.
 */
export async function runJobs<T>(jobs: readonly Job<T>[], parallel: number, signal: AbortSignal | undefined): Promise<T[]> {
  const results = new Array<T>(jobs.length);
  const controllers = jobs.map(() => new AbortController());
  const failure = { at: jobs.length, error: undefined as unknown };
  const stop = (from: number) => {
    for (const controller of controllers.slice(from)) controller.abort();
  };
  let next = 0;
  const work = async () => {
    while (next < failure.at && !signal?.aborted) {
      const at = next++;
      try {
        results[at] = await jobs[at]!(controllers[at]!.signal);
      } catch (error) {
        if (at >= failure.at) continue;
        Object.assign(failure, { at, error });
        stop(at + 1);
      }
    }
  };
  const onAbort = () => stop(0);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const working: Promise<void>[] = [];
    for (let i = 0; i < Math.min(parallel, jobs.length); i++) {
      if (i > 0) await turn();
      working.push(work());
    }
    await Promise.all(working);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  signal?.throwIfAborted();
  if (failure.at < jobs.length) throw failure.error;
  return results;
}
