/** How well scores tell classes apart, whatever the threshold. */

import { mean } from '../../statistics.js';
import type { ClassCurve } from '../assess/curves.js';
import { drawn, LOWEST } from '../assess/rank.js';
import { unitPlot } from '../charts/unitPlot.js';
import type { Content } from '../content.js';
import { area, plural, whole } from '../format.js';
import { html, type InParts } from '../markup.js';
import { type Section, table } from './section.js';

const PRECISION_RECALL = 'Precision–recall';

export function* rankingSection({ outcomes }: Content, names: readonly string[]): InParts<Section | undefined> {
  const curves = outcomes?.curves;
  if (!curves || curves.length === 0) return undefined;
  const chosen = drawn(curves);
  const shown = chosen.map((curve, i) => ({ ...curve, name: names[curve.index] ?? String(curve.index), look: `s${i + 1}` }));
  const single = curves.length === 1;
  const baseline = single ? curves[0]!.positives / (curves[0]!.positives + curves[0]!.negatives) : undefined;
  const describe = (kind: string, value: (curve: ClassCurve) => number) =>
    `${kind}. ${shown.map((curve) => `${curve.name}: area ${area(value(curve))}`).join('; ')}`;
  const roc = yield* unitPlot({
    xLabel: 'false positive rate',
    yLabel: 'true positive rate',
    description: describe('ROC curves', ({ auc }) => auc),
    curves: shown.map(({ roc: points, look }) => ({ points, look })),
    reference: [0, 1],
  });
  yield;
  const precision = yield* unitPlot({
    xLabel: 'recall',
    yLabel: 'precision',
    description: describe(`${PRECISION_RECALL} curves`, ({ averagePrecision }) => averagePrecision),
    curves: shown.map(({ precisionRecall: points, look }) => ({ points, look })),
    ...(baseline !== undefined && { reference: [baseline, baseline] as const }),
  });
  yield;
  const lead = single
    ? `“${shown[0]!.name}” against the rest: area under the ROC curve ${area(curves[0]!.auc)}, average precision ${area(curves[0]!.averagePrecision)}.`
    : `Each of ${plural(curves.length, 'class', 'classes')} against the rest: mean area under the ROC curve ${area(mean(curves.map(({ auc }) => auc)))}, mean average precision ${area(mean(curves.map(({ averagePrecision }) => averagePrecision)))}.${chosen === curves ? '' : ` Drawn: the ${LOWEST} with the smallest areas.`}`;
  return {
    id: 'ranking',
    title: 'ROC and precision–recall',
    lead,
    body: html`<div class="pair"><figure class="chart"><figcaption><h3>ROC</h3></figcaption>${roc}</figure><figure class="chart"><figcaption><h3>${PRECISION_RECALL}</h3></figcaption>${precision}</figure></div>
${yield* table('Areas by class', shown, [
  { title: 'class', words: true, cell: ({ look, name }) => html`<i class="key ${look}"></i>${name}` },
  { title: 'area under ROC', cell: ({ auc }) => area(auc) },
  { title: 'average precision', cell: ({ averagePrecision }) => area(averagePrecision) },
  { title: 'positive rows', cell: ({ positives }) => whole(positives) },
  { title: 'other rows', cell: ({ negatives }) => whole(negatives) },
])}`,
  };
}
