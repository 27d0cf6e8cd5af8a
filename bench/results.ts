/** What was measured, where and when: files in bench/results, which the tables of the README are made of. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { info } from '../src/index.js';

const folder = fileURLToPath(new URL('results', import.meta.url));

export interface About {
  readonly cpu: string;
  readonly cores: number;
  readonly isa: string;
  /** Measured; files from before it was have none. */
  readonly ghz?: number;
  readonly node: string;
  readonly date: string;
  /** Processes that wanted to run in the minute before: more than about 0.3 and the figures are not to be trusted. */
  readonly load?: number;
}

export function about(ghz: number): About {
  const list = cpus();
  return {
    cpu: list[0]!.model,
    cores: list.length,
    isa: info().isa,
    ghz,
    node: process.version,
    date: new Date().toISOString(),
    load: loadavg()[0]!,
  };
}

export function describe({ cpu, cores, isa, ghz, node, date, load = 0 }: About): string {
  const words = [cpu, `${cores} cores`, ...(ghz ? [`${ghz} GHz`] : []), `${isa} kernels`, `Node ${node}`, date.slice(0, 10)];
  return [...words, ...(load > 0.3 ? [`on a busy machine (load ${load.toFixed(1)})`] : [])].join(', ');
}

export function save(kind: string, where: About, results: unknown): void {
  mkdirSync(folder, { recursive: true });
  const name = `${kind}-${where.date.slice(0, 10)}.json`;
  writeFileSync(join(folder, name), `${JSON.stringify({ ...where, results }, undefined, 1)}\n`);
  console.log(`kept in bench/results/${name}`);
}

/** The newest file of a kind, if there is one. */
export function newest<T>(kind: string): (About & { results: T }) | undefined {
  const names = readdirSync(folder).filter((name) => new RegExp(`^${kind}-\\d{4}-\\d\\d-\\d\\d\\.json$`).test(name));
  const name = names.sort().at(-1);
  return name === undefined ? undefined : (JSON.parse(readFileSync(join(folder, name), 'utf8')) as About & { results: T });
}

/** A quantile of measurements; the median by default. */
export function quantile(values: readonly number[], share = 0.5): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;
}
