/** While a run's programs are compiled off the JavaScript thread: what else may happen, and what may fail. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BusyError, type Callback, callbacks, type FitOptions, fit, metrics, nn, OptionError, type Probe } from '../../src/index.js';
import { addon } from '../../src/native/addon.js';
import type { NativeSession } from '../../src/native/binding.js';
import { Staging } from '../../src/train/checkpoint/staging.js';
import { deepModel, rejection, toyData, toyModel, twoEpochs, weights } from './toy.js';

const data = toyData(100);
const SEED = 4;
const built = (model = toyModel()) => model.build([4], { seed: SEED });

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a run that is aborted before its programs are compiled', () => {
  it.each<[string, (abort: () => void) => unknown]>([
    ['in the turn of the call', (abort) => abort()],
    ['in the next microtask', (abort) => queueMicrotask(abort)],
    ['in the next turn', (abort) => setImmediate(abort)],
    [
      'some turns later',
      async (abort) => {
        for (let i = 0; i < 3; i++) await turn();
        abort();
      },
    ],
  ])('%s leaves whole steps and a model that can be trained again', async (_, when) => {
    const model = built();
    const run = fit(model, data, twoEpochs({ validation: data, callbacks: [callbacks.ema()] }));
    when(() => run.abort());
    const history = await run;
    expect(history.stopReason).toBe('aborted');
    if (history.steps === 0) expect(weights(model)).toEqual(weights(built()));
    model.load(built().state());
    const again = await fit(model, data, twoEpochs());
    const other = built();
    await fit(other, data, twoEpochs());
    expect(again.epochs).toBe(2);
    expect(weights(model)).toEqual(weights(other));
  });
});

it('a model that a run is compiled for is taken', async () => {
  const model = built();
  const run = fit(model, data, twoEpochs());
  expect(await rejection(fit(model, data, twoEpochs()))).toBeInstanceOf(BusyError);
  const shared = nn.sequential([model, nn.dense(3)]);
  expect(await rejection(fit(shared, data, twoEpochs()))).toBeInstanceOf(BusyError);
  expect(() => model.load(built().state())).toThrow(BusyError);
  expect((await run).epochs).toBe(2);
});

it('two runs that are compiled at a time have the bits of two in turn', async () => {
  const [first, second, third, fourth] = [built(), built(deepModel()), built(), built(deepModel())] as const;
  await Promise.all([fit(first, data, twoEpochs()), fit(second, data, twoEpochs())]);
  await fit(third, data, twoEpochs());
  await fit(fourth, data, twoEpochs());
  expect(weights(first)).toEqual(weights(third));
  expect(weights(second)).toEqual(weights(fourth));
});

/** Sessions from the `from`-th on are never ready: the compiler fails. */
function failingFrom(from: number) {
  const make = addon.session.bind(addon);
  let made = 0;
  vi.spyOn(addon, 'session').mockImplementation((options): NativeSession => {
    const session = make(options);
    if (++made < from) return session;
    const failure = () =>
      Promise.reject(Object.assign(new TypeError('matmul is broken'), { code: 'VALUE', op: 'matmul', path: 'layers.0' }));
    return {
      ready: failure,
      run: failure,
      abort: () => session.abort(),
      snapshot: (which) => session.snapshot(which),
      close: () => session.close(),
    };
  });
}

