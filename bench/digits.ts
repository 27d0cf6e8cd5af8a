/** The digits demo over five seeds: test accuracy of each, and the mean. */

import { evaluate, losses, metrics } from 'slalom';
import { loadDigits } from '../examples/digits/data.js';
import { makeModel, train } from '../examples/digits/model.js';

const digits = loadDigits();
const accuracies: number[] = [];
for (const seed of [1, 2, 3, 4, 5]) {
  const model = makeModel();
  model.build([784], { seed });
  const history = await train(model, digits, seed, false);
  const { accuracy } = await evaluate(model, digits.test, {
    loss: losses.crossEntropy(),
    metrics: [metrics.accuracy()],
  });
  accuracies.push(accuracy);
  console.log(`seed ${seed}: test accuracy ${(100 * accuracy).toFixed(2)} % after ${history.epochs} epochs`);
}
const mean = accuracies.reduce((a, b) => a + b, 0) / accuracies.length;
console.log(`mean: ${(100 * mean).toFixed(2)} %`);
