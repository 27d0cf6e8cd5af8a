import { describe, OptionError } from '../errors.js';
import { suggestion } from '../nearest.js';
import { checkOptions, nonNegative, oneOf, optional, type Rules, text, withDefault } from '../options.js';
import { betterWay } from '../train/callbacks/monitor.js';
import type { Scores } from '../train/events.js';
import type { History } from '../train/history.js';
import { type Course, courseOf, TOLERANCE } from '../train/parting.js';

export interface OverfittingOptions {
  /** `loss` or a metric's name. Default `loss`. */
  readonly metric?: string;
  /** Whether less or more is better. Default: by the name, as for `callbacks.earlyStopping`. */
  readonly mode?: 'min' | 'max';
  /** By what share of its best value the validation value may get worse and still counts as settled. Default 0.05. */
  readonly tolerance?: number;
}

/**
 * `improving`: validation was best in the end. `overfitting`: it got worse, beyond its noise and the
 * tolerance, while training got better. `unstable`: both got worse. `settled`: neither. `tooShort`: fewer
 * than 8 epochs of which the last was not the best say nothing.
 */
export type OverfittingVerdict = 'improving' | 'settled' | 'overfitting' | 'unstable' | 'tooShort';

export interface Overfitting {
  readonly metric: string;
  readonly verdict: OverfittingVerdict;
  /** Of validation, from 1; the first of equals. */
  readonly bestEpoch: number;
  /** Validation value of that epoch. */
  readonly best: number;
  /** The epoch after which validation, smoothed, gets worse and training better; undefined if they do not part. */
  readonly partsAfter: number | undefined;
  /** How much worse validation is than training, an entry an epoch; below 0: better. */
  readonly gap: readonly number[];
  readonly gapAtBest: number;
  readonly gapAtEnd: number;
  /** The verdict in words, and what to do. */
  toString(): string;
}

const rules = {
  metric: withDefault(text(), 'loss'),
  mode: optional(oneOf('min', 'max')),
  tolerance: withDefault(nonNegative(), TOLERANCE),
} satisfies Rules<OverfittingOptions>;

interface Series {
  readonly metric: string;
  readonly mode: 'min' | 'max';
  readonly train: readonly number[];
  readonly validation: readonly number[];
}

/**
 * Training against validation: the best epoch, where the two part, how far, and what that means.
 *
 *     const report = overfitting(await fit(model, data, { …, validationSplit: 0.2 }));
 *     report.verdict // 'overfitting'
 *     console.log(String(report));
 *
 * The epoch where the two part is that of `writeReport`: the least of the smoothed validation curve, if
 * that rises from there on by more than its noise explains.
 */
export function overfitting(history: History<unknown>, options?: OverfittingOptions): Overfitting {
  const { metric, mode = betterWay(metric), tolerance } = checkOptions('overfitting', options, rules);
  const series: Series = { metric, mode, ...seriesOf(history, metric) };
  const { train, validation } = series;
  const cost = (value: number) => (mode === 'min' ? value : -value);
  const best = validation.reduce(
    (least, value, i) => (Number.isFinite(value) && !(cost(value) >= cost(validation[least]!)) ? i : least),
    0,
  );
  const course = courseOf(train.map(cost), validation.map(cost), tolerance);
  const verdict = verdictOf(course, best === validation.length - 1);
  const gap = validation.map((value, i) => cost(value) - cost(train[i]!));
  return {
    metric,
    verdict,
    bestEpoch: best + 1,
    best: validation[best]!,
    partsAfter: verdict === 'overfitting' ? course!.least : undefined,
    gap,
    gapAtBest: gap[best]!,
    gapAtEnd: gap.at(-1)!,
    toString: () => inWords(verdict, series, best, tolerance),
  };
}

function verdictOf(course: Course | undefined, bestIsLast: boolean): OverfittingVerdict {
  if (course?.rises) return course.learns ? 'overfitting' : 'unstable';
  if (bestIsLast || course?.falling) return 'improving';
  return course ? 'settled' : 'tooShort';
}

function seriesOf(history: History<unknown>, metric: string): Pick<Series, 'train' | 'validation'> {
  if (!Array.isArray((history as History | null)?.loss)) {
    throw new OptionError(`overfitting: expected the history of a run, found ${describe(history)}`, { op: 'overfitting' });
  }
  const { loss, metrics, validation } = history as unknown as History<Scores>;
  if (!validation) {
    throw new OptionError('overfitting: the history has no validation; give fit validation or validationSplit', { op: 'overfitting' });
  }
  const train = metric === 'loss' ? loss : metrics[metric];
  const tested = validation[metric];
  if (!train || !tested) {
    const known = ['loss', ...Object.keys(metrics)];
    throw new OptionError(`overfitting: the history has no ${JSON.stringify(metric)}${suggestion(metric, known)}`, { op: 'overfitting' });
  }
  const length = Math.min(train.length, tested.length);
  const numbers = (values: readonly unknown[]) => values.slice(0, length).filter((value) => typeof value === 'number');
  const [a, b] = [numbers(train), numbers(tested)];
  const whole = a.length === length && b.length === length;
  if (length === 0 || !whole || !b.some(Number.isFinite)) {
    const found = length === 0 ? 'no epoch' : whole ? 'none that is finite' : 'values that are no numbers';
    throw new OptionError(`overfitting: expected numbers of one epoch or more for ${JSON.stringify(metric)}, found ${found}`, {
      op: 'overfitting',
    });
  }
  return { train: a, validation: b };
}

function inWords(verdict: OverfittingVerdict, { metric, mode, train, validation }: Series, best: number, tolerance: number): string {
  const print = (value: number) => value.toPrecision(4);
  const epochs = validation.length;
  const least = mode === 'min' ? 'least' : 'greatest';
  const top = `validation ${metric} was ${least} in epoch ${best + 1} of ${epochs}, ${print(validation[best]!)}`;
  const end = `${print(validation.at(-1)!)} in the last`;
  const training = `training ${metric} went from ${print(train[best]!)} to ${print(train.at(-1)!)}`;
  switch (verdict) {
    case 'improving':
      return `Still improving: ${top}, training ${metric} ${print(train[best]!)}. More epochs may help.`;
    case 'settled':
      return `Settled: ${top}, and has stayed within ${100 * tolerance} % of that (${end}). More epochs would not help.`;
    case 'overfitting':
      return `Overfitting: ${top}, and ${end}, while ${training}. Stop there with callbacks.earlyStopping({ restoreBest: true }), or try more data, dropout, weight decay or a smaller model.`;
    case 'tooShort':
      return `Too short to tell: ${top}, and ${end}. What comes of it shows after more epochs.`;
    case 'unstable':
      return `Unstable: ${top}, and ${end}, and ${training}: both got worse. Try a lower learning rate or a schedule.`;
  }
}
