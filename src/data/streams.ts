/** Sources that are read one element after the other, and what can be done with them. */

import { DataError, describe, OptionError } from '../errors.js';
import { Ahead } from './ahead.js';
import type { RowMap } from './mapping.js';
import { Pace } from './pace.js';
import { keyOf, Words } from './philox.js';
import { derived, type Source } from './source.js';

export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

export const isIterable = (value: unknown): value is AnyIterable<unknown> =>
  typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);

/** Elements of an iterable that somebody else made, one epoch each time `open` is called. */
export function opened(label: string, once: boolean, open: (epoch: number) => unknown): Source {
  let used = false;
  const live = new Set<AsyncIterator<unknown>>();
  return {
    label,
    size: undefined,
    once,
    cancel() {
      for (const iterator of live) iterator.return?.()?.catch(() => undefined);
      live.clear();
    },
    async *read(epoch) {
      if (once && used) {
        throw new DataError(
          'dataset: this source has been read once and cannot begin again; pass a factory, dataset(() => source), that opens it anew for every epoch',
          { op: 'dataset' },
        );
      }
      used = true;
      const source = await open(epoch);
      if (!isIterable(source)) {
        throw new OptionError(`dataset: the factory gave ${describe(source)}, expected an iterable or an async iterable`, {
          op: 'dataset',
        });
      }
      const pace = new Pace();
      const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : undefined;
      if (iterator) live.add(iterator);
      try {
        for await (const element of iterator ? { [Symbol.asyncIterator]: () => iterator } : (source as Iterable<unknown>)) {
          yield element;
          if (pace.due()) await pace.turn();
        }
      } finally {
        if (iterator) live.delete(iterator);
      }
    },
  };
}

/** Elements that hold several rows, one row after the other. */
export function flattened(inner: Source, rowsOf: (element: unknown) => Iterable<unknown> | undefined): Source {
  return {
    ...inner,
    async *read(epoch) {
      for await (const element of inner.read(epoch)) {
        const rows = rowsOf(element);
        if (rows) yield* rows;
        else yield element;
      }
    },
  };
}

export function mapped(inner: Source, map: RowMap, label: string): Source {
  return derived(inner, label, async function* (epoch) {
    let index = 0;
    for await (const element of inner.read(epoch)) {
      const made = map(element, epoch, index++);
      yield made instanceof Promise ? await made : made;
    }
  });
}

export function filteredStream(inner: Source, test: (element: never) => unknown, label: string): Source {
  const read = async function* (epoch: number) {
    for await (const element of inner.read(epoch)) {
      const answer = test(element as never);
      if (answer instanceof Promise ? await answer : answer) yield element;
    }
  };
  return { ...derived(inner, label, read), size: undefined };
}

export function taken(inner: Source, count: number): Source {
  const size = inner.size === undefined ? undefined : Math.min(inner.size, count);
  const read = async function* (epoch: number) {
    let left = count;
    if (left === 0) return;
    for await (const element of inner.read(epoch)) {
      yield element;
      if (--left === 0) return;
    }
  };
  return derived(inner, `take(${count})`, read, size);
}

export function skipped(inner: Source, count: number): Source {
  const size = inner.size === undefined ? undefined : Math.max(inner.size - count, 0);
  const read = async function* (epoch: number) {
    let left = count;
    for await (const element of inner.read(epoch)) {
      if (left > 0) left--;
      else yield element;
    }
  };
  return derived(inner, `skip(${count})`, read, size);
}

/** Epochs of the inner source one after the other in one, or without end. */
export function repeatedStream(inner: Source, times: number): Source {
  const endless = times === Number.POSITIVE_INFINITY;
  const size = inner.size === undefined || endless ? undefined : inner.size * times;
  const read = async function* (epoch: number) {
    for (let i = 0; i < times; i++) {
      let empty = true;
      for await (const element of inner.read(endless ? i : epoch * times + i)) {
        empty = false;
        yield element;
      }
      if (empty && endless) throw new DataError('dataset: repeat() has nothing to repeat, the source is empty', { op: 'dataset' });
    }
  };
  return { ...derived(inner, `repeat(${endless ? '' : times})`, read), size };
}

/** Mixed by a buffer: every element changes places with one of those that wait, drawn by (seed, epoch). */
export function shuffledStream(inner: Source, buffer: number, seed: number): Source {
  return derived(inner, `shuffle(${buffer}, seed ${seed})`, async function* (epoch) {
    const words = new Words(keyOf(seed, 'data/shuffle', epoch));
    const waiting: unknown[] = [];
    for await (const element of inner.read(epoch)) {
      if (waiting.length < buffer) {
        waiting.push(element);
        continue;
      }
      const at = words.below(buffer);
      yield waiting[at];
      waiting[at] = element;
    }
    while (waiting.length > 0) {
      const at = words.below(waiting.length);
      yield waiting[at];
      waiting[at] = waiting.at(-1);
      waiting.pop();
    }
  });
}

export function prefetched(inner: Source, count: number): Source {
  return {
    ...inner,
    async *read(epoch) {
      const ahead = new Ahead(inner.read(epoch)[Symbol.asyncIterator](), count + 1);
      try {
        for (;;) {
          const taken = await ahead.take(1);
          if (!taken || taken.items.length === 0) return;
          yield taken.items[0];
        }
      } finally {
        await ahead.close(true);
      }
    },
  };
}

/** Keeps the elements of the first epoch that was read to its end; later epochs do not ask the source. */
export function cached(inner: Source): Source {
  let kept: readonly unknown[] | undefined;
  return {
    ...inner,
    label: `${inner.label}.cache()`,
    once: false,
    async *read(epoch) {
      const pace = new Pace();
      if (kept) {
        for (const element of kept) {
          yield element;
          if (pace.due()) await pace.turn();
        }
        return;
      }
      const all: unknown[] = [];
      for await (const element of inner.read(epoch)) {
        all.push(element);
        yield element;
      }
      kept = all;
    },
  };
}
