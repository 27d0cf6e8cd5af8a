import { describe, expect, it } from 'vitest';
import { array, empty, type NDArray } from '../../src/tensor/ndarray.js';
import { errorOf } from './run.js';

const typeOf = ({ dtype, shape }: NDArray) => `${dtype}[${shape}]`;

describe('array', () => {
  it('takes numbers, booleans and nested arrays', () => {
    expect(typeOf(array(3))).toBe('f32[]');
    expect(typeOf(array(true))).toBe('bool[]');
    expect(typeOf(array([[1, 2, 3]]))).toBe('f32[1,3]');
    expect(array([[true, false]]).toArray()).toEqual([[true, false]]);
    expect(typeOf(array([]))).toBe('f32[0]');
    expect(typeOf(array([[], []]))).toBe('f32[2,0]');
    expect(typeOf(array([1, 2], { dtype: 'i32' }))).toBe('i32[2]');
    expect(array([new Float64Array([1, 2]), [3, 4]]).toArray()).toEqual([[1, 2], [3, 4]]); // biome-ignore format: one line
  });

  it('takes rows of every kind beside each other', () => {
    const rows = [[0.5, -0], Float32Array.of(1, 2), Int8Array.of(-3, 4), Uint8ClampedArray.of(5, 6), Buffer.of(7, 8)];
    for (const dtype of ['f32', 'f64'] as const) {
      const read = array([rows, [...rows].reverse()], { dtype });
      expect(typeOf(read)).toBe(`${dtype}[2,5,2]`);
      expect([...read.data]).toEqual([0.5, -0, 1, 2, -3, 4, 5, 6, 7, 8, 7, 8, 5, 6, -3, 4, 1, 2, 0.5, -0]);
    }
    expect(errorOf(() => array([Float32Array.of(1, 2), [3, '4']] as never)).message).toContain('expected a number at [1, 1]');
    expect(errorOf(() => array([Float32Array.of(1, 2), Int32Array.of(3)])).message).toContain('row 1 is 1 entry');
    expect(errorOf(() => array([Float32Array.of(1, 1.5)], { dtype: 'i32' })).message).toContain('1.5 at [0, 1]');
    expect(errorOf(() => array([[true], Uint8Array.of(1)] as never)).message).toContain('expected a boolean at [1, 0]');
  });

  it.each([
    [new Float32Array(2), 'f32[2]'],
    [new Float64Array(2), 'f64[2]'],
    [new Int32Array(2), 'i32[2]'],
    [new Uint8Array(2), 'u8[2]'],
    [new Uint8ClampedArray(2), 'u8[2]'],
    [Buffer.alloc(2), 'u8[2]'],
    [new Int8Array(2), 'i32[2]'],
    [new Int16Array(2), 'i32[2]'],
    [new Uint16Array(2), 'i32[2]'],
    [new Uint32Array(2), 'i32[2]'],
  ] as const)('the dtype follows the typed array: %o', (data, type) => {
    expect(typeOf(array(data))).toBe(type);
  });

  it('converts exactly or not at all', () => {
    expect(array(Int16Array.of(-3, 7)).toArray()).toEqual([-3, 7]);
    expect(array(Float64Array.of(1.5), { dtype: 'f32' }).toArray()).toEqual([1.5]);
    expect(array(Float32Array.of(2, 3), { dtype: 'i32' }).toArray()).toEqual([2, 3]);
    expect(array(Uint8Array.of(0, 1), { dtype: 'bool' }).toArray()).toEqual([false, true]);
    const far = errorOf(() => array(Uint32Array.of(1, 2 ** 31)));
    expect(far).toMatchObject({ code: 'DATA', row: 1 });
    expect(far.message).toContain('2147483648 at [1] is not a whole number from -2147483648 to 2147483647');
    expect(errorOf(() => array([[1], [1.5]], { dtype: 'i32' })).message).toContain('1.5 at [1, 0]');
    expect(errorOf(() => array(Float32Array.of(256), { dtype: 'u8' })).code).toBe('DATA');
    expect(errorOf(() => array(Uint8Array.of(2), { dtype: 'bool' })).code).toBe('DATA');
  });

  it('gives shapes to flat data', () => {
    expect(array(new Float32Array(6), { shape: [2, 3] }).shape).toEqual([2, 3]);
    expect(array([1, 2, 3, 4], { shape: [2, 2] }).toArray()).toEqual([[1, 2], [3, 4]]); // biome-ignore format: one line
    expect(errorOf(() => array(new Float32Array(6), { shape: [2, 2] }))).toMatchObject({
      code: 'SHAPE',
      expected: '4 elements',
      found: '6 elements',
    });
  });

  it('copies ordinary memory and holds shared memory', () => {
    const own = Float32Array.of(1, 2);
    const copied = array(own);
    own[0] = 9;
    expect(copied.toArray()).toEqual([1, 2]);
    const shared = new Float32Array(new SharedArrayBuffer(8));
    const held = array(shared);
    shared[0] = 9;
    expect(held.toArray()).toEqual([9, 0]);
    expect(held.data).toBe(shared);
  });

  it.each<[string, unknown, string, object]>([
    ['ragged rows', [[1, 2], [3]], 'row 1 is 1 entry, expected 2 entries', { row: 1 }], // biome-ignore format: one line
    ['a number among rows', [[1], 2], 'row 1 is 2, expected 1 entry', { row: 1 }], // biome-ignore format: one line
    ['a row among numbers', [1, [2]], 'row 1 is 1 entry, expected a number', { row: 1 }], // biome-ignore format: one line
    ['null', [[1, null]], 'expected a number at [0, 1], found null', { row: 0 }],
    ['undefined', [1, undefined], 'expected a number at [1], found undefined', { row: 1 }],
    // biome-ignore lint/suspicious/noSparseArray: what the test is about
    ['a hole', [1, , 2], 'expected a number at [1], found undefined', { row: 1 }],
    ['a string', ['1'], 'expected a number at [0], found "1"; parse it first', { row: 0 }],
    ['a bigint', [1n], 'found 1n; convert it with Number(…)', { row: 0 }],
    ['mixed kinds', [1, true], 'expected a number at [1], found true', { row: 1 }],
    ['an object', {}, 'expected a number, found an object', {}],
  ])('refuses %s', (_, data, message, fields) => {
    const error = errorOf(() => array(data as never));
    expect(error).toMatchObject({ code: 'DATA', ...fields });
    expect(error.message).toContain(message);
  });

  it('refuses buffers and 64-bit integers, and says what to do', () => {
    expect(errorOf(() => array(new ArrayBuffer(8) as never)).message).toContain('new Float32Array(buffer)');
    expect(errorOf(() => array(new BigInt64Array(1) as never)).message).toContain('Float64Array.from(data, Number)');
    expect(errorOf(() => array(new DataView(new ArrayBuffer(8)) as never)).code).toBe('DTYPE');
    expect(errorOf(() => array([1], { dtyp: 'f32' } as never)).message).toContain('did you mean "dtype"?');
    expect(errorOf(() => array([1], { shape: [-1] })).code).toBe('OPTION');
  });
});

