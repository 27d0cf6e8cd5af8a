/** Every callback of ours in one run: none is in the way of another, and all files are whole. */

import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Callback, callbacks, fit, losses, metrics, nn, optim, schedules } from '../../src/index.js';
import { readCheckpoint } from '../../src/train/checkpoint/file.js';
import { timeless, toyData, weights } from './toy.js';

const data = toyData(120);
const EPOCHS = 8;
const STEPS = 4;
const model = () => nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dropout(0.2), nn.dense(6, { activation: 'tanh' }), nn.dense(3)]);

/** What changes the run. */
const training = () => [
  callbacks.unfreeze({
    schedule: [
      { epoch: 3, layers: 'layers.2' },
      { epoch: 5, layers: 'layers.0' },
    ],
  }),
  callbacks.ema({ decay: 0.9, early: 'warmup', startEpoch: 2 }),
  callbacks.earlyStopping({ patience: 50, restoreBest: true }),
];

const options = (list: readonly Callback[]) => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.02, betas: [schedules.oneCycleMomentum({ steps: EPOCHS * STEPS }), 0.999] }),
  metrics: [metrics.accuracy(), metrics.confusionMatrix({ classes: 3 })],
  validationSplit: 1 / 6,
  epochs: EPOCHS,
  batchSize: 25,
  seed: 3,
  callbacks: list,
});

it('a run with all callbacks ends as one without those that only watch, and leaves whole files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slalom-all-'));
  const at = (name: string) => join(folder, name);
  const shown: string[] = [];
  const events: string[] = [];
  const watching = [
    callbacks.progress({ mode: 'bar', stream: { write: (text) => shown.push(text), columns: 80 } }),
    callbacks.progress({ mode: 'lines', stream: { write: (text) => shown.push(text) } }),
    callbacks.csvLogger({ path: at('log.csv') }),
    callbacks.jsonLogger({ path: at('log.jsonl'), batches: true }),
    callbacks.tensorBoard({ directory: at('board') }),
    callbacks.checkpoint({ directory: at('saved'), best: 2, everySteps: 3 }),
    callbacks.divergence(),
    callbacks.plateau({ window: 4, threshold: 0 }),
    callbacks.stopAt({ monitor: 'loss', value: 0 }),
    callbacks.timeLimit({ seconds: 1e6 }),
    callbacks.stopOnSignal(),
    callbacks.reduceOnPlateau({ patience: 100 }),
    callbacks.lambda({
      runBegin: () => void events.push('begin'),
      async epochBegin(epoch) {
        await turn();
        events.push(`epoch ${epoch}`);
      },
      batchBegin: ({ step }) => void events.push(`${step}`),
      batchEnd: ({ step }) => void events.push(`${step} done`),
      validationBegin: () => void events.push('validation'),
      validationEnd: () => void events.push('validated'),
      epochEnd: () => turn().then(() => events.push('epoch done')),
      checkpointEnd: ({ path }) => void events.push(path.endsWith('last.safetensors') ? 'saved' : 'saved a best'),
      runEnd: () => void events.push('end'),
    }),
  ];
  const trained = model();
  const history = await fit(trained, data, { ...options([...training(), ...watching]), publish: 'epoch', verbose: false });
  expect(history).toMatchObject({ stopReason: 'epochs', epochs: EPOCHS, steps: EPOCHS * STEPS });

  // Those that watch changed no bit.
  const plain = model();
  const alone = await fit(plain, data, { ...options(training()), onBatch() {} });
  expect(timeless(history)).toEqual(timeless(alone));
  expect(weights(trained)).toEqual(weights(plain));

  // Events come in order.
  const expected = Array.from({ length: EPOCHS }, (_, e) => [
    `epoch ${e + 1}`,
    ...Array.from({ length: STEPS }, (_, b) => [`${e * STEPS + b + 1}`, `${e * STEPS + b + 1} done`]).flat(),
    'validation',
    'validated',
    'epoch done',
  ]).flat();
  expect(events.filter((event) => !event.startsWith('saved'))).toEqual(['begin', ...expected, 'end']);
  const saves = events.flatMap((event, i) => (event === 'saved' ? [events[i - 1]!] : []));
  expect(saves.length).toBeGreaterThan(EPOCHS);
  expect(saves.every((before) => before.endsWith('done') || before.startsWith('saved'))).toBe(true);

  // Files are complete.
  const csv = readFileSync(at('log.csv'), 'utf8');
  expect(csv.endsWith('\n')).toBe(true);
  expect(csv.split('\n').length).toBe(1 + EPOCHS + 1);
  const json = readFileSync(at('log.jsonl'), 'utf8').trimEnd().split('\n');
  const types = json.map((line) => JSON.parse(line).type);
  expect(types).toEqual(['run', ...Array.from({ length: EPOCHS }, () => [...Array(STEPS).fill('batch'), 'epoch']).flat(), 'end']);
  expect(readdirSync(at('board')).sort()).toEqual(['train', 'validation']);
  for (const run of ['train', 'validation']) {
    const [file] = readdirSync(at(join('board', run)));
    const bytes = readFileSync(at(join('board', run, file!)));
    let end = 0;
    let records = 0;
    for (; end < bytes.length; end += 16 + Number(bytes.readBigUInt64LE(end))) records++;
    expect(end).toBe(bytes.length);
    // The version, the run's text in one of them, a line of scalars and a picture for every epoch.
    expect(records).toBe((run === 'train' ? 2 : 1) + 2 * EPOCHS);
  }
  const saved = readdirSync(at('saved')).sort();
  expect(saved.length).toBe(3);
  for (const name of saved) expect((await readCheckpoint(at(join('saved', name)))).record.history.loss.length).toBeLessThanOrEqual(EPOCHS);
  expect((await readCheckpoint(at('saved/last.safetensors'))).record.step).toBe(EPOCHS * STEPS);
  expect(shown.join('')).toContain(`epoch ${EPOCHS}/${EPOCHS}`);
});
