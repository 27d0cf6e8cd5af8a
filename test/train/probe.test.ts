/** `run.probe`: the coming step in numbers, and nothing changed. */

import { describe, expect, it } from 'vitest';
import {
  type Callback,
  configure,
  type FitOptions,
  type FitRun,
  fit,
  type NDArray,
  nn,
  optim,
  type Probe,
  type ProbeRequest,
  type RunContext,
  StateError,
} from '../../src/index.js';
import { reductionTolerance } from '../op-table/tolerance.js';
import { rejection, timeless, toyData, twoEpochs, weights } from './toy.js';

const data = toyData(100);
const make = () => nn.sequential([nn.dense(12, { activation: 'relu' }), nn.dropout(0.3), nn.dense(3)]);

/** What a look before the first step and after every step sees. */
async function looks(model: ReturnType<typeof make>, given: FitOptions, request?: ProbeRequest) {
  const seen: Probe[] = [];
  const look = async (run: RunContext) => void seen.push((await run.probe(request))!);
  const nextLosses: number[] = [];
  const batchEnd: Callback['batchEnd'] = (event, run) => {
    nextLosses.push(event.loss);
    return look(run);
  };
  await fit(model, data, { ...given, callbacks: [{ runBegin: look, batchEnd }] });
  return { seen, nextLosses };
}

/** The weights of a run after so many steps. */
async function stateAfter(steps: number, given: FitOptions): Promise<Record<string, NDArray>> {
  const model = make();
  if (steps === 0) model.build([4], { seed: given.seed! });
  else await fit(model, data, { ...given, steps });
  return model.state();
}

const length = (numbers: readonly number[]) => Math.hypot(...numbers);

/** No rate after its last step. */
const endingSchedule = (step: number) => (step < 14 ? 0.02 / (1 + step) : Number.NaN);

