/** Calls that a signal ends. */

/** What such a call may ask while it is at work. */
export interface Stop {
  readonly stopped: () => boolean;
  /** Resolves when the signal fires. */
  readonly when: Promise<void>;
}

/** Rejects with the signal's reason if it fires before the body is done; the body sees to it that it soon is. */
export async function stoppable<T>(signal: AbortSignal | undefined, body: (stop: Stop) => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  let fire: () => void = () => undefined;
  const when = new Promise<void>((resolve) => {
    fire = resolve;
  });
  signal?.addEventListener('abort', fire, { once: true });
  try {
    return await body({ stopped: () => signal?.aborted === true, when });
  } finally {
    signal?.removeEventListener('abort', fire);
    signal?.throwIfAborted();
  }
}
