import type { Dataset } from '../../src/index.js';

/** All elements of an epoch. */
export async function all<T>(data: Dataset<T>, epoch = 0): Promise<T[]> {
  const list: T[] = [];
  for await (const element of data.source.read(epoch)) list.push(element);
  return list;
}

export const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

export const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

/** A source that tells how it was used. */
export class Watched {
  opened: number[] = [];
  closed = 0;
  given = 0;

  constructor(private readonly length: number) {}

  readonly open = (epoch: number) => this.read(epoch);

  private async *read(epoch: number): AsyncGenerator<number> {
    this.opened.push(epoch);
    try {
      for (let i = 0; i < this.length; i++) {
        this.given++;
        yield i;
      }
    } finally {
      this.closed++;
    }
  }
}
