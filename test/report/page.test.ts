/** The page as HTML: well formed, closed to the network and to what is put into it, right at the extremes. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../src/index.js';
import { bare, HOSTILE, overfitted } from './histories.js';
import { all, type Element, parse, textOf } from './wellFormed.js';

const statistics = { norm: 1, mean: 0, std: 1, min: -2, max: 2, histogram: { counts: [1, 5, 2] } };
const layers = {
  'layers.0.weight': { weight: statistics, gradient: statistics, update: { norm: 0.1, ratio: 1e-3 } },
  'layers.0.bias': { weight: { ...statistics, histogram: { counts: [1, 2], edges: [-1, 0, 1] } }, update: { norm: 1, ratio: 0.5 } },
  'layers.1.bias': { update: { norm: 1, ratio: null } },
};
const confusionMatrix = [
  [5, 1],
  [2, 7],
];

const section = (page: Element, id: string) => all(page, 'section').find(({ attributes }) => attributes.get('id') === id)!;
const ids = (page: Element) => all(page, 'section').map(({ attributes }) => attributes.get('id'));

describe('renderReport', () => {
  it('gives every part its section', () => {
    const page = parse(renderReport(overfitted(30), { title: 'Digits', layers, evaluation: { accuracy: 0.957, confusionMatrix } }));
    expect(ids(page)).toEqual(['curves', 'confusion', 'layers', 'steps', 'run', 'epochs']);
    const text = textOf(page);
    expect(text).toContain('Stopped early, after 30 of 60 epochs');
    expect(text).toContain('The model holds the weights of epoch 10, its best.');
    expect(text).toContain('95.70\u00a0%');
    expect(text).toContain('12 of 15 evaluated rows are right');
    expect(text).toContain('2026-11-25 12:00 UTC');
    expect(textOf(section(page, 'run'))).toMatch(/learning rate\s*by a schedule/);
    expect(textOf(section(page, 'steps'))).toContain('large: the learning rate may be too high');
  });

  it('is the same page for the same history', () => {
    expect(renderReport(overfitted(30))).toBe(renderReport(overfitted(30)));
  });

  it('marks the best epoch and the epoch where the losses part', () => {
    const text = textOf(section(parse(renderReport(overfitted(100))), 'curves'));
    expect(text).toContain('best: 33');
    const parting = Number(/losses part: (\d+)/.exec(text)?.[1]);
    // The least of 1.5 e^(−8 t) + t is at t = ln(12) / 8 = 0.31.
    expect(parting).toBeGreaterThan(20);
    expect(parting).toBeLessThan(42);
  });

  it('says nothing of parting where the validation loss only falls', () => {
    const { validation: _, ...history } = overfitted(50);
    const text = textOf(parse(renderReport({ ...history, validation: { loss: history.loss.map((x) => x + 0.1) } })));
    expect(text).not.toContain('part');
  });

  it('can load nothing, and runs only its own script', () => {
    const text = renderReport(overfitted(10), { layers, evaluation: { confusionMatrix } });
    const page = parse(text);
    const policy = all(page, 'meta')
      .find(({ attributes }) => attributes.has('http-equiv'))!
      .attributes.get('content')!;
    const scripts = all(page, 'script').map(({ children }) => children.join(''));
    expect(scripts).toHaveLength(1);
    expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(scripts[0]!).digest('base64')}'`);
    expect(policy).toContain("default-src 'none'");
    expect(text).not.toMatch(/https?:|@import|url\(|<link/);
    const addresses = all(page).flatMap(({ attributes }) =>
      ['src', 'href', 'srcset', 'action'].flatMap((name) => attributes.get(name) ?? []),
    );
    expect(addresses.filter((address) => !address.startsWith('#') && !address.startsWith('data:image/png;base64,'))).toEqual([]);
    expect(all(page).flatMap(({ attributes }) => [...attributes.keys()].filter((name) => name.startsWith('on')))).toEqual([]);
  });

  it('escapes titles, metrics, classes, paths, reasons and options', () => {
    const history = overfitted(10);
    const page = parse(
      renderReport(
        {
          ...history,
          stopReason: HOSTILE,
          metrics: { [HOSTILE]: history.loss },
          options: { optimizer: HOSTILE, metrics: [HOSTILE] },
          environment: { cpu: HOSTILE, date: HOSTILE },
        },
        {
          title: HOSTILE,
          classes: [HOSTILE, 'b'],
          evaluation: { [HOSTILE]: 1, confusionMatrix },
          layers: { [HOSTILE]: layers['layers.0.weight'] },
        },
      ),
    );
    expect(all(page, 'script')).toHaveLength(1);
    expect(all(page, 'img')).toHaveLength(0);
    expect(textOf(all(page, 'h1')[0]!)).toBe(HOSTILE);
    expect(textOf(all(page, 'title')[0]!)).toBe(HOSTILE);
    expect(textOf(page).split(HOSTILE).length).toBeGreaterThan(10);
  });

  it('replaces characters that HTML forbids', () => {
    expect(textOf(all(parse(renderReport(bare([1]), { title: 'a\u0000b\ud800c\u001b' })), 'h1')[0]!)).toBe('a\ufffdb\ufffdc\ufffd');
  });

  it.each([
    ['no epoch', bare([])],
    ['one epoch', overfitted(1)],
    ['two epochs', bare([1, 1])],
    ['nothing finite', bare([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])],
    ['gaps', bare([3, Number.NaN, 2, Number.POSITIVE_INFINITY, 1])],
    ['zeros', { ...bare([0, 0, 0]), lr: [0, 0, 0] }],
    ['the ends of double precision', { ...bare([1e308, -1e308, 5e-324]), metrics: { a: [5e-324, 0, 5e-324], b: [1e-310, 1e308, 1] } }],
    ['a huge constant', bare([1e300, 1e300])],
    ['values that differ by rounding', bare([1e15, 1e15 + 0.125, 1e15])],
    ['validation that was cut off', { ...overfitted(9), validation: { loss: [1, 0.5], accuracy: [] } }],
    ['a best epoch beyond the last', { ...bare([2, 1]), restoredEpoch: 99 }],
    ['null for NaN, as JSON has it', JSON.parse(JSON.stringify(bare([1, Number.NaN, 2])))],
    ['metrics that are no numbers', { ...bare([1]), metrics: { confusionMatrix: [confusionMatrix], recall: [[0.1, 0.9]] } }],
  ])('draws %s', (_, history) => {
    const page = parse(renderReport(history));
    const drawn = all(page).flatMap(({ attributes }) =>
      ['d', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy'].flatMap((name) => attributes.get(name) ?? []),
    );
    expect(drawn.filter((value) => /NaN|Infinity|undefined/.test(value))).toEqual([]);
    expect(textOf(page)).not.toMatch(/undefined|\[object/);
  });

  it('tells epochs that are not finite in words', () => {
    const labels = all(parse(renderReport(bare([3, Number.NaN, 2]))), 'svg').map(({ attributes }) => attributes.get('aria-label'));
    expect(labels.some((label) => label?.includes('1 not finite'))).toBe(true);
  });

  it('takes a logarithmic axis where the learning rate spans decades', () => {
    const of = (lr: number[]) => textOf(section(parse(renderReport({ ...bare([3, 2, 1]), lr })), 'curves'));
    expect(of([1e-5, 1e-3, 1e-7])).toContain('log scale');
    expect(of([1e-3, 2e-3, 1e-3])).not.toContain('log scale');
    expect(of([0, 1e-3, 1e-6])).not.toContain('log scale');
  });

  it('keeps 20,000 epochs small, with every extreme', () => {
    const history = overfitted(20_000);
    const loss = history.loss.with(12_345, 77);
    const text = renderReport({ ...history, loss });
    expect(text.length).toBeLessThan(700_000);
    const page = parse(text);
    const data = all(page)
      .find(({ attributes }) => attributes.has('data-chart'))!
      .attributes.get('data-chart')!;
    const { epochs, series } = JSON.parse(data) as { epochs: number[]; series: { values: string[] }[] };
    expect(epochs[0]).toBe(1);
    expect(epochs.at(-1)).toBe(20_000);
    expect(series[0]!.values[epochs.indexOf(12_346)]).toBe('77');
    expect(all(section(page, 'epochs'), 'tr').length).toBeLessThan(110);
  });

  it('gives every picture a name and every table a caption', () => {
    const page = parse(renderReport(overfitted(10), { layers, evaluation: { confusionMatrix } }));
    const pictures = all(page).filter(({ attributes }) => attributes.get('role') === 'img');
    expect(pictures.length).toBeGreaterThan(3);
    expect(pictures.filter(({ attributes }) => !attributes.get('aria-label'))).toEqual([]);
    expect(all(page, 'table').filter((table) => all(table, 'caption').length !== 1)).toEqual([]);
    const names = all(page).flatMap(({ attributes }) => attributes.get('id') ?? []);
    expect(new Set(names).size).toBe(names.length);
    const links = all(page, 'a').map(({ attributes }) => attributes.get('href')!.slice(1));
    expect(links.filter((link) => !names.includes(link))).toEqual([]);
    expect(page.attributes.get('lang')).toBe('en');
  });

  it('draws a thousand classes as a picture', () => {
    const classes = 1000;
    const matrix = Array.from({ length: classes }, (_, i) =>
      Array.from({ length: classes }, (_, j) => Number(i === j) * 9 + Number(j === (i * 7) % classes)),
    );
    const page = parse(renderReport(bare([1]), { evaluation: { matrix }, classes: matrix.map((_, i) => `class ${i}`) }));
    const [image] = all(page, 'img');
    const bytes = Buffer.from(image!.attributes.get('src')!.replace('data:image/png;base64,', ''), 'base64');
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(bytes.length).toBeLessThan(50_000);
    expect(textOf(section(page, 'confusion'))).toContain('The 8 classes with the lowest F1');
  });
});

describe('renderReport refuses', () => {
  const render = (history: unknown, options?: unknown) => () => renderReport(history as never, options as never);

  it.each([
    ['a promise', render(Promise.resolve()), /history.*found a Promise: await the run first/],
    ['nothing', render(undefined), /must be a history/],
    ['a history without losses', render({ ...bare([1]), loss: undefined }), /history: loss must be a list of numbers/],
    ['losses that are words', render({ ...bare([1]), loss: ['a'] }), /loss must be a list of numbers/],
    ['metrics that are no lists', render({ ...bare([1]), metrics: { a: 1 } }), /metrics must be lists by name/],
    ['an unknown option', render(bare([1]), { titel: 'x' }), /unknown option "titel".*title/],
    ['too few names', render(bare([1]), { classes: ['a'], evaluation: { confusionMatrix } }), /a name for each of the 2 classes, found 1/],
    ['names that are numbers', render(bare([1]), { classes: [1, 2] }), /classes must be an array, each element a string/],
    ['statistics without a norm', render(bare([1]), { layers: { w: { weight: {} } } }), /layers\["w"\]\.weight\.norm must be a number/],
    ['statistics that are numbers', render(bare([1]), { layers: { w: 1 } }), /layers\["w"\] must be an object/],
    [
      'a histogram of words',
      render(bare([1]), { layers: { w: { weight: { ...statistics, histogram: { counts: ['a'] } } } } }),
      /histogram must be/,
    ],
    ['an update without a ratio', render(bare([1]), { layers: { w: { update: { norm: 1 } } } }), /update\.ratio must be a number/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining({ code: expect.stringMatching(/OPTION|DATA/) }));
  });
});
