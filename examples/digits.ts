/**
 * `npm run demo`: trains a 784-256-128-10 network on real handwritten digits, stops when the
 * validation digits say so, reads the test digits, writes examples/report.html, saves the weights
 * and predicts with them in a fresh model. The same numbers on every run.
 */

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluate, loadWeights, losses, metrics, predict, saveWeights, writeReport } from 'slalom';
import { loadDigits } from './digits/data.js';
import { drawConfusion, drawDigits } from './digits/draw.js';
import { makeModel, train } from './digits/model.js';

const digits = loadDigits();
const model = makeModel();
model.build([784], { seed: 1 });
console.log(model.summary());

const history = await train(model, digits, 1, true);
console.log(
  `\nstopped after ${history.epochs} epochs: ${history.stopReason}; the weights are those of epoch ${history.restoredEpoch ?? history.epochs}`,
);

const scores = await evaluate(model, digits.test, {
  loss: losses.crossEntropy(),
  metrics: [metrics.accuracy(), metrics.confusionMatrix({ classes: 10 })],
});
console.log(`test accuracy: ${(100 * scores.accuracy).toFixed(1)} %\n`);
console.log(drawConfusion(scores.confusionMatrix));

const report = fileURLToPath(new URL('report.html', import.meta.url));
await writeReport(history, report, { title: 'Handwritten digits', model, test: digits.test, evaluation: scores });
console.log(`\ncurves, calibration, ROC and more: ${report}`);

const folder = await mkdtemp(join(tmpdir(), 'slalom-digits-'));
const file = join(folder, 'digits.safetensors');
await saveWeights(model, file);
const fresh = makeModel();
fresh.build([784]);
await loadWeights(fresh, file);
await rm(folder, { recursive: true });

const logits = (await predict(fresh, digits.test.x)).data;
const labels = digits.test.y.data;
const missed = Array.from(labels, (label, row) => {
  const scored = Array.from(logits.subarray(row * 10, row * 10 + 10));
  const said = scored.indexOf(Math.max(...scored));
  return { row, label, said, margin: scored[said]! - scored[label]! };
}).sort((a, b) => b.margin - a.margin);
console.log('\nthe worst of the test digits, by the saved weights in a fresh model:\n');
console.log(
  drawDigits(
    digits.test.x.data,
    missed.slice(0, 4).map(({ row, label, said }) => ({ row, caption: `${label}, not ${said}` })),
  ),
);

const hash = createHash('sha256');
for (const weights of Object.values(fresh.state())) hash.update(weights.data);
console.log(`\nSHA-256 of the trained weights: ${hash.digest('hex')}`);
