/** The page as a whole. */

import { crypto } from '../builtins.js';
import { OptionError } from '../errors.js';
import type { Content } from './content.js';
import { html, type InParts, Markup } from './markup.js';
import { SCRIPT } from './script.js';
import { calibrationSection } from './sections/calibration.js';
import { confusionSection } from './sections/confusion.js';
import { curvesSection } from './sections/curves.js';
import { epochsSection } from './sections/epochs.js';
import { layersSection, stepSizesSection } from './sections/layers.js';
import { overview } from './sections/overview.js';
import { rankingSection } from './sections/ranking.js';
import { regressionSection } from './sections/regression.js';
import { runSection } from './sections/run.js';
import { type Section, sectionMarkup } from './sections/section.js';
import { storyOf } from './story.js';
import { STYLE } from './style.js';

/** Nothing may be loaded, and no script but ours runs. */
const policy = () =>
  [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `script-src 'sha256-${crypto().createHash('sha256').update(SCRIPT).digest('base64')}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** Given names, or numbers. */
function namesOf(where: string, classes: readonly string[] | undefined, count: number): readonly string[] {
  if (classes === undefined) return Array.from({ length: count }, (_, i) => String(i));
  if (classes.length === count) return classes;
  throw new OptionError(`${where}: classes must have a name for each of the ${count} classes, found ${classes.length}`, {
    op: where,
    expected: `${count} names`,
    found: `${classes.length} names`,
  });
}

/** Names of what the confusion matrix counts, and of what the curves are of. */
function allNames(
  where: string,
  { classes, counted, outcomes }: Content,
): { readonly matrix: readonly string[]; readonly curves: readonly string[] } {
  const count = outcomes ? outcomes.classes : (counted?.matrix.length ?? classes?.length ?? 0);
  if (count === 0) return { matrix: [], curves: [] };
  const names = namesOf(where, classes, count);
  return { matrix: outcomes?.task === 'labels' ? ['no', 'yes'] : names, curves: names };
}

/** Piece by piece; nothing where there is none yet, so that the event loop can turn often. */
export function* pieces(where: string, content: Content): Generator<Markup | undefined> {
  const names = allNames(where, content);
  const story = storyOf(content);
  yield;
  const makers: readonly (() => Section | undefined | InParts<Section | undefined>)[] = [
    () => curvesSection(content, story),
    () => confusionSection(content, names.matrix),
    () => calibrationSection(content),
    () => rankingSection(content, names.curves),
    () => regressionSection(content),
    () => layersSection(content),
    () => stepSizesSection(content),
    () => runSection(content),
    () => epochsSection(content, story),
  ];
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Slalom">
<title>${content.title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${overview(content, story)}`;
  const sections: Section[] = [];
  const bodies: Markup[] = [];
  for (const make of makers) {
    const making = make();
    const section = making && 'next' in making ? yield* making : making;
    yield;
    if (!section) continue;
    sections.push(section);
    bodies.push(sectionMarkup(section));
    yield;
  }
  yield html`<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
`;
  yield* bodies;
  yield html`</main>
<footer>Written by Slalom. One file, nothing is loaded.</footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`;
}
