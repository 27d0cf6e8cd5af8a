import type { Tensor } from '../../tensor/tensor.js';
import type { Trace } from '../../tensor/trace.js';

/** Takes a value out of all the numbers that a program gave. */
export type Read<T> = (numbers: Float64Array) => T;

/** The outputs of a program under construction: each is given back as the way to read it. */
export class Sheet {
  #size = 0;

  constructor(private readonly trace: Trace) {}

  numbers(x: Tensor): Read<Float64Array> {
    const begin = this.#size;
    this.#size += x.size;
    this.trace.output(x);
    return (numbers) => numbers.subarray(begin, begin + x.size);
  }

  number(x: Tensor): Read<number> {
    const read = this.numbers(x);
    return (numbers) => read(numbers)[0]!;
  }
}

/** Reads every field of an object; those that are undefined are left out. */
export function readAll<T extends object>(fields: { readonly [K in keyof T]: Read<T[K]> | undefined }): Read<T> {
  const entries = Object.entries(fields).filter((entry): entry is [string, Read<unknown>] => entry[1] !== undefined);
  return (numbers) => Object.fromEntries(entries.map(([name, read]) => [name, read(numbers)])) as T;
}
