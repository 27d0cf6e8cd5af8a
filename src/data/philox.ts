/** The core's counter-based random numbers, for draws that decide which rows are read. */

/** A key as two words, low first. */
export type Key = readonly [number, number];

const MASK = 0xffffffffffffffffn;

function finalize(given: bigint): bigint {
  let x = given & MASK;
  x = ((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return x ^ (x >> 31n);
}

/** The core's `hash64`: FNV-1a over the path (ASCII), then SplitMix64's finalizer over seed, path and n. */
export function keyOf(seed: number, path: string, n: number): Key {
  let text = 0xcbf29ce484222325n;
  for (const c of path) text = ((text ^ BigInt(c.charCodeAt(0))) * 0x100000001b3n) & MASK;
  const golden = 0x9e3779b97f4a7c15n;
  const hash = finalize(finalize(finalize(BigInt(seed) + golden) ^ text) + BigInt(n) + golden);
  return [Number(hash & 0xffffffffn), Number(hash >> 32n)];
}

/** The high word of a product of two words. */
function mulHigh(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + Math.floor(middle / 65536) + Math.floor(other / 65536)) >>> 0;
}

/** Philox4x32-10 (Salmon and others 2011): the words of a key, one after the other. */
export class Words {
  private readonly block = new Uint32Array(4);
  private count = 0;
  private at = 4;

  /** `stream`: one of 2³² sequences of the same key. */
  constructor(
    private readonly key: Key,
    private readonly stream = 0,
  ) {}

  next(): number {
    if (this.at === 4) this.refill();
    return this.block[this.at++]!;
  }

  /** A whole number from 0 to `bound` − 1, without bias (Lemire 2019). */
  below(bound: number): number {
    for (let word = this.next(); ; word = this.next()) {
      const low = Math.imul(word, bound) >>> 0;
      if (low >= bound || low >= (2 ** 32 - bound) % bound) return mulHigh(word, bound);
    }
  }

  /** A double in [0, 1), of 53 bits. */
  uniform(): number {
    const high = this.next() >>> 5;
    return (high * 2 ** 26 + (this.next() >>> 6)) / 2 ** 53;
  }

  /** Mean 0 and deviation 1 (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  private refill(): void {
    let [k0, k1] = this.key;
    let [c0, c1, c2, c3] = [this.count >>> 0, Math.floor(this.count / 2 ** 32), this.stream, 0];
    for (let round = 0; round < 10; round++) {
      const [h0, l0] = [mulHigh(0xd2511f53, c0), Math.imul(0xd2511f53, c0) >>> 0];
      const [h1, l1] = [mulHigh(0xcd9e8d57, c2), Math.imul(0xcd9e8d57, c2) >>> 0];
      [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1, (h0 ^ c3 ^ k1) >>> 0, l0];
      k0 = (k0 + 0x9e3779b9) >>> 0;
      k1 = (k1 + 0xbb67ae85) >>> 0;
    }
    this.block.set([c0, c1, c2, c3]);
    this.count++;
    this.at = 0;
  }
}