describe('a compiler that fails', () => {
  it.each([
    ['for the training', 1],
    ['for the validation', 2],
  ])('%s refuses the run at its line and leaves the model as it was', async (_, from) => {
    const model = built();
    failingFrom(from);
    const callback = { runBegin: vi.fn(), runEnd: vi.fn() } satisfies Callback;
    const error = await rejection(fit(model, data, twoEpochs({ validation: data, callbacks: [callback] })));
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ code: 'OPTION', op: 'matmul', path: 'layers.0' });
    expect(error.message).toContain('matmul is broken');
    expect(error.stack).toContain('compiled-later.test.ts');
    expect([callback.runBegin.mock.calls, callback.runEnd.mock.calls]).toEqual([[], []]);
    vi.restoreAllMocks();
    expect(weights(model)).toEqual(weights(built()));
    expect((await fit(model, data, twoEpochs())).epochs).toBe(2);
  });

  it('leaves no first values behind', async () => {
    const model = toyModel();
    failingFrom(1);
    await rejection(fit(model, data, twoEpochs()));
    vi.restoreAllMocks();
    expect([...model.variables().values()].some(({ initialized }) => initialized)).toBe(false);
  });

  it('after an unfreezing ends the run with its error', async () => {
    const model = built(deepModel());
    failingFrom(2);
    const unfreeze = callbacks.unfreeze({ schedule: [{ epoch: 2, layers: 'layers.0' }] });
    const ended: unknown[] = [];
    const error = await rejection(
      fit(model, data, twoEpochs({ callbacks: [unfreeze, { runEnd: ({ stopReason, epochs }) => ended.push([stopReason, epochs]) }] })),
    );
    expect(error).toBeInstanceOf(OptionError);
    expect(ended).toEqual([['error', 1]]);
    vi.restoreAllMocks();
    expect((await fit(model, data, twoEpochs())).epochs).toBe(2);
  });

  it('for a probe rejects the probe alone', async () => {
    const errors: unknown[] = [];
    failingFrom(2);
    const probing: Callback = {
      async runBegin(run) {
        await run.probe().catch((error) => errors.push(error));
      },
    };
    expect((await fit(built(), data, twoEpochs({ callbacks: [probing] }))).epochs).toBe(2);
    expect(errors).toEqual([expect.any(OptionError)]);
  });
});

describe('a run that is cut off', () => {
  it('while it follows an unfreezing ends there', async () => {
    const model = built(deepModel());
    const controller = new AbortController();
    const schedule = callbacks.unfreeze({ schedule: [{ epoch: 2, layers: 'layers.0' }] });
    const cut: Callback = { epochBegin: (epoch) => epoch === 2 && setImmediate(() => controller.abort()) };
    const history = await fit(model, data, twoEpochs({ epochs: 1e4, signal: controller.signal, callbacks: [schedule, cut] }));
    expect(history.stopReason).toBe('aborted');
    expect(history.epochs).toBeGreaterThanOrEqual(1);
    expect((await fit(model, data, twoEpochs())).epochs).toBe(2);
  });

  it.each<[string, (probe: Parameters<NonNullable<Callback['runBegin']>>[0]) => Promise<unknown>]>([
    ['a probe', (run) => run.probe({ bins: 8, activations: true })],
    ['a norm of the gradient', (run) => run.gradientNorm()],
  ])('while %s is traced answers it with undefined', async (_, look) => {
    const model = built();
    const controller = new AbortController();
    const seen: unknown[] = [];
    const looking: Callback = {
      async runBegin(run) {
        const pending = look(run);
        await turn();
        controller.abort();
        seen.push(await pending);
      },
    };
    expect(await fit(model, data, twoEpochs({ signal: controller.signal, callbacks: [looking] }))).toMatchObject({ steps: 0 });
    expect(seen).toEqual([undefined]);
    expect((await fit(model, data, twoEpochs())).epochs).toBe(2);
  });

  it('while a probe that nobody waits for is traced leaves nothing open', async () => {
    const model = built();
    const pending: Promise<Probe | undefined>[] = [];
    const failing: Callback = {
      runBegin(run) {
        pending.push(run.probe({ bins: 8 }));
        throw new Error('no more');
      },
    };
    expect((await rejection(fit(model, data, twoEpochs({ callbacks: [failing] })))).message).toBe('no more');
    expect(await pending[0]).toBeUndefined();
    expect((await fit(model, data, twoEpochs())).epochs).toBe(2);
  });
});

it('what is frozen while steps are traced anew is not trained from there on', async () => {
  const model = built(deepModel());
  const seen: (Probe['parameters'] | undefined)[] = [];
  const freezing: Callback = {
    epochBegin(epoch) {
      if (epoch !== 2) return;
      model.freeze('layers.2');
      setImmediate(() => model.freeze('layers.0'));
    },
    epochEnd: async (_, run) => seen.push((await run.probe())?.parameters),
  };
  expect((await fit(model, data, twoEpochs({ epochs: 3, callbacks: [freezing] }))).epochs).toBe(3);
  const [, second, third] = seen.map((parameters) =>
    ['layers.0.weight', 'layers.2.weight', 'layers.3.weight'].map((path) => parameters![path]!),
  );
  expect(third!.map(({ trainable }) => trainable)).toEqual([false, false, true]);
  expect(third!.slice(0, 2)).toEqual(second!.slice(0, 2));
  expect(third![2]!.weight).not.toEqual(second![2]!.weight);
});

