// Trains, measures and predicts, and prints the hash of everything that came out: node train-hash.mjs [f64]
import { evaluate, losses, metrics, nn, optim, predict } from 'slalom';
import { hashOf, makeData, model, start } from './model.mjs';

const data = makeData(700, 96);
const wide = nn.sequential([nn.dense(256, { activation: 'gelu' }), nn.dropout(0.3), nn.dense(130, { activation: 'tanh' }), nn.dense(4)]);
wide.dtype = process.argv[2] ?? 'f32';

await start({ epochs: 3 });
const history = await start(
  {
    validation: data,
    optimizer: optim.adamW({ lr: 1e-3 }),
    loss: losses.crossEntropy({ labelSmoothing: 0.1 }),
    clipNorm: 1,
    batchSize: 160,
    epochs: 3,
  },
  wide,
  data,
);
const scores = await evaluate(wide, data, { loss: losses.crossEntropy(), metrics: [metrics.accuracy()] });
const predictions = await predict(wide, data.x);
console.log(
  hashOf(wide, hashOf(model), Float64Array.of(...history.loss, ...history.validation.loss, scores.loss, scores.accuracy), predictions.data),
);
