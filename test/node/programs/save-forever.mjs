// Saves two models under one name in turn, until it is killed: node save-forever.mjs PATH
import { nn, saveWeights } from 'slalom';

const models = [1, 2].map((seed) => nn.sequential([nn.dense(500), nn.dense(500)]).build([500], { seed }));
for (let i = 0; ; i++) {
  await saveWeights(models[i % 2], process.argv[2]);
  if (i === 2) console.log('saving');
}
