/** The greatest of many values, in one pass. */

/**
 * Positions of the greatest values among those that count, falling; of equal ones the first comes
 * first. Keeps a heap whose root is the least of those kept.
 */
export function greatest(values: Float64Array, count: number, counts: (row: number) => boolean): Int32Array {
  const kept: number[] = [];
  const before = (a: number, b: number) => values[a]! > values[b]! || (values[a] === values[b] && a < b);
  for (let row = 0; row < values.length; row++) {
    if (!counts(row)) continue;
    if (kept.length < count) insert(kept, row, before);
    else if (before(row, kept[0]!)) replaceRoot(kept, row, before);
  }
  return Int32Array.from(kept.sort((a, b) => (before(a, b) ? -1 : 1)));
}

type Order = (a: number, b: number) => boolean;

function insert(heap: number[], row: number, before: Order): void {
  let at = heap.push(row) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(heap[parent]!, heap[at]!)) return;
    [heap[parent], heap[at]] = [heap[at]!, heap[parent]!];
    at = parent;
  }
}

function replaceRoot(heap: number[], row: number, before: Order): void {
  heap[0] = row;
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    let last = at;
    if (left < heap.length && before(heap[last]!, heap[left]!)) last = left;
    if (right < heap.length && before(heap[last]!, heap[right]!)) last = right;
    if (last === at) return;
    [heap[last], heap[at]] = [heap[at]!, heap[last]!];
    at = last;
  }
}
