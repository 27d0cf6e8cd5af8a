/** What a run amounts to, in words. */

import { partingEpoch } from '../train/parting.js';
import type { Content, Curve } from './content.js';
import { duration, plural, whole } from './format.js';

export interface Story {
  /** Epoch, from 1, that the page marks as the best; undefined without a finite loss. */
  readonly best: number | undefined;
  /** By what it is the best. */
  readonly by: string;
  /** From this epoch on the model fits the training rows better and the validation rows worse. */
  readonly parting: number | undefined;
  /** Why the run ended. */
  readonly ending: string;
}

/** Position of the least finite value. */
function least(values: readonly number[]): number | undefined {
  let best: number | undefined;
  for (const [i, value] of values.entries()) if (Number.isFinite(value) && (best === undefined || value < values[best]!)) best = i;
  return best;
}

function bestEpoch({ restoredEpoch, loss }: Content): Pick<Story, 'best' | 'by'> {
  if (restoredEpoch !== undefined && restoredEpoch >= 1) return { best: restoredEpoch, by: 'the model holds its weights' };
  const [values, by] = loss.validation?.some(Number.isFinite)
    ? [loss.validation, 'lowest validation loss']
    : [loss.training, 'lowest training loss'];
  const at = least(values);
  return { best: at === undefined ? undefined : at + 1, by };
}

const REASONS: Readonly<Record<string, (after: string) => string>> = {
  aborted: (after) => `The run was aborted after ${after}.`,
  earlyStopping: (after) => `Stopped early, after ${after}: what was watched had not become better for a while.`,
  steps: (after) => `The limit of steps was reached after ${after}.`,
  target: (after) => `The target was reached after ${after}.`,
  gradientNorm: (after) => `Stopped after ${after}: the gradient over all rows had become small enough.`,
  plateau: (after) => `Stopped after ${after}: further improvement had become negligible.`,
  divergence: (after) => `Stopped after ${after}: the loss was diverging.`,
  timeLimit: (after) => `The time was up after ${after}.`,
  signal: (after) => `A signal ended the run after ${after}.`,
  error: (after) => `An error ended the run after ${after}.`,
};

function ending({ stopReason, epochs, options }: Content): string {
  const asked = options.epochs;
  const limited = typeof asked === 'number' && asked > epochs;
  const after = limited ? `${whole(epochs)} of ${plural(asked, 'epoch')}` : plural(epochs, 'epoch');
  if (stopReason === 'epochs') return epochs === 1 ? 'Its one epoch was trained.' : `All ${plural(epochs, 'epoch')} were trained.`;
  return Object.hasOwn(REASONS, stopReason) ? REASONS[stopReason]!(after) : `Stopped after ${after}: ${stopReason}.`;
}

export function storyOf(content: Content): Story {
  const { loss } = content;
  const parting = loss.validation && partingEpoch(loss.training, loss.validation);
  return { ...bestEpoch(content), parting, ending: ending(content) };
}

/** The sentences below the heading. */
export function summary(content: Content, { best, parting, ending: text }: Story): string {
  const { steps, seconds, restoredEpoch } = content;
  const sentences = [text];
  if (restoredEpoch !== undefined && best !== undefined) sentences.push(`The model holds the weights of epoch ${whole(best)}, its best.`);
  if (parting !== undefined) {
    sentences.push(
      `From epoch ${whole(parting)} on the model went on to learn the training rows while its loss on the validation rows grew.`,
    );
  }
  if (steps > 0) sentences.push(`${plural(steps, 'step')} took ${duration(seconds)}.`);
  return sentences.join(' ');
}

/** A curve's value in an epoch, from 1; of the validation rows if there are any. */
export function valueAt({ training, validation }: Curve, epoch: number): number {
  return (validation ?? training)[epoch - 1] ?? Number.NaN;
}
