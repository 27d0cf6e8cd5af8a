import { callable, checkOptions, custom as customRule, listOf, optional, type Rules, text, withDefault } from '../options.js';
import { isPlain } from '../plain.js';
import { type LearningRate, learningRate, Optimizer } from './optimizer.js';
import type { UpdateRule } from './rule.js';
import type { Schedule } from './schedules/schedule.js';

export interface CustomOptions extends UpdateRule {
  /** For messages. Default `custom`. */
  readonly name?: string;
  /** Default 0.01. */
  readonly lr?: LearningRate;
}

const rules = {
  name: withDefault(text(), 'custom'),
  lr: withDefault(learningRate(), 0.01),
  slots: withDefault(listOf(text()), []),
  schedules: optional(
    customRule<Readonly<Record<string, Schedule>>>(
      'an object of schedules by name',
      (value) => isPlain(value) && Object.values(value).every((each) => typeof each === 'function'),
    ),
  ),
  update: callable<UpdateRule['update']>(),
} satisfies Rules<CustomOptions>;

/**
 * An update rule of one's own, about ten lines:
 *
 *     const lion = optim.custom({
 *       lr: 1e-4,
 *       slots: ['m'],
 *       update: ({ parameter, gradient, slots: { m }, lr }) => ({
 *         parameter: parameter.sub(m.mul(0.9).add(gradient.mul(0.1)).sign().mul(lr)),
 *         slots: { m: m.mul(0.99).add(gradient.mul(0.01)) },
 *       }),
 *     });
 *
 * All parameters lie in one vector with zeros between them, so a rule works element by element;
 * where gradient and slots are 0, a rule that leaves 0 at 0 keeps it so.
 */
export function custom(options: CustomOptions): Optimizer {
  const { name, lr, slots, schedules, update } = checkOptions('optim.custom', options, rules);
  return new Optimizer(name, lr, { slots, ...(schedules && { schedules }), update });
}
