/** What a run takes is given back when it ends, not when the garbage collector comes. */

import { expect, it } from 'vitest';
import { array, fit, info, losses, nn, optim } from '../../src/index.js';

it('the memory of a run is free when it has ended', async () => {
  const width = 256;
  const model = nn.sequential([nn.dense(width), nn.dense(width)]);
  const numbers = () =>
    array(
      Float32Array.from({ length: 64 * width }, (_, i) => Math.sin(i)),
      { shape: [64, width] },
    );
  const data = { x: numbers(), y: numbers() };
  const run = () => fit(model, data, { loss: losses.mse(), optimizer: optim.sgd({ lr: 1e-3 }), epochs: 1, batchSize: 32, seed: 1 });
  await run();
  const before = info().liveBytes;
  for (let i = 0; i < 5; i++) await run();
  // A run's gradients alone are half a megabyte.
  expect(info().liveBytes - before).toBeLessThan(width * width * 4);
});
