/**
 * Pages in a real browser, where one is installed: light and dark, narrow and wide, without a
 * network. Where none is, the pages are read by the strict reader instead.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { chromiumPath, inspect } from '../../scripts/report-screenshots.mjs';
import { array, fit, losses, nn, optim, renderReport, writeReport } from '../../src/index.js';
import { toyData, toyModel } from '../train/toy.js';
import { bare, HOSTILE, overfitted } from './histories.js';
import { all, parse } from './wellFormed.js';

const folder = mkdtempSync(join(tmpdir(), 'slalom-pages-'));
afterAll(() => rmSync(folder, { recursive: true }));

const statistics = { norm: 1, mean: 0, std: 1, min: -2, max: 2, histogram: { counts: [1, 5, 2] } };
const layers = {
  'encoder.layers.0.attention.query.weight': { weight: statistics, gradient: statistics, update: { norm: 0.1, ratio: 1e-3 } },
  'encoder.layers.0.attention.query.bias': { update: { norm: 1, ratio: 0.5 } },
};

async function pages(): Promise<string[]> {
  const path = (name: string) => join(folder, `${name}.html`);
  const written = (name: string, html: string) => {
    writeFileSync(path(name), html);
    return path(name);
  };
  const model = toyModel();
  const history = await fit(model, toyData(300), {
    loss: losses.crossEntropy(),
    optimizer: optim.adam({ lr: 0.05 }),
    epochs: 12,
    validationSplit: 0.2,
  });
  const classes = ['short', 'the name of a class that is rather long', HOSTILE];
  await writeReport(history, path('classes'), { model, test: toyData(300, 2), classes });
  const line = nn.sequential([nn.dense(1)]);
  const numbers = { x: array([[0], [1], [2]]), y: array([[0.1], [1.2], [5]]) };
  const fitted = await fit(line, numbers, { loss: losses.mse(), optimizer: optim.sgd() });
  await writeReport(fitted, path('numbers'), { model: line, test: numbers });
  const large = Array.from({ length: 300 }, (_, i) => Array.from({ length: 300 }, (_, j) => Number(i === j) + Number(j === 7)));
  return [
    path('classes'),
    path('numbers'),
    written('long', renderReport(overfitted(5000), { title: HOSTILE, layers })),
    written('large', renderReport(bare([3, Number.NaN, 1]), { evaluation: { large } })),
    written('empty', renderReport(bare([]))),
  ];
}

it('pages show what they should, in every scheme and width', async () => {
  const files = await pages();
  const executable = chromiumPath();
  if (executable) {
    const { shown, faults } = await inspect(files, { executable });
    expect(faults).toEqual([]);
    expect(shown).toBe(4 * files.length);
  }
  for (const file of files) {
    const page = parse(readFileSync(file, 'utf8'));
    expect(all(page, 'script')).toHaveLength(1);
    expect(all(page, 'h1')).toHaveLength(1);
    expect(all(page, 'style')[0]!.children.join('')).toMatch(/prefers-color-scheme:dark[\s\S]*max-width:560px[\s\S]*@media print/);
  }
}, 240_000);

it('the inspection sees what is wrong', async () => {
  const executable = chromiumPath();
  const bad = `<!doctype html>
<html lang="en"><head><title>bad</title><style>body{background:#fff}p{color:#999;width:2000px}</style></head>
<body><p>pale and wide</p><img alt="lost" src="http://localhost:9/x.png"><script>console.error('oh')</script></body></html>`;
  if (!executable) {
    expect(() => parse(bad.replace('</p>', ''))).toThrow('closes');
    return;
  }
  const file = join(folder, 'bad.html');
  writeFileSync(file, bad);
  const { faults } = await inspect([file], { executable });
  for (const word of [
    'contrast 2.8',
    'wide in a window of 360',
    'asks for http://localhost:9/x.png',
    'console: oh',
    'an image is not there: lost',
  ]) {
    expect(faults.some((fault) => fault.includes(word))).toBe(true);
  }
}, 60_000);
