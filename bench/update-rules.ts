/**
 * What one step of an update rule takes on one thread, loss and gradient (one product each) included:
 * nanoseconds a parameter and bytes of the rule's own reads and writes a second. The last line is Adam
 * with one product turned around, which is not on the list of docs/decisions/0006 and so interpreted.
 * Rounds interleaved, medians.
 */

import { array, compile, configure, optim, Parameter, type Tensor } from '../src/index.js';
import { Averaging } from '../src/optim/averaging.js';
import { currentTrace } from '../src/tensor/trace.js';
import { quantile } from './results.js';

const SIZES = [4096, 65_536, 524_288, 4_194_304];
const ROUNDS = 41;

interface Rule {
  readonly name: string;
  readonly make: () => ReturnType<typeof optim.sgd>;
  /** Read and written for each parameter. */
  readonly bytes: number;
  /** Whether the average of the weights is taken too, as `callbacks.ema` does. */
  readonly averaged?: true;
}

const RULES: readonly Rule[] = [
  { name: 'sgd', make: () => optim.sgd(), bytes: 12 },
  { name: 'sgd, momentum', make: () => optim.sgd({ momentum: 0.9 }), bytes: 20 },
  { name: 'rmsprop', make: () => optim.rmsprop(), bytes: 20 },
  { name: 'adam', make: () => optim.adam(), bytes: 28 },
  { name: 'adam, average', make: () => optim.adam(), bytes: 36, averaged: true },
  { name: 'adamW', make: () => optim.adamW(), bytes: 28 },
  { name: 'adam, interpreted', make: interpretedAdam, bytes: 28 },
];

function interpretedAdam() {
  return optim.custom({
    lr: 1e-3,
    slots: ['m', 'v'],
    update({ parameter, gradient, slots, lr, step }) {
      const m = slots.m!.mul(0.9).add(gradient.mul(0.1));
      const v = gradient.square().mul(0.001).add(slots.v!.mul(0.999));
      const [c1, c2] = [0.9, 0.999].map((beta) => step.mul(Math.log(beta)).expm1().neg()) as [Tensor, Tensor];
      const denominator = v.sqrt().add(c2.sqrt().mul(1e-8));
      return { parameter: parameter.sub(m.div(denominator).mul(lr.mul(c2.sqrt()).div(c1))), slots: { m, v } };
    },
  });
}

function prepare({ make, averaged }: Rule, size: number): () => void {
  const parameter = new Parameter({ shape: [size], init: () => array(new Float32Array(size).fill(0.5)) });
  const optimizer = make();
  const averages = new Averaging();
  const step = compile((gradient: Tensor) => {
    optimizer.apply(parameter.read().mul(gradient).sum(), [parameter]);
    if (averaged) averages.update(currentTrace(), optimizer.groups, currentTrace().root.tensor(1e-3));
  });
  const gradient = array(Float32Array.from({ length: size }, (_, i) => Math.sin(i)));
  const repeats = Math.max(1, Math.floor(262_144 / size));
  return () => {
    for (let i = 0; i < repeats; i++) step.sync(gradient);
  };
}

configure({ threads: 1 });
console.log('rule                parameters   ns/parameter    GB/s');
for (const size of SIZES) {
  const runs = RULES.map((rule) => prepare(rule, size));
  const times = runs.map((): number[] => []);
  const repeats = Math.max(1, Math.floor(262_144 / size));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, run] of runs.entries()) {
      const start = performance.now();
      run();
      times[i]!.push(((performance.now() - start) * 1e6) / repeats / size);
    }
  }
  for (const [i, { name, bytes }] of RULES.entries()) {
    const each = quantile(times[i]!);
    console.log(`${name.padEnd(18)} ${String(size).padStart(11)} ${each.toFixed(2).padStart(14)} ${(bytes / each).toFixed(1).padStart(7)}`);
  }
}
