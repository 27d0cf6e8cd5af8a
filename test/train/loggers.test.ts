/** Files that a run writes as it goes. */

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, fit, losses, metrics, OptionError, optim } from '../../src/index.js';
import { rejection, toyData, toyModel } from './toy.js';

const data = toyData(60);
const file = (name: string) => join(mkdtempSync(join(tmpdir(), 'slalom-log-')), name);
const lines = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');
const train = (...list: Callback[]) =>
  fit(toyModel(), data, {
    loss: losses.crossEntropy(),
    optimizer: optim.sgd({ lr: 0.1 }),
    metrics: [metrics.accuracy({ name: 'share, "right"' as 'accuracy' }), metrics.confusionMatrix({ classes: 3 })],
    validationSplit: 0.5,
    epochs: 3,
    batchSize: 10,
    callbacks: list,
  });

describe('callbacks.csvLogger', () => {
  it('writes a header and a line an epoch, quoted where need be', async () => {
    const path = file('log.csv');
    const { loss, metrics: values, validation } = await train(callbacks.csvLogger({ path }));
    const [header, ...rows] = lines(path);
    expect(header).toBe(
      'epoch,step,seconds,lr,loss,"share, ""right""",confusionMatrix,validation.loss,"validation.share, ""right""",validation.confusionMatrix',
    );
    expect(rows.length).toBe(3);
    const last = rows[2]!.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
    expect([last[0], last[1], last[3]]).toEqual(['3', '9', '0.1']);
    expect(Number(last[4])).toBe(loss[2]);
    expect(Number(last[5])).toBe(values['share, "right"' as 'accuracy'][2]);
    expect(JSON.parse(last[6]!.slice(1, -1))).toEqual(values.confusionMatrix[2]);
    expect(Number(last[7])).toBe(validation!.loss[2]);
  });

  it('goes on with a file or begins it anew', async () => {
    const path = file('log.csv');
    await train(callbacks.csvLogger({ path }));
    await train(callbacks.csvLogger({ path, append: true }));
    expect(lines(path).length).toBe(7);
    await train(callbacks.csvLogger({ path }));
    expect(lines(path).length).toBe(4);
  });

  it('has every epoch on the disk when the run ends with an error', async () => {
    const path = file('log.csv');
    const fail: Callback = { epochEnd: ({ epoch }) => (epoch === 2 ? Promise.reject(new Error('on purpose')) : undefined) };
    expect((await rejection(train(callbacks.csvLogger({ path }), fail))).message).toBe('on purpose');
    expect(lines(path).length).toBe(3);
  });
});

describe('callbacks.jsonLogger', () => {
  it('writes events, one a line', async () => {
    const path = file('log.jsonl');
    const { loss, seconds } = await train(callbacks.jsonLogger({ path }));
    const events = lines(path).map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual(['run', 'epoch', 'epoch', 'epoch', 'end']);
    expect(events[0]).toMatchObject({ epochs: 3, stepsPerEpoch: 3, batchSize: 10, rows: 30 });
    expect(events[3]).toMatchObject({ epoch: 3, step: 9, loss: loss[2], validation: { loss: expect.any(Number) } });
    expect(events[4]).toEqual({ type: 'end', epochs: 3, steps: 9, stopReason: 'epochs', seconds });
  });

  it('and batches, if asked', async () => {
    const path = file('log.jsonl');
    await train(callbacks.jsonLogger({ path, batches: true }));
    expect(lines(path).filter((line) => JSON.parse(line).type === 'batch').length).toBe(9);
  });
});

describe.each([
  ['csvLogger', callbacks.csvLogger],
  ['jsonLogger', callbacks.jsonLogger],
] as const)('callbacks.%s', (_, make) => {
  it('ends the run before its first step if the file cannot be written', async () => {
    const path = join(file('none'), 'log');
    const error = await rejection(train(make({ path }), { batchEnd: () => Promise.reject(new Error('a step was run')) }));
    expect(error.message).toMatch(/ENOENT/);
    expect(existsSync(path)).toBe(false);
    const blocker = file('blocker');
    writeFileSync(blocker, '');
    expect((await rejection(train(make({ path: join(blocker, 'log') })))).message).toMatch(/ENOTDIR/);
  });

  it('refuses wrong options', () => {
    expect(() => make({} as never)).toThrow(OptionError);
    expect(() => make({ path: 'x', apend: true } as never)).toThrow('did you mean "append"?');
  });
});
