/** Update rules as epilogues of the products that make gradients have the bits of the rules over all gradients at once. */

import { afterAll, describe, expect, it } from 'vitest';
import { array, configure, info, type MatmulPrecision, optim, Parameter } from '../../src/index.js';
import { addon } from '../../src/native/addon.js';
import { Averaging } from '../../src/optim/averaging.js';
import { trace } from '../../src/tensor/trace.js';
import { generator } from '../support/generator.js';
import { bits, RULES } from './rules.js';

const { threads } = info();

afterAll(() => configure({ threads }));

const parameter = (name: string, shape: readonly number[]) => {
  const random = generator(shape[0]!);
  const size = shape.reduce((a, b) => a * b, 1);
  return new Parameter({
    name,
    shape,
    init: () =>
      array(
        Float32Array.from({ length: size }, () => random() - 0.5),
        { shape },
      ),
  });
};

/** One step of a rule on two layers, whose gradients are products of the arguments and sums. */
function makeStep(
  make: () => ReturnType<typeof optim.sgd>,
  [rows, inputs, outputs]: readonly [number, number, number],
  averages: Averaging | undefined,
  precision: MatmulPrecision,
) {
  const optimizer = make();
  const layers = [
    { weight: parameter('first', [inputs, outputs]), bias: parameter('b', [outputs]) },
    { weight: parameter('second', [inputs, outputs]), bias: parameter('c', [outputs]) },
  ];
  const all = layers.flatMap(({ weight, bias }) => [weight, bias]);
  const { graph, variables } = trace({ name: 'step' }, (context) => {
    const x = context.argument('x', { dtype: 'f32', shape: [rows, inputs] });
    const slope = context.argument('slope', { dtype: 'f32', shape: [rows, outputs] });
    const [first, second] = layers.map(({ weight, bias }) => x.matmul(weight.read(), { precision }).add(bias.read()));
    optimizer.apply(first!.mul(second!).mul(slope).sum(), all, {});
    averages?.update(context, optimizer.groups, context.root.tensor(0.25, 'f32'));
  });
  const copies = () => variables.map((cell) => addon.variable(cell.dtype, cell.shape, cell.native(0).read()));
  return { graph, copies };
}

describe.each([
  ...RULES.filter(([, , clipNorm]) => clipNorm === undefined),
  [
    'a rule of its own',
    () =>
      optim.custom({
        lr: 0.1,
        slots: ['s'],
        update: ({ parameter, gradient, slots: { s }, lr }) => ({
          parameter: parameter.sub(gradient.tanh().mul(lr)),
          slots: { s: s!.mul(0.5).add(gradient.square()) },
        }),
      }),
  ] as [string, () => ReturnType<typeof optim.sgd>],
])('%s', (_, make) => {
  it.each([
    [40, 64, 528, 'highest', undefined],
    [40, 523, 80, 'highest', undefined],
    [40, 64, 528, 'highest', new Averaging()],
    [40, 523, 80, 'high', undefined],
    [40, 64, 528, 'medium', new Averaging()],
    [1, 128, 300, 'highest', undefined],
    [3, 128, 300, 'highest', undefined],
    [8, 1024, 45, 'highest', new Averaging()],
    [100, 64, 560, 'highest', undefined],
  ] as const)('%i rows through two layers of %i by %i, products %s, their average %s', (rows, inputs, outputs, precision, averages) => {
    const { graph, copies } = makeStep(make, [rows, inputs, outputs], averages, precision);
    const program = addon.compile(graph);
    const split = [...`${program}`.matchAll(/variables.* matmul \+ /g)];
    expect(split.length).toBeGreaterThanOrEqual(2);
    const [fused, plain] = [copies(), copies()];
    const [run, check] = [addon.bind(program, fused), addon.bind(addon.compile(graph, { fuse: false }), plain)];
    const random = generator(7);
    for (let step = 0; step < 4; step++) {
      configure({ threads: 1 + (step % 3) });
      const draw = (width: number) =>
        array(
          Float32Array.from({ length: rows * width }, (_, i) => (i % 5 === step ? 0 : (random() - 0.5) * 10 ** ((i % 12) - 11))),
          { shape: [rows, width] },
        ).native;
      const given = [draw(inputs), draw(outputs)];
      for (const one of [run, check]) one.callSync(given);
      expect(bits(fused)).toEqual(bits(plain));
    }
  });
});
