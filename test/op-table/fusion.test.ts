import { expect, it } from 'vitest';
import { addon } from '../../src/native/addon.js';
import type { NativeGraph } from '../../src/native/binding.js';
import { generator } from '../support/generator.js';
import { run, type Tensor } from './execute.js';

const UNARY = ['neg', 'abs', 'tanh', 'sigmoid', 'sin', 'exp', 'erf'];
const BINARY = ['add', 'sub', 'mul', 'maximum', 'minimum'];
/** Rows shorter than a vector, its tails, whole lines, one row, one column. */
const SIZES = [
  [5, 7],
  [1, 17],
  [9, 1],
  [13, 64],
  [33, 50],
] as const;

/** A random graph of products, pointwise chains, broadcasts and reductions over a few inputs. */
function randomGraph(seed: number): { graph: NativeGraph; inputs: Tensor[] } {
  const random = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const [m, n] = SIZES[seed % SIZES.length]!;
  const shapes = [[m, n], [n, m], [n], [1], [m, 1]];
  const graph = addon.graph();
  const inputs = shapes.map((shape): Tensor => {
    const count = shape.reduce((a, b) => a * b, 1);
    return { dtype: 'f32', shape, data: Array.from({ length: count }, () => Math.fround(2 * random() - 1)) };
  });
  const [a, b, row, one, column] = inputs.map((input, i) => graph.input('argument', `x${i}`, 'f32', input.shape)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const wide = [a, graph.emit('transpose', [b], { axes: [1, 0] })];
  for (let step = 0; step < 14; step++) {
    const choice = random();
    if (choice < 0.35) wide.push(graph.emit(pick(UNARY), [pick(wide)]));
    else if (choice < 0.75) wide.push(graph.emit(pick(BINARY), [pick(wide), pick([...wide, row, one, column])]));
    else if (choice < 0.85)
      wide.push(graph.emit('matmul', [graph.emit('matmul', [pick(wide), pick(wide)], { transposeB: true }), pick(wide)]));
    else wide.push(graph.emit('mul', [pick(wide), graph.emit('sum', [pick(wide)], { axes: [1], keepDims: true })]));
  }
  const y = graph.emit('sum', [graph.emit('tanh', [wide.at(-1)!])], { axes: [], keepDims: false });
  for (const value of [y, ...graph.gradient(y, [a, b, row, column]), pick(wide), wide.at(-1)!]) graph.output(value);
  return { graph, inputs };
}

it('changes no bit of any result: 200 random graphs with their gradients, fused and unfused, on every kernel table', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const { graph, inputs } = randomGraph(seed);
    for (const isa of addon.isas()) expect(run(graph, inputs, isa, true), `seed ${seed}, ${isa}`).toEqual(run(graph, inputs, isa, false));
  }
});
