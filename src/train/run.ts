import { Channel, type Outcome } from './channel.js';
import type { BatchEvent, EpochEvent, Scores } from './events.js';
import type { History } from './history.js';

/** What the driver of a run tells the object that the user holds. */
export interface RunListeners<M> {
  readonly epochs: Channel<EpochEvent<M>> | undefined;
  readonly batches: Channel<BatchEvent<M>> | undefined;
}

/**
 * A run of `fit`: await it for the history, or iterate over it for its epochs, or both.
 *
 *     for await (const epoch of run) console.log(epoch.loss);
 *     const history = await run;
 *
 * The run waits for the loop's body: a slow body slows the training and misses nothing, and
 * leaving the loop stops the run after that epoch (`stopReason: 'aborted'`). Once somebody awaits
 * the run, it waits for no loop any more.
 */
export class FitRun<M = Scores> implements PromiseLike<History<M>>, AsyncIterable<EpochEvent<M>> {
  private epochs: Channel<EpochEvent<M>> | undefined;
  private batchEvents: Channel<BatchEvent<M>> | undefined;
  private outcome: Outcome | undefined;
  private readonly promise: Promise<History<M>>;
  private readonly abortRun: () => void;

  /** @internal `start` is called in a microtask, when the user has had the chance to iterate. */
  constructor(start: (listeners: RunListeners<M>) => Promise<History<M>>, abort: () => void) {
    this.abortRun = abort;
    const listeners = this.listeners();
    this.promise = Promise.resolve()
      .then(() => start(listeners))
      .then(
        (history) => {
          this.end({});
          return history;
        },
        (error: unknown) => {
          this.end({ error });
          throw error;
        },
      );
  }

  // biome-ignore lint/suspicious/noThenProperty: a run is awaited like the promise it stands for
  then<A = History<M>, B = never>(
    onDone?: ((history: History<M>) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.epochs?.stopWaiting();
    this.batchEvents?.stopWaiting();
    return this.promise.then(onDone, onError);
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<History<M> | B> {
    return this.then(undefined, onError);
  }

  finally(onEnd?: (() => void) | null): Promise<History<M>> {
    return this.then().finally(onEnd);
  }

  /** The epochs of the run, each as it ends. Begin before the first `await` after `fit`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<EpochEvent<M>> {
    this.epochs ??= this.channel();
    return this.epochs;
  }

  /** The batches of the run. The core then comes back to JavaScript after every step. */
  batches(): AsyncIterableIterator<BatchEvent<M>> {
    this.batchEvents ??= this.channel();
    return this.batchEvents;
  }

  /** Stops before the next step's weights are written; the run resolves with `stopReason: 'aborted'`. */
  abort(): void {
    this.abortRun();
  }

  private channel<T>(): Channel<T> {
    // Whoever iterates gets the error there; it must not count as unhandled as well.
    this.promise.catch(() => undefined);
    const channel = new Channel<T>(() => this.abortRun());
    if (this.outcome) channel.end(this.outcome);
    return channel;
  }

  private listeners(): RunListeners<M> {
    const run = this;
    return {
      get epochs() {
        return run.epochs;
      },
      get batches() {
        return run.batchEvents;
      },
    };
  }

  private end(outcome: Outcome): void {
    this.outcome = outcome;
    this.epochs?.end(outcome);
    this.batchEvents?.end(outcome);
  }
}
