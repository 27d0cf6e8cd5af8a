/** Update rules run as straight-line code, and its bits are those of the ops one by one. */

import { describe, expect, it } from 'vitest';
import { array, type optim, Parameter } from '../../src/index.js';
import { addon } from '../../src/native/addon.js';
import { Averaging } from '../../src/optim/averaging.js';
import { trace } from '../../src/tensor/trace.js';
import { generator } from '../support/generator.js';
import { bits, RULES } from './rules.js';

const interpreted = addon.isa() === 'reference';

/** One step of a rule on a vector of parameters whose gradient is the argument. */
function makeStep(make: () => ReturnType<typeof optim.sgd>, clipNorm: number | undefined, size: number, averages?: Averaging) {
  const optimizer = make();
  const random = generator(size);
  const parameter = new Parameter({ shape: [size], init: () => array(Float32Array.from({ length: size }, () => random() - 0.5)) });
  const { graph, variables } = trace({ name: 'step' }, (context) => {
    const gradient = context.argument('gradient', { dtype: 'f32', shape: [size] });
    optimizer.apply(parameter.read().mul(gradient).sum(), [parameter], clipNorm === undefined ? {} : { clipNorm });
    averages?.update(context, optimizer.groups, context.root.tensor(0.25, 'f32'));
  });
  const copies = () => variables.map((cell) => addon.variable(cell.dtype, cell.shape, cell.native(0).read()));
  return { graph, copies };
}

describe.each(RULES)('%s', (_, make, clipNorm) => {
  it.skipIf(interpreted)('is straight', () => {
    expect(addon.compile(makeStep(make, clipNorm, 1000).graph).straightCalls).toBe(1);
    expect(addon.compile(makeStep(make, clipNorm, 1000, new Averaging()).graph).straightCalls).toBe(1);
  });

  it.each([
    ...[1, 2, 7, 8, 9, 15, 16, 17, 31, 255, 257, 4099, 70_001].map((size) => [size, undefined] as const),
    ...[1, 8, 17, 4099].map((size) => [size, new Averaging()] as const),
  ])('of %i parameters, their average %s', (size, averages) => {
    const { graph, copies } = makeStep(make, clipNorm, size, averages);
    const [fused, single] = [copies(), copies()];
    const runs = [addon.bind(addon.compile(graph), fused), addon.bind(addon.compile(graph, { fuse: false }), single)];
    const random = generator(7);
    for (let step = 0; step < 4; step++) {
      const gradient = array(
        Float32Array.from({ length: size }, (_, i) => (i % 5 === step ? 0 : (random() - 0.5) * 10 ** ((i % 30) - 24))),
      );
      for (const run of runs) run.callSync([gradient.native]);
      expect(bits(fused)).toEqual(bits(single));
    }
  });
});
