/** A history as a page that can be shown. */

import { writeAtomically } from '../checkpoint/atomic.js';
import type { Data } from '../data/columns.js';
import { Pace } from '../data/pace.js';
import { OptionError, SlalomError } from '../errors.js';
import { type Model, Module } from '../nn/module.js';
import { bool, checkArgument, checkOptions, custom, optional, type Rules, text, withDefault } from '../options.js';
import { callSite } from '../stack.js';
import { assess } from './assess/outcomes.js';
import { weightsOf } from './assess/weights.js';
import { type Content, contentOf, type ReportHistory, type ReportOptions, reportRules } from './content.js';
import { pieces } from './page.js';

export interface WriteReportOptions extends ReportOptions {
  /** Its weights are described, and it answers for `test`. */
  readonly model?: Model;
  /**
   * Rows that the model did not learn from: confusion matrix, calibration, ROC and
   * precision–recall; of a regression, predicted against true values.
   */
  readonly test?: Data;
  /** The model's predictions are logits, as the losses want them; false: probabilities. Default true. */
  readonly logits?: boolean;
}

const rules = {
  ...reportRules,
  model: optional(custom<Model>('a model', (value) => value instanceof Module)),
  test: optional(custom<Data>('an object { x, y }', (value) => typeof value === 'object' && value !== null)),
  logits: withDefault(bool(), true),
} satisfies Rules<WriteReportOptions>;

/**
 * The page of a run as HTML: one file that loads nothing, readable in light and dark, on paper and
 * without scripts. Everything in it that comes from outside is escaped.
 */
export function renderReport(history: ReportHistory, options?: ReportOptions): string {
  const where = 'renderReport';
  return [...pieces(where, contentOf(where, history, checkOptions(where, options, reportRules)))].join('');
}

/**
 * Writes the page of a run: how it ended, its curves and learning rate, options and environment;
 * with `model` its weights, and with `test` what the model makes of rows that it has not seen,
 * computed off the JavaScript thread.
 *
 *     const history = await fit(model, data, …);
 *     await writeReport(history, 'report.html', { model, test: { x, y }, classes: ['cat', 'dog'] });
 *
 * The file appears whole or not at all. Rejects as `evaluate` does for `test`, with `MODEL_BUSY`
 * while a run trains the model, and with the system's error if the file cannot be written.
 */
export async function writeReport(history: ReportHistory, path: string, options?: WriteReportOptions): Promise<void> {
  const site = callSite();
  const where = 'writeReport';
  const { model, test, logits, ...rest } = checkOptions(where, options, rules);
  checkArgument(where, 'path', path, text());
  const content = contentOf(where, history, rest);
  if (test && !model) throw new OptionError(`${where}: test needs a model that answers for it`, { op: where });
  try {
    const weights = model && (await weightsOf(model));
    const outcomes = model && test && (await assess(model, test, logits));
    await writeAtomically(path, [await encode({ ...content, ...(weights && { weights }), ...(outcomes && { outcomes }) }, where)]);
  } catch (error) {
    throw error instanceof SlalomError ? site(error) : error;
  }
}

async function encode(content: Content, where: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const pace = new Pace();
  for (const piece of pieces(where, content)) {
    if (piece) parts.push(Buffer.from(piece.text));
    if (pace.due()) await pace.turn();
  }
  return Buffer.concat(parts);
}
