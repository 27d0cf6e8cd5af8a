/** What `callbacks.progress` writes: a bar on a terminal, lines elsewhere, nothing. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, fit, losses, metrics, optim } from '../../src/index.js';
import { rejection, toyData, toyModel } from './toy.js';

const data = toyData(60);
/** What empties a line of a terminal. */
const CLEAR = '\r\u001b[K';
/** Three steps an epoch, each reported. */
const train = (list: Callback[], epochs = 2, others: object = {}) =>
  fit(toyModel(), data, {
    loss: losses.crossEntropy(),
    optimizer: optim.sgd({ lr: 0.1 }),
    metrics: [metrics.accuracy(), metrics.confusionMatrix({ classes: 3 })],
    epochs,
    batchSize: 20,
    callbacks: [...list, { batchEnd() {} }],
    ...others,
  });

function screen(terminal: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
  const writes: string[] = [];
  return { writes, stream: { ...terminal, write: (text: string) => writes.push(text) } };
}

describe('callbacks.progress', () => {
  it('draws a bar on a terminal and leaves a line for every epoch', async () => {
    const { writes, stream } = screen({ isTTY: true, columns: 200 });
    await train([callbacks.progress({ stream })], 2, { validation: data });
    const bars = writes.filter((text) => text.includes('─') || text.includes('━'));
    expect(bars.length).toBeGreaterThanOrEqual(2);
    for (const bar of bars) {
      expect(bar.startsWith(CLEAR)).toBe(true);
      expect(bar.slice(CLEAR.length)).toMatch(
        /^ *epoch [12]\/2 [━─]{24} [12]\/3 {2}loss [\d.]+ {2}accuracy [\d.]+ % {2}[\d,]+ samples\/s {2}\d+:\d\d left$/,
      );
    }
    const lines = writes.filter((text) => text.endsWith('\n'));
    expect(lines.map((line) => line.slice(CLEAR.length).split('  ')[0])).toEqual(['epoch 1/2', 'epoch 2/2']);
    expect(lines[1]).toContain('validation accuracy');
    expect(lines[1]).toContain('0:00 left');
  });

  it('keeps the bar within the terminal, and clears one that an error left', async () => {
    const { writes, stream } = screen({ isTTY: true, columns: 30 });
    const fail: Callback = { batchEnd: ({ step }) => (step === 2 ? Promise.reject(new Error('on purpose')) : undefined) };
    expect((await rejection(train([callbacks.progress({ stream }), fail]))).message).toBe('on purpose');
    expect(writes.length).toBe(2);
    expect(writes[0]!.slice(CLEAR.length).length).toBe(29);
    expect(writes[1]).toBe(CLEAR);
  });

  it('writes plain lines elsewhere or if told so, a bar if told so, and nothing if silent', async () => {
    const plain = screen();
    await train([callbacks.progress({ stream: plain.stream })]);
    expect(plain.writes.length).toBe(2);
    for (const drawn of [CLEAR, '\r', '━']) expect(plain.writes.join('')).not.toContain(drawn);
    const told = screen({ isTTY: true });
    await train([callbacks.progress({ mode: 'lines', stream: told.stream })]);
    expect(told.writes.length).toBe(2);
    const bar = screen();
    await train([callbacks.progress({ mode: 'bar', stream: bar.stream })]);
    expect(bar.writes.join('')).toContain('━');
    const silent = screen({ isTTY: true });
    await train([callbacks.progress({ mode: 'silent', stream: silent.stream })]);
    expect(silent.writes).toEqual([]);
  });

  it('counts all parts of a run that was resumed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-progress-'));
    await train([callbacks.checkpoint({ directory })], 2);
    const { writes, stream } = screen();
    let seconds = 0;
    const clock: Callback = {
      epochEnd(event) {
        seconds = event.seconds;
      },
    };
    await train([callbacks.checkpoint({ directory }), callbacks.progress({ stream }), clock], 3, { resume: directory });
    expect(writes.length).toBe(1);
    const rate = Number(/([\d,]+) samples/.exec(writes[0]!)![1]!.replaceAll(',', ''));
    // 180 rows since the first part began; the line is written a moment after the event was made.
    expect(rate).toBeGreaterThan(0);
    expect(rate).toBeLessThanOrEqual(Math.ceil(180 / Math.max(seconds, 1e-3)));
  });
});
