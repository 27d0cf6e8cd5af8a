/** Numbers that a step is given anew: the learning rate, and a momentum that follows a schedule. */

import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Trace } from '../tensor/trace.js';
import type { Training } from './training.js';

/**
 * How many arguments a number takes: f32 once; for f64 models the sum of three f32, exact to the
 * last bit.
 */
const parts = (dtype: DType): number => (dtype === 'f64' ? 3 : 1);

/** A number of the steps of a run, which count from 0. */
export interface StepNumber {
  readonly name: string;
  readonly varies: boolean;
  at(step: number): number;
}

/**
 * As they are now: the learning rate, what the rule's schedules give, the share of the new weights in
 * their average. Schedules count the optimizer's steps, which were `firstStep` when the run began.
 */
export function stepNumbers({ optimizer, averaging }: Training, firstStep: number): readonly [lr: StepNumber, ...StepNumber[]] {
  const { lr } = optimizer;
  return [
    typeof lr === 'number'
      ? { name: 'lr', varies: false, at: () => lr }
      : { name: 'lr', varies: true, at: (step) => optimizer.lrAt(firstStep + step) },
    ...optimizer.scheduled.map((name) => ({
      name: `scheduled.${name}`,
      varies: true,
      at: (step: number) => optimizer.scheduledAt(name, firstStep + step),
    })),
    ...(averaging ? [{ name: 'average.share', varies: true, at: (step: number) => averaging.rule.share(step + 1) }] : []),
  ];
}

/** How many arguments they take together. */
export const numberArguments = (numbers: readonly unknown[], dtype: DType): number => numbers.length * parts(dtype);

/** Their arguments in a trace. */
export function declareNumbers(context: Trace, numbers: readonly StepNumber[], dtype: DType): Tensor[] {
  const declare = (name: string) =>
    Array.from({ length: parts(dtype) }, (_, i) => context.argument(`${name}${i}`, { dtype: 'f32', shape: [] }))
      .map((part) => part.cast(dtype))
      .reduce((sum, part) => sum.add(part));
  return numbers.map(({ name }) => declare(name));
}

/** The arguments of steps from `first` on: a row for each, or one for all of them if nothing varies. */
export function numberValues(numbers: readonly StepNumber[], first: number, steps: number, dtype: DType): Float32Array {
  const rows = numbers.some(({ varies }) => varies) ? steps : 1;
  const values = new Float32Array(rows * numberArguments(numbers, dtype));
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (const number of numbers) {
      let rest = number.at(first + row);
      for (let part = 0; part < parts(dtype); part++) {
        values[next] = rest;
        rest = Number.isFinite(rest) ? rest - values[next]! : 0;
        next++;
      }
    }
  }
  return values;
}
