/** How a producer ended: with an error or without. */
export interface Outcome {
  readonly error?: unknown;
}

/**
 * Events from one producer to one `for await`. The producer waits until the consumer asks for the
 * event after: a slow consumer slows the run and loses nothing, and leaving the loop stops the run
 * right there.
 */
export class Channel<T> implements AsyncIterableIterator<T> {
  private readonly queue: T[] = [];
  private readonly readers: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = [];
  private resume: (() => void) | undefined;
  private ended = false;
  private waits = true;
  private failure: Outcome = {};

  /** `onReturn` is called when the consumer leaves its loop before the end. */
  constructor(private readonly onReturn: () => void) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Resolves when the consumer wants the next event. */
  put(event: T): Promise<void> | undefined {
    if (this.ended) return undefined;
    const reader = this.readers.shift();
    if (reader) reader.resolve({ done: false, value: event });
    else this.queue.push(event);
    if (!this.waits || this.readers.length > 0) return undefined;
    return new Promise((resolve) => {
      this.resume = resolve;
    });
  }

  /** From now on events queue up and `put` does not wait. */
  stopWaiting(): void {
    this.waits = false;
    this.release();
  }

  end(outcome: Outcome = {}): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = outcome;
    for (const reader of this.readers.splice(0)) this.finish(reader);
  }

  next(): Promise<IteratorResult<T>> {
    const event = this.queue.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    return new Promise((resolve, reject) => {
      if (this.ended) this.finish({ resolve, reject });
      else this.readers.push({ resolve, reject });
      this.release();
    });
  }

  return(): Promise<IteratorResult<T>> {
    const early = !this.ended;
    this.queue.length = 0;
    this.end();
    this.release();
    if (early) this.onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  private release(): void {
    this.resume?.();
    this.resume = undefined;
  }

  private finish(reader: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }): void {
    const { failure } = this;
    this.failure = {};
    if ('error' in failure) reader.reject(failure.error);
    else reader.resolve({ done: true, value: undefined });
  }
}
