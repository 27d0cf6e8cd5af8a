/** Biases and relu that follow no product run as straight-line code, and its bits are those of the ops one by one. */

import { describe, expect, it } from 'vitest';
import { addon } from '../../src/native/addon.js';
import { array } from '../../src/tensor/ndarray.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { trace } from '../../src/tensor/trace.js';
import { generator } from '../support/generator.js';

const interpreted = addon.isa() === 'reference';

const layers: [string, (x: Tensor, bias: Tensor) => Tensor][] = [
  ['x + bias', (x, bias) => x.add(bias)],
  ['relu(x + bias)', (x, bias) => x.add(bias).relu()],
];

function makeLayer(layer: (x: Tensor, bias: Tensor) => Tensor, rows: number, columns: number) {
  return trace({ name: 'layer' }, (context) => {
    const x = context.argument('x', { dtype: 'f32', shape: [rows, columns] });
    context.output(layer(x, context.argument('bias', { dtype: 'f32', shape: [columns] })));
  }).graph;
}

function numbers(...shape: number[]) {
  const random = generator(shape.length);
  const count = shape.reduce((product, size) => product * size);
  return array(
    Float32Array.from({ length: count }, () => random() - 0.5),
    { shape },
  ).native;
}

describe.each(layers)('%s', (_, layer) => {
  it.skipIf(interpreted)('is straight', () => {
    expect(addon.compile(makeLayer(layer, 5, 300)).straightCalls).toBe(1);
  });

  it.each([
    [1, 1],
    [16, 3],
    [9, 16],
    [5, 300],
    [61, 1025],
  ])('of %i rows, %i columns', (rows, columns) => {
    const graph = makeLayer(layer, rows, columns);
    const inputs = [numbers(rows, columns), numbers(columns)];
    const result = (fuse: boolean) => addon.bind(addon.compile(graph, { fuse }), []).callSync(inputs)[0]?.read();
    expect(result(true)).toEqual(result(false));
  });
});
