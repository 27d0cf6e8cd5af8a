/**
 * `npx tsx examples/table.ts`: records with columns of different kinds and holes. The model gets raw
 * numbers; what prepares them is fitted by `fit`, saved with the weights and loaded again.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, fit, loadWeights, losses, metrics, nn, optim, predict, saveWeights } from 'slalom';

interface Apartment {
  readonly listed: Date;
  readonly area: number;
  readonly rooms: number | undefined;
  readonly district: 'harbour' | 'centre' | 'hills';
  readonly rent: number;
}

const DISTRICTS = ['harbour', 'centre', 'hills'] as const;
const FACTORS = { harbour: 1.3, centre: 1.1, hills: 0.8 };

/** Numbers in [0, 1), the same every time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function makeApartments(count: number, seed: number): Apartment[] {
  const random = generator(seed);
  return Array.from({ length: count }, () => {
    const district = DISTRICTS[Math.floor(random() * 3)]!;
    const area = 25 + 100 * random();
    const age = random();
    const rent = (300 + 9 * area) * FACTORS[district] * (1 + 0.1 * age) + 40 * (random() - 0.5);
    return {
      listed: new Date(Date.UTC(2024, 0, 1) + age * 365 * 86_400_000),
      area,
      rooms: random() < 0.25 ? undefined : Math.max(1, Math.round(area / 30)),
      district,
      rent,
    };
  });
}

/** A record as a row: names as codes, holes as NaN, a time as it is. */
const rowOf = ({ listed, area, rooms, district }: Apartment): number[] => [
  listed.getTime(),
  area,
  rooms ?? Number.NaN,
  DISTRICTS.indexOf(district),
];

const dataOf = (list: readonly Apartment[]) => ({ x: list.map(rowOf), y: list.map(({ rent }) => [rent / 1000]) });

function makeModel() {
  return nn.sequential([
    nn.columns([
      { columns: [0, 1], apply: nn.standardize() },
      { columns: [2], apply: nn.sequential([nn.impute({ strategy: 'mostFrequent', indicator: true }), nn.standardize()]) },
      { columns: [3], apply: nn.oneHot() },
    ]),
    nn.dense(32, { activation: 'tanh' }),
    nn.dense(1),
  ]);
}

const known = dataOf(makeApartments(2000, 1));
const unseen = makeApartments(500, 2);

const model = makeModel();
const history = await fit(model, known, {
  loss: losses.mse(),
  optimizer: optim.adam({ lr: 0.01 }),
  epochs: 60,
  batchSize: 64,
  seed: 1,
  validationSplit: 0.1,
});
console.log(model.summary());
console.log(`\nvalidation loss of the last epoch: ${history.validation!.loss.at(-1)!.toExponential(2)}`);

const scores = await evaluate(model, dataOf(unseen), { metrics: [metrics.mae(), metrics.r2()] });
console.log(`rents never seen: off by ${(1000 * scores.mae).toFixed(0)} on average, R² ${scores.r2.toFixed(4)}`);

const folder = await mkdtemp(join(tmpdir(), 'slalom-table-'));
await saveWeights(model, join(folder, 'rents.safetensors'));
const fresh = makeModel();
await loadWeights(fresh, join(folder, 'rents.safetensors'));
await rm(folder, { recursive: true });

const [before, after] = [await predict(model, unseen.map(rowOf)), await predict(fresh, unseen.map(rowOf))];
const same = before.data.every((value, i) => value === after.data[i]);
console.log(`a fresh model with the saved weights predicts the same bits: ${same}`);
for (const [i, { district, area, rent }] of unseen.slice(0, 3).entries()) {
  console.log(`${area.toFixed(0)} m², ${district}: ${rent.toFixed(0)}, predicted ${(1000 * after.data[i]!).toFixed(0)}`);
}
if (!same) process.exitCode = 1;
