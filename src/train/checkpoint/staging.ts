/** Tensors on their way into a file. */

import { setImmediate as turn } from 'node:timers/promises';
import type { StoredTensor } from '../../checkpoint/safetensors.js';
import type { NativeArray } from '../../native/binding.js';
import { ARRAYS, sizeOf } from '../../tensor/dtype.js';

const ALIGNMENT = 8;
/** Elements that are copied without letting others have the event loop. */
const PIECE = 2 ** 18;

const bytesOf = ({ dtype, shape }: NativeArray) => Math.ceil((sizeOf(shape) * ARRAYS[dtype].BYTES_PER_ELEMENT) / ALIGNMENT) * ALIGNMENT;

/** One buffer that every checkpoint of a run is copied to: new ones each time would keep the garbage collector busy. */
export class Staging {
  #buffer = new ArrayBuffer(0);

  /** Valid until the next call. */
  async read(tensors: ReadonlyMap<string, NativeArray>): Promise<Map<string, StoredTensor>> {
    const bytes = [...tensors.values()].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
    if (this.#buffer.byteLength < bytes) this.#buffer = new ArrayBuffer(bytes);
    const stored = new Map<string, StoredTensor>();
    let [at, copied] = [0, 0];
    for (const [name, tensor] of tensors) {
      const { dtype, shape } = tensor;
      const data = new ARRAYS[dtype](this.#buffer, at, sizeOf(shape));
      for (let begin = 0; begin < data.length; begin += PIECE) {
        const piece = data.subarray(begin, begin + PIECE);
        tensor.readInto(piece, begin);
        copied += piece.length;
        if (copied < PIECE) continue;
        copied = 0;
        await turn();
      }
      stored.set(name, { dtype, shape, data });
      at += bytesOf(tensor);
    }
    return stored;
  }
}
