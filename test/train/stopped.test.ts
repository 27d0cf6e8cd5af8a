/** Evaluations and predictions that a signal ends: at once, also within a step, with nothing left behind. */

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  array,
  calibrate,
  crossValidate,
  type Dataset,
  dataset,
  evaluate,
  losses,
  type Metric,
  metrics,
  nn,
  optim,
  predict,
  worstExamples,
} from '../../src/index.js';
import { rejection, toyData, toyModel, toyRows } from './toy.js';

const data = toyData(4000);
const rows = toyRows(data).slice(0, 600);
const loss = losses.crossEntropy();
const each = losses.crossEntropy({ reduction: 'none' });
const reason = new Error('enough');
const make = () => nn.sequential([nn.dense(8), nn.dense(3), nn.temperature()]).build([4], { seed: 1 });

type Call = (model: ReturnType<typeof make>, signal: AbortSignal, given: typeof data | Dataset) => PromiseLike<unknown>;
const calls: [string, Call][] = [
  ['evaluate', (model, signal, given) => evaluate(model, given, { loss, signal })],
  ['predict', (model, signal, given) => predict(model, 'source' in given ? given : given.x, { signal })],
  ['calibrate', (model, signal, given) => calibrate(model, given, { signal })],
  ['worstExamples', (model, signal, given) => worstExamples(model, given, { loss: each, signal })],
];

describe.each(calls)('%s', (_, call) => {
  it('rejects with the reason of a signal that fires before or right after the call', async () => {
    const model = make();
    expect(await rejection(call(model, AbortSignal.abort(reason), data))).toBe(reason);
    const controller = new AbortController();
    const run = rejection(call(model, controller.signal, data));
    controller.abort(reason);
    expect(await run).toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    await call(model, new AbortController().signal, data);
  });

  it('ends while rows are on their way, and asks for no more', async () => {
    const controller = new AbortController();
    let read = 0;
    const given = dataset(rows).map(async (row) => {
      if (++read === 300) controller.abort(reason);
      return row;
    });
    expect(await rejection(call(make(), controller.signal, given))).toBe(reason);
    expect(read).toBeLessThan(rows.length);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('does not wait for a source that answers no more', async () => {
    const controller = new AbortController();
    const silent = dataset(rows).map(() => new Promise<(typeof rows)[0]>(() => setImmediate(() => controller.abort(reason))));
    expect(await rejection(call(make(), controller.signal, silent))).toBe(reason);
  });
});

it('evaluate cuts a step off: one batch that would take long', async () => {
  const wide = nn.sequential([...Array.from({ length: 40 }, () => nn.dense(1024)), nn.dense(3)]).build([4]);
  let finished = 0;
  const spy: Metric<'spy', number> = { ...metrics.accuracy(), name: 'spy', finalize: () => ++finished };
  const controller = new AbortController();
  const run = rejection(evaluate(wide, data, { loss, metrics: [spy], batchSize: 4000, signal: controller.signal }));
  setTimeout(() => controller.abort(reason), 20);
  expect(await run).toBe(reason);
  expect(finished).toBe(0);
});

it('calibrate puts the temperature back that it had set', async () => {
  const model = make();
  model.load({ ...model.state(), 'layers.2.temperature': array(2) });
  const controller = new AbortController();
  let read = 0;
  const given = dataset(rows).map((row) => {
    // Read for the scores before, the logits, the targets, and the score after.
    if (++read === 3.5 * rows.length) {
      expect(model.state()['layers.2.temperature']!.item()).not.toBe(2);
      controller.abort(reason);
    }
    return row;
  });
  expect(await rejection(calibrate(model, given, { signal: controller.signal }))).toBe(reason);
  expect(read).toBeGreaterThanOrEqual(3.5 * rows.length);
  expect(model.state()['layers.2.temperature']!.item()).toBe(2);
});

it('crossValidate ends in the middle of a test', async () => {
  const controller = new AbortController();
  const tested: number[] = [];
  const given = dataset(rows).map((row, { epoch, index }) => {
    tested.push(epoch);
    if (tested.length > 400 && index === 50) controller.abort(reason);
    return row;
  });
  const run = crossValidate(toyModel, given, {
    folds: 2,
    parallel: 1,
    fit: () => ({ loss, optimizer: optim.sgd() }),
    signal: controller.signal,
  });
  expect(await rejection(run)).toBe(reason);
});

it.each([
  ['evaluate', () => evaluate(make(), data, { loss, signal: 3 as never })],
  ['predict', () => predict(make(), data.x, { signal: {} as never })],
])('%s refuses a signal that is none', async (where, call) => {
  expect((await rejection(call())).message).toContain(`${where}: signal must be an AbortSignal`);
});