describe('NDArray', () => {
  const m = array([[1, 2], [3, 4], [5, 6]]); // biome-ignore format: one line

  it('slices rows and reshapes', () => {
    expect(m.slice(1).toArray()).toEqual([[3, 4], [5, 6]]); // biome-ignore format: one line
    expect(m.slice(-1).toArray()).toEqual([[5, 6]]);
    expect(m.slice(0, -1).shape).toEqual([2, 2]);
    expect(m.slice(2, 1).shape).toEqual([0, 2]);
    expect(m.reshape([2, -1]).toArray()).toEqual([[1, 2, 3], [4, 5, 6]]); // biome-ignore format: one line
    expect(errorOf(() => m.reshape([4, -1])).message).toContain('cannot reshape [3, 2] with 6 elements to [4, -1]');
    expect(errorOf(() => array(1).slice()).code).toBe('SHAPE');
  });

  it('has data, items and casts', () => {
    expect(m.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(m.data).toBe(m.data);
    expect(array(2.5).item()).toBe(2.5);
    expect(errorOf(() => m.item()).message).toContain('[3, 2]');
    expect(m.cast('i32').data).toEqual(Int32Array.of(1, 2, 3, 4, 5, 6));
    expect(Number(array([4]))).toBe(4);
    expect(errorOf(() => Number(m)).code).toBe('STATE');
    expect(JSON.stringify({ m: m.slice(0, 1) })).toBe('{"m":[[1,2]]}');
  });

  it('prints as NumPy', () => {
    expect(`${array(1.5)}`).toBe('1.5');
    expect(String(array([[1, 2.25], [-10, 0.5]]))).toBe('[[  1   ,   2.25],\n [-10   ,   0.5 ]]'); // biome-ignore format: one line
    expect(String(array([[[1], [2]], [[3], [4]]]))).toBe('[[[1],\n  [2]],\n\n [[3],\n  [4]]]'); // biome-ignore format: one line
    expect(String(array([true, false]))).toBe('[ true, false]');
    expect(String(array(Float32Array.of(0.1, Number.NaN)))).toBe('[  0.1, NaN  ]');
    expect(String(array(Float32Array.from({ length: 2000 }, (_, i) => i)))).toBe('[   0,    1,    2, ..., 1997, 1998, 1999]');
    expect(String(array([]))).toBe('[]');
  });

  it('empty is filled in place', () => {
    const e = empty([2, 2], 'i32');
    expect(e.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    e.data.set([1, 2, 3, 4]);
    expect(e.slice(1).toArray()).toEqual([[3, 4]]);
    expect(empty([0, 3]).size).toBe(0);
    expect(errorOf(() => empty([1.5])).code).toBe('OPTION');
  });
});
