/** Results of programs that are written into typed arrays. */

import { describe, expect, it } from 'vitest';
import { addon } from '../../src/native/addon.js';
import type { NativeFunction } from '../../src/native/binding.js';

const numbers = (...values: number[]) => addon.array(Float32Array.from(values), 'f32', [values.length]);

/** count ← count + 1 where log(x) is finite; its outputs are count before that, log(x) and whether x < 1. */
function counting(): NativeFunction {
  const graph = addon.graph();
  const count = graph.input('state', 'count', 'f32', []);
  const x = graph.input('argument', 'x', 'f32', [3]);
  const log = graph.emit('log', [x]);
  graph.output(count);
  graph.output(log);
  graph.output(graph.emit('less', [x, graph.emit('broadcast', [graph.scalar(1, 'f32')], { shape: [3] })]));
  graph.guard(graph.emit('isFinite', [graph.emit('sum', [log], { axes: [0] })]));
  graph.commit(count, graph.emit('add', [count, graph.scalar(1, 'f32')]), true);
  return addon.bind(addon.program(graph), [addon.variable('f32', [], addon.zeros('f32', []))], graph);
}

const targets = () => [new Float32Array(1), new Float32Array(3), new Uint8Array(3)] as const;

describe('callInto', () => {
  it('writes what callSync returns, one array for each output', () => {
    const [first, second] = [counting(), counting()];
    const x = numbers(0.5, 1, 2);
    for (let call = 0; call < 3; call++) {
      const written = targets();
      first.callInto(x, ...written);
      expect(written).toEqual(second.callSync([x]).map((result) => result.read()));
    }
  });

  it.each([
    ['a target of another kind', () => [numbers(1, 2, 3), new Float32Array(1), new Float64Array(3), new Uint8Array(3)]],
    ['a target that is too short', () => [numbers(1, 2, 3), new Float32Array(1), new Float32Array(2), new Uint8Array(3)]],
    ['a target too few', () => [numbers(1, 2, 3), new Float32Array(1), new Float32Array(3)]],
    ['nothing at all', () => []],
    ['an argument too many', () => [numbers(1), numbers(1, 2, 3), ...targets()]],
    ['an argument of another shape', () => [numbers(1, 2), ...targets()]],
    ['an array of the core as a target', () => [numbers(1, 2, 3), ...targets().slice(0, 2), numbers(1)]],
    ['a typed array of another kind as an argument', () => [new Float64Array(3), ...targets()]],
    ['a typed array of another size as an argument', () => [new Float32Array(4), ...targets()]],
    ['an argument that is no array', () => [3 as never, ...targets()]],
    ['a typed array too many', () => [numbers(1, 2, 3), new Float32Array(1), ...targets()]],
  ])('refuses %s', (_, operands) => {
    const run = counting();
    expect(() => run.callInto(...operands())).toThrow();
    const written = targets();
    run.callInto(numbers(1, 1, 1), ...written);
    expect(written[0]).toEqual(Float32Array.of(0));
  });

  it('reads typed arrays where they lie, without writing to them', () => {
    const [first, second] = [counting(), counting()];
    const inside = new Float32Array(8).subarray(3, 6); // at no multiple of 16 bytes
    for (const x of [Float32Array.of(0.5, 1, 2), inside.fill(4)]) {
      const before = x.slice();
      const written = targets();
      first.callInto(x, ...written);
      expect(written).toEqual(second.callSync([numbers(...before)]).map((result) => result.read()));
      expect(x).toEqual(before);
    }
  });

  it('refuses a detached argument', () => {
    const detached = new Float32Array(3);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    expect(() => counting().callInto(detached, ...targets())).toThrow('detached');
  });

  it('refuses a detached target', () => {
    const detached = new Float32Array(3);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    expect(() => counting().callInto(numbers(1, 2, 3), new Float32Array(1), detached, new Uint8Array(3))).toThrow('detached');
  });

  it('writes nothing when a guard refuses', () => {
    const written = targets();
    expect(() => counting().callInto(numbers(0, 1, 2), ...written)).toThrow('infinity');
    expect(written).toEqual(targets());
  });
});
