/** Where the time of a step goes: every kernel, every layer, and a trace file. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  array,
  DataError,
  fit,
  info,
  losses,
  metrics,
  NonFiniteError,
  nn,
  OptionError,
  optim,
  type Profile,
  scan,
  type Tensor,
} from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const { x, y } = toyData(32);
const loss = losses.crossEntropy();
const folder = await mkdtemp(join(tmpdir(), 'slalom-profile-'));
afterAll(() => rm(folder, { recursive: true }));

const seconds = (parts: readonly { seconds: number }[]) => parts.reduce((sum, part) => sum + part.seconds, 0);
const phases = ({ ops }: Profile) => new Set(ops.map(({ phase }) => phase));

describe('a training step', () => {
  it('has forward, backward and update, each kernel with its layer and its work', async () => {
    const report = await toyModel().profile({ x, y }, { loss, optimizer: optim.adam(), metrics: [metrics.accuracy()], repeats: 5 });
    expect(report).toMatchObject({ mode: 'training', rows: 32, repeats: 5 });
    expect(phases(report)).toEqual(new Set(['forward', 'backward', 'update']));
    for (const { seconds, share, flopsPerSecond, bytesPerSecond, shareOfPeak, flops, bytes } of [
      ...report.ops,
      ...report.layers,
      report.total,
    ]) {
      expect(seconds).toBeGreaterThan(0);
      expect(share).toBe(seconds / report.total.seconds);
      expect(flopsPerSecond).toBe(flops / seconds);
      expect(bytesPerSecond).toBe(bytes / seconds);
      expect(shareOfPeak).toBe(flopsPerSecond / report.machine.peakFlops);
    }
    expect(report.total.flops).toBe(report.ops.reduce((sum, { flops }) => sum + flops, 0));
  });

  it('adds up by layers: those below, and forward, backward and update', async () => {
    const report = await toyModel().profile({ x, y }, { loss, optimizer: optim.adam(), repeats: 3 });
    const layer = (wanted: string) => report.layers.find(({ path }) => path === wanted)!;
    expect(layer('layers').seconds).toBeCloseTo(layer('layers.0').seconds + layer('layers.1').seconds, 12);
    expect(layer('layers').flops).toBe(layer('layers.0').flops + layer('layers.1').flops);
    expect(layer('optimizer')).toMatchObject({ forward: 0, backward: 0, update: layer('optimizer').seconds });
    const tops = report.layers.filter(({ path }) => !path.includes('.'));
    expect(seconds(tops)).toBeCloseTo(seconds(report.ops), 12);
    for (const { forward, backward, update, seconds } of report.layers) expect(forward + backward + update).toBeCloseTo(seconds, 12);
    const sorted = report.ops.map((op) => op.seconds);
    expect(sorted).toEqual([...sorted].sort((a, b) => b - a));
  });

  it('prints totals, kernels and layers, and names the machine', async () => {
    const report = await toyModel().profile({ x, y }, { loss, optimizer: optim.adam(), repeats: 3 });
    const text = `${report}`;
    expect(text).toMatch(/^training step of 32 rows: \d+\.\d{3} ms, the median of 3; \w+, \d+ threads?\n/);
    expect(text).toMatch(/^layer .*ms.*share.*forward.*backward.*update/m);
    expect(text).toMatch(/^ {2}layers\.0 /m);
    expect(report.machine).toMatchObject({ isa: info().isa, threads: info().threads });
    expect(report.machine.peakFlops).toBeGreaterThan(1e8);
    expect(report.machine.peakBytes).toBeGreaterThan(1e8);
  });
});

describe('an inference step', () => {
  it('needs inputs alone', async () => {
    for (const batch of [{ x }, { x, y }]) {
      const report = await toyModel().profile(batch, { repeats: 2 });
      expect(report.mode).toBe('inference');
      expect(phases(report)).toEqual(new Set(['forward']));
      expect(report.layers.map(({ path }) => path)).toEqual(['layers', 'layers.0', 'layers.1']);
    }
  });

  it('counts the arithmetic and the bytes of a fused kernel', async () => {
    const { ops } = await toyModel().profile({ x }, { repeats: 1 });
    const first = ops.find(({ path }) => path === 'layers.0')!;
    // tanh(x · w + b) of [32, 4] · [4, 8]
    expect(first).toMatchObject({ op: 'matmul + add + tanh', type: 'f32[32, 8]', runs: 1 });
    expect(first.flops).toBe(2 * 32 * 4 * 8 + 2 * 32 * 8);
    expect(first.bytes).toBe(4 * (32 * 4 + 4 * 8 + 8 + 32 * 8));
  });

  it('has loss and metrics if they are given, and no dropout', async () => {
    const model = nn.sequential([nn.dense(8), nn.dropout(0.5), nn.dense(3)]);
    const report = await model.profile({ x, y }, { loss, metrics: [metrics.accuracy()], repeats: 2 });
    const paths = report.layers.map(({ path }) => path);
    expect(paths).toContain('loss');
    expect(paths).toContain('metrics.accuracy');
    expect(paths).not.toContain('layers.1');
  });

  it('of integers and of f64 works; there is no peak for f64', async () => {
    const whole = array(new Uint8Array(32 * 4).fill(3), { shape: [32, 4] });
    expect((await toyModel().profile({ x: whole }, { repeats: 1 })).total.shareOfPeak).toBeGreaterThan(0);
    const wide = toyModel();
    wide.dtype = 'f64';
    const report = await wide.profile({ x: array(new Float64Array(128).fill(1), { shape: [32, 4] }) }, { repeats: 1 });
    expect(report.total.shareOfPeak).toBeUndefined();
    expect(`${report}`).toContain(' - ');
  });

  it('counts every iteration of a loop', async () => {
    class Recurrent extends nn.Module {
      cell = nn.dense(4);
      forward(input: Tensor) {
        const [last] = scan(
          (h, row) => [this.cell.call(h.add(row)).tanh(), undefined],
          input.mul(0),
          input.expandDims(0).broadcastTo([7, 32, 4]),
        );
        return last;
      }
    }
    const report = await new Recurrent().profile({ x }, { repeats: 2 });
    expect(report.ops.filter(({ runs }) => runs === 7).length).toBeGreaterThan(0);
    expect(`${report}`).toContain(' × 7');
  });
});

describe('model and optimizer', () => {
  it('stay as they were', async () => {
    const [profiled, other] = [toyModel(), toyModel()];
    const [first, second] = [optim.adam({ lr: 0.01 }), optim.adam({ lr: 0.01 })];
    const options = (optimizer: typeof first) => ({ loss, optimizer, epochs: 2, seed: 1 });
    await profiled.profile({ x, y }, { loss, optimizer: first, repeats: 2 });
    expect([profiled.built, first.steps]).toEqual([false, 0]);
    for (const [model, optimizer] of [
      [profiled, first],
      [other, second],
    ] as const) {
      await fit(model, { x, y }, options(optimizer));
      if (model === profiled) await model.profile({ x, y }, { loss, optimizer, repeats: 2 });
      await fit(model, { x, y }, options(optimizer));
    }
    expect(weights(profiled)).toEqual(weights(other));
    expect(first.steps).toBe(second.steps);
  });

  it('do not diverge while they are timed, whatever the rate', async () => {
    const report = await toyModel().profile({ x, y }, { loss, optimizer: optim.sgd({ lr: 1e30 }), repeats: 10 });
    expect(report.repeats).toBe(10);
  });
});

describe('the trace', () => {
  it('is a file of complete events on one row, one after the other', async () => {
    const report = await toyModel().profile({ x, y }, { loss, optimizer: optim.adam(), repeats: 3 });
    const path = join(folder, 'step.json');
    await report.writeTrace(path);
    const { traceEvents } = JSON.parse(await readFile(path, 'utf8')) as {
      traceEvents: { name: string; ph: string; ts: number; dur: number; pid: number; tid: number; args: Record<string, unknown> }[];
    };
    const complete = traceEvents.filter(({ ph }) => ph === 'X');
    expect(complete.map(({ name }) => name).sort()).toEqual(report.ops.map(({ op }) => op).sort());
    expect(traceEvents.filter(({ ph }) => ph === 'M').map(({ name }) => name)).toEqual(['process_name', 'thread_name']);
    let end = 0;
    for (const { ts, dur, pid, tid, args } of complete) {
      expect([pid, tid]).toEqual([1, 1]);
      expect(ts).toBeGreaterThanOrEqual(end - 1e-6);
      expect(Object.keys(args)).toEqual(['layer', 'phase', 'result', 'flops', 'bytes']);
      end = ts + dur;
    }
  });

  it('that cannot be written rejects and leaves nothing', async () => {
    const report = await toyModel().profile({ x }, { repeats: 1 });
    expect(await rejection(report.writeTrace(join(folder, 'none', 'step.json')))).toMatchObject({ code: 'ENOENT' });
    expect(await rejection(report.writeTrace(3 as never))).toBeInstanceOf(OptionError);
  });
});

describe('refuses', () => {
  const optimizer = optim.adam();

  it('options that make no sense', async () => {
    const model = toyModel();
    const message = async (batch: unknown, options: unknown) => (await rejection(model.profile(batch as never, options as never))).message;
    expect(await message({ x, y }, { optimizer })).toContain('an optimizer needs a loss');
    expect(await message({ x, y }, { repeat: 3 })).toContain('did you mean "repeats"');
    expect(await message({ x, y }, { repeats: 0 })).toContain('repeats must be a whole number');
    expect(await message({ x, y }, { loss, optimizer, clipNorm: 1, clipValue: 1 })).toContain('exclude each other');
    expect(await message({ x }, { loss })).toContain('batch.y is missing');
    expect(await message({ x, z: y }, {})).toContain('unknown field "z"');
    expect(await message(undefined, {})).toContain('batch.x is missing');
    expect(await message({ x: [] }, {})).toContain('empty');
    expect(model.built).toBe(false);
  });

  it('at the line of the call, also what comes to light later', async () => {
    for (const batch of [{ x: [] }, { x: [[1, 2, 3, Number.NaN]] }]) {
      const error = await rejection(toyModel().profile(batch));
      expect(error.message).toMatch(/^model\.profile: batch\.x /);
      expect(error.stack!.split('\n')[1]).toContain('profile.test.ts');
    }
  });

  it('NaN in the data, and a loss that is not finite', async () => {
    const spoilt = array(
      Float32Array.from({ length: 128 }, (_, i) => (i === 9 ? Number.NaN : 1)),
      { shape: [32, 4] },
    );
    const error = await rejection(toyModel().profile({ x: spoilt }));
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ row: 2, column: 1 });
    const infinite = (prediction: Tensor) => prediction.sub(prediction).log().sum();
    const refused = await rejection(toyModel().profile({ x, y }, { loss: infinite, optimizer }));
    expect(refused).toBeInstanceOf(NonFiniteError);
    expect(refused).toMatchObject({ op: 'log', path: 'loss' });
  });

  it('a model that a run trains', async () => {
    const model = toyModel();
    const run = fit(model, { x, y }, { loss, optimizer: optim.adam(), epochs: 100_000 });
    expect(await rejection(model.profile({ x }))).toMatchObject({ code: 'MODEL_BUSY' });
    run.abort();
    await run;
    expect((await model.profile({ x }, { repeats: 1 })).repeats).toBe(1);
  });
});