describe('run.probe', () => {
  it.each<[string, () => Partial<FitOptions>]>([
    ['adam', () => ({})],
    ['sgd with momentum', () => ({ optimizer: optim.sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.01 }) })],
    ['a schedule that ends', () => ({ optimizer: optim.adamW({ lr: endingSchedule }) })],
    ['clipNorm', () => ({ clipNorm: 0.1 })],
    ['clipValue', () => ({ clipValue: 0.01 })],
    ['weighted rows in order', () => ({ shuffle: false, sampleWeights: Float32Array.from({ length: 100 }, (_, i) => (i % 5) / 2) })],
    ['the last batch left out', () => ({ dropLast: true })],
  ])('sees the step that comes: %s', async (_, more) => {
    const { seen, nextLosses } = await looks(make(), twoEpochs(more()));
    expect(seen.slice(0, -1).map(({ loss }) => loss)).toEqual(nextLosses);
    expect(seen.map(({ step }) => step)).toEqual(seen.map((_, i) => i));
    for (const step of [0, 4, 6, 8].filter((at) => at < nextLosses.length)) {
      const [before, next] = [await stateAfter(step, twoEpochs(more())), await stateAfter(step + 1, twoEpochs(more()))];
      for (const [path, { weight, update }] of Object.entries(seen[step]!.parameters)) {
        const old = Array.from(before[path]!.data);
        const change = Array.from(next[path]!.data, (value, i) => Math.fround(value - old[i]!));
        expect(weight).toMatchObject({ min: Math.min(...old), max: Math.max(...old) });
        expect(Math.abs(weight.norm / length(old) - 1) || 0).toBeLessThan(reductionTolerance('f32', old.length, 1));
        expect(Math.abs(update!.norm / length(change) - 1)).toBeLessThan(reductionTolerance('f32', old.length, 1));
        expect(update!.ratio).toBe(weight.norm === 0 ? null : update!.norm / weight.norm);
      }
    }
  });

  it('changes no bit of the training', async () => {
    const plain = make();
    const history = await fit(plain, data, twoEpochs({ validationSplit: 0.2 }));
    const looked = make();
    const all: Callback = {
      async batchEnd(_, run) {
        await run.probe({ bins: 16, activations: true });
        await run.gradientNorm();
      },
      epochEnd: (_, run) => run.probe({ rows: 50 }),
    };
    const again = await fit(looked, data, twoEpochs({ validationSplit: 0.2, callbacks: [all] }));
    expect(weights(looked)).toEqual(weights(plain));
    expect(timeless(again)).toEqual(timeless(history));
  });

  it('gives the same bits for any number of threads', async () => {
    const results: string[] = [];
    for (const threads of [1, 2, 3, 8]) {
      configure({ threads });
      const norms: unknown[] = [];
      const { seen } = await looks(make(), twoEpochs(), { bins: 16, activations: true });
      await fit(make(), data, twoEpochs({ callbacks: [{ epochEnd: async (_, run) => void norms.push(await run.gradientNorm(2)) }] }));
      results.push(JSON.stringify([seen, norms]));
    }
    configure({ threads: 2 });
    expect(new Set(results).size).toBe(1);
  });

  it('takes the first rows of the epoch if it is told how many', async () => {
    const { seen } = await looks(make(), twoEpochs({ epochs: 1 }), { rows: 16 });
    expect(seen.every(({ rows }) => rows === 16)).toBe(true);
    const { seen: coming } = await looks(make(), twoEpochs({ epochs: 1 }));
    expect(coming.map(({ rows }) => rows)).toEqual([16, 16, 16, 16, 16, 16, 4, 16]);
    expect(seen[0]).toEqual(coming[0]);
    const { seen: all } = await looks(make(), twoEpochs({ epochs: 1 }), { rows: 1e9 });
    expect(all[0]!.rows).toBe(100);
  });

  it('leaves out gradients of what is frozen', async () => {
    const model = make().build([4]);
    const frozen = model.parameters().get('layers.0.weight')!;
    frozen.trainable = false;
    const { seen } = await looks(model, twoEpochs({ steps: 1 }));
    expect(seen[1]!.parameters['layers.0.weight']).toEqual({
      shape: [4, 12],
      trainable: false,
      weight: seen[0]!.parameters['layers.0.weight']!.weight,
    });
    expect(seen[1]!.parameters['layers.0.bias']!.gradient!.norm).toBeGreaterThan(0);
  });

  it('is plain data', async () => {
    const { seen } = await looks(make(), twoEpochs({ steps: 2 }), { bins: 4, activations: true });
    expect(JSON.parse(JSON.stringify(seen[1]))).toEqual(seen[1]);
  });

  it('waits for its turn: looks that nobody waits for see the state of their hook', async () => {
    const pending: Promise<Probe | undefined>[] = [];
    await fit(make(), data, twoEpochs({ callbacks: [{ batchEnd: (_, run) => void pending.push(run.probe(), run.probe({ rows: 20 })) }] }));
    const { seen } = await looks(make(), twoEpochs());
    const results = await Promise.all(pending);
    expect(results.slice(0, -2).filter((_, i) => i % 2 === 0)).toEqual(seen.slice(1, -1));
  });

  it('is refused after the run and between hooks', async () => {
    const began = async (more: Partial<FitOptions>) => {
      let run: FitRun | undefined;
      const context = await new Promise<RunContext>((resolve) => {
        run = fit(make(), data, { ...twoEpochs(more), callbacks: [{ runBegin: resolve }] });
        run.catch(() => undefined);
      });
      return { run: run!, context };
    };
    const over = await began({});
    await over.run;
    expect(() => over.context.probe()).toThrow(StateError);
    expect(() => over.context.gradientNorm()).toThrow('run.gradientNorm: the run has ended');
    const going = await began({ epochs: 1e6 });
    await new Promise(setImmediate);
    expect(() => going.context.probe()).toThrow('run.probe: steps are being taken; call it in a hook');
    going.run.abort();
    expect((await going.run).stopReason).toBe('aborted');
  });

  it('is cut off by an abort', async () => {
    const seen: unknown[] = [];
    const run = fit(make(), data, {
      ...twoEpochs(),
      callbacks: [
        {
          async epochEnd(_, context) {
            const pending = [context.probe(), context.gradientNorm()];
            run.abort();
            seen.push(...(await Promise.all(pending)), await context.probe());
          },
        },
      ],
    });
    expect(await run).toMatchObject({ stopReason: 'aborted', epochs: 1 });
    expect(seen.slice(1)).toEqual([undefined, undefined]);
  });

  it.each<[unknown, string]>([
    [{ rows: 0 }, 'run.probe: rows must be a whole number of 1 or more, found 0'],
    [{ bins: 1.5 }, 'run.probe: bins must be a whole number from 0 to 4096, found 1.5'],
    [{ activation: true }, 'did you mean "activations"?'],
    [7, 'run.probe: options must be an object, found 7'],
  ])('refuses %j and ends the run', async (request, message) => {
    const run = fit(make(), data, twoEpochs({ callbacks: [{ runBegin: (context) => context.probe(request as ProbeRequest) }] }));
    expect((await rejection(run)).message).toContain(message);
  });
});
