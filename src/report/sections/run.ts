/** How the run was set up and where it ran. */

import type { Content } from '../content.js';
import { date, number, whole, words } from '../format.js';
import { html, type Markup, type Part } from '../markup.js';
import type { Section } from './section.js';

const NAMES: Readonly<Record<string, string>> = {
  lr: 'learning rate',
  isa: 'kernels',
  cpu: 'processor',
  node: 'Node.js',
  slalom: 'Slalom',
  date: 'begun',
};

function printed(name: string, value: unknown): string {
  if (name === 'lr' && value === null) return 'by a schedule';
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (name === 'seed') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? whole(value) : number(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ');
  if (name === 'date' && typeof value === 'string') return date(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function facts(title: string, values: Readonly<Record<string, unknown>>): Markup | undefined {
  const entries = Object.entries(values);
  if (entries.length === 0) return undefined;
  return html`<div><h3>${title}</h3><dl class="facts">${entries.map(
    ([name, value]): Part => html`<div><dt>${NAMES[name] ?? words(name)}</dt><dd>${printed(name, value)}</dd></div>\n`,
  )}</dl></div>`;
}

export function runSection({ options, environment }: Content): Section | undefined {
  const parts = [facts('Options', options), facts('Environment', environment)];
  if (parts.every((part) => part === undefined)) return undefined;
  return { id: 'run', title: 'The run', body: html`<div class="pair">${parts}</div>` };
}
