/** Callbacks that end a run or change its rate, and what they refuse. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, fit, losses, nn, OptionError, optim, schedules } from '../../src/index.js';
import { fixture } from '../golden/fixtures.js';
import { rejection, toyData, toyModel } from './toy.js';

const data = toyData(60);
const options = (list: readonly Callback[], epochs = 50) => ({
  loss: losses.crossEntropy(),
  optimizer: optim.sgd({ lr: 0.5 }),
  epochs,
  batchSize: 20,
  callbacks: list,
});

/** A run of one step an epoch whose loss in each epoch is given: the mean of its only row. */
async function withLosses(values: readonly number[], callback: Callback, lr = 1) {
  const model = nn.sequential([nn.dense(1, { useBias: false, kernelInit: 'zeros' })]);
  let epoch = 0;
  const scripted: Callback = {
    epochEnd(event, run) {
      return callback.epochEnd!({ ...event, loss: values[epoch++]! }, run);
    },
    runBegin: (run) => callback.runBegin?.(run),
  };
  return fit(
    model,
    { x: [[0]], y: [[0]] },
    { loss: losses.mse(), optimizer: optim.sgd({ lr }), epochs: values.length, callbacks: [scripted] },
  );
}

interface Plateau {
  readonly losses: readonly number[];
  readonly cases: readonly { readonly baseLr: number; readonly options: object; readonly lr: readonly number[] }[];
}

describe('callbacks.reduceOnPlateau', () => {
  const { losses: values, cases } = fixture<{ plateau: Plateau }>('schedules').plateau;

  it.each(cases.map((each) => [JSON.stringify(each.options), each] as const))(
    "gives PyTorch's rates: %s",
    async (_, { options: given, baseLr, lr }) => {
      const history = await withLosses([...values, 0], callbacks.reduceOnPlateau(given), baseLr);
      expect(history.lr.slice(1)).toEqual(lr);
    },
  );

  it('is refused beside a schedule, before the first step', async () => {
    const run = fit(toyModel(), data, { ...options([callbacks.reduceOnPlateau()]), optimizer: optim.sgd({ lr: schedules.constant(0.1) }) });
    expect((await rejection(run)).message).toContain('a schedule gives the learning rate of this run');
  });
});

describe('a run ends', () => {
  it('at its target', async () => {
    const { loss, stopReason } = await fit(toyModel(), data, options([callbacks.stopAt({ monitor: 'loss', value: 0.7 })]));
    expect(stopReason).toBe('target');
    expect(loss.findIndex((value) => value <= 0.7)).toBe(loss.length - 1);
  });

  it('when its time is up', async () => {
    const { stopReason, epochs } = await fit(toyModel(), data, options([callbacks.timeLimit({ seconds: 0.05 })], 1e7));
    expect([stopReason, epochs < 1e7]).toEqual(['timeLimit', true]);
  });

  it('when improvement has become negligible', async () => {
    const values = [8, 4, 2, 1, 0.9999, 0.9998, 0.9997, 0.9996, 0.5, 0.4];
    const { stopReason, epochs } = await withLosses(values, callbacks.plateau({ window: 2, threshold: 0.01 }));
    expect([stopReason, epochs]).toEqual(['plateau', 7]);
    expect((await withLosses([8, 4, 2, 1], callbacks.plateau({ window: 2 }))).stopReason).toBe('epochs');
  });

  it.each([
    [{ factor: 3 }, [1, 2, 0.5, 1.4, 1.6, 9], 5],
    [{ above: 1.5 }, [1, 1.5, 1.6, 9], 3],
    [{}, [1, 9, 11], 3],
    [undefined, [1, Number.NaN, 1], 2],
  ])('when it diverges: %j', async (given, values, epochs) => {
    expect(await withLosses(values, callbacks.divergence(given))).toMatchObject({ stopReason: 'divergence', epochs });
  });

  it('on a signal, with a checkpoint, and takes its handlers away', () => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-signal-'));
    const program = `
      import { callbacks, fit, losses, nn, optim } from 'slalom';
      const before = process.listenerCount('SIGTERM');
      const { stopReason } = await fit(nn.sequential([nn.dense(2)]), { x: [[1, 2], [3, 4]], y: [0, 1] }, {
        loss: losses.crossEntropy(), optimizer: optim.sgd(), epochs: 1e9,
        callbacks: [
          callbacks.stopOnSignal({ checkpoint: ${JSON.stringify(join(directory, 'last.safetensors'))} }),
          { epochEnd: ({ epoch }) => epoch === 3 && process.kill(process.pid, 'SIGTERM') },
        ],
      });
      console.log(stopReason, process.listenerCount('SIGTERM') - before);`;
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect([stdout, status]).toEqual(['signal 0\n', 0]);
    expect(readdirSync(directory)).toEqual(['last.safetensors']);
  });
});

describe('refused are', () => {
  it.each<[string, () => unknown, string]>([
    ['no target', () => callbacks.stopAt({} as never), 'callbacks.stopAt: value must be a finite number'],
    ['no time', () => callbacks.timeLimit({ seconds: 0 }), 'seconds must be a number above 0, found 0'],
    ['a window of 0', () => callbacks.plateau({ window: 0 }), 'window must be a whole number of 1 or more, found 0'],
    ['a factor of 1', () => callbacks.divergence({ factor: 1 }), 'factor must be a number above 1'],
    [
      'a factor that does not reduce',
      () => callbacks.reduceOnPlateau({ factor: 1 }),
      'factor must be a number above 0 and below 1, found 1',
    ],
    ['unknown names', () => callbacks.reduceOnPlateau({ minLR: 0 } as never), 'did you mean "minLr"?'],
    ['what is no signal', () => callbacks.stopOnSignal({ signals: ['TERM' as never] }), 'signals must be a list of signal names'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  });

  it.each<[string, Callback]>([
    ['stopAt', callbacks.stopAt({ monitor: 'los', value: 1 })],
    ['plateau', callbacks.plateau({ monitor: 'los' })],
    ['divergence', callbacks.divergence({ monitor: 'los' })],
    ['reduceOnPlateau', callbacks.reduceOnPlateau({ monitor: 'los' })],
  ])('values that the run has not: %s', async (name, callback) => {
    const error = await rejection(fit(toyModel(), data, options([callback])));
    expect(error.message).toContain(`callbacks.${name}: this run has no value "los" to monitor; did you mean "loss"?`);
  });

  it('a factor where losses are negative', async () => {
    const error = await rejection(withLosses([-1], callbacks.divergence()));
    expect(error.message).toContain('a factor needs values of 0 or more, give above instead');
  });
});