describe('every callback', () => {
  const everything = (folder: string): FitOptions => ({
    ...twoEpochs({ epochs: 3, validation: data, publish: 'epoch' }),
    metrics: [metrics.accuracy()],
    callbacks: [
      callbacks.ema(),
      callbacks.earlyStopping({ restoreBest: true, patience: 9 }),
      callbacks.checkpoint({ directory: join(folder, 'saved'), best: 2, everySteps: 2 }),
      callbacks.tensorBoard({ directory: join(folder, 'board'), histogramEvery: 1 }),
      callbacks.stepSizes({ onWarning: () => undefined }),
      callbacks.histograms({ onReport: () => undefined, activations: true }),
      callbacks.health({ onWarning: () => undefined, rows: 50 }),
      callbacks.gradientNorm({ below: 0 }),
    ],
  });

  it('at a time changes no bit', async () => {
    const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'slalom-later-')));
    const [watched, again, bare] = [built(), built(), built()] as const;
    try {
      await Promise.all([watched, again].map((model, i) => fit(model, data, everything(folders[i]!))));
    } finally {
      for (const folder of folders) rmSync(folder, { recursive: true });
    }
    const { callbacks: all, ...options } = everything('');
    await fit(bare, data, { ...options, callbacks: all!.slice(0, 2) });
    expect(weights(watched)).toEqual(weights(bare));
    expect(weights(again)).toEqual(weights(bare));
  });
});

it('tensors on their way into a checkpoint keep their bits, whatever their sizes', async () => {
  const staging = new Staging();
  const sizes = [2 ** 20 + 5, 0, 3, 2 ** 21 + 1];
  const floats = sizes.map((size) =>
    addon.array(
      Float32Array.from({ length: size }, (_, i) => i / 3),
      'f32',
      [size],
    ),
  );
  const others = [
    addon.array(Uint8Array.of(1, 0, 1), 'bool', [3]),
    addon.array(Float64Array.of(Math.PI), 'f64', []),
    addon.array(Int32Array.of(-7), 'i32', [1]),
  ];
  const tensors = new Map([...floats, ...others].map((tensor, i) => [`t${i}`, tensor]));
  for (const chosen of [tensors, new Map([['last', others[1]!]]), tensors]) {
    const stored = await staging.read(chosen);
    expect([...stored.keys()]).toEqual([...chosen.keys()]);
    for (const [name, tensor] of chosen) {
      const { data: read, dtype, shape } = stored.get(name)!;
      expect([dtype, shape]).toEqual([tensor.dtype, tensor.shape]);
      expect(Buffer.compare(Buffer.from(read.buffer, read.byteOffset, read.byteLength), Buffer.from(tensor.read().buffer))).toBe(0);
    }
  }
});

describe('validation, which is opened after the call', () => {
  it('that does not fit refuses the run at its line, and leaves the model as it was', async () => {
    const model = built();
    const narrow = toyData(20);
    const wrong = { x: narrow.x.slice(0, 20).reshape([10, 8]), y: narrow.y.slice(0, 10) };
    const error = await rejection(fit(model, data, twoEpochs({ validation: wrong })));
    expect(error.name).toBe('ShapeError');
    expect(error.stack).toContain('compiled-later.test.ts');
    expect(weights(model)).toEqual(weights(built()));
    expect((await fit(model, data, twoEpochs({ validation: data }))).validation?.loss).toHaveLength(2);
  });

  it('reads the variables that the run has, and is refused those of another', async () => {
    const shared = built();
    const other = nn.sequential([nn.dense(4), shared]);
    const run = fit(shared, data, twoEpochs({ epochs: 50, validation: data }));
    expect(await rejection(fit(other, data, twoEpochs({ validation: data })))).toBeInstanceOf(BusyError);
    expect((await run).validation?.loss).toHaveLength(50);
  });
});
