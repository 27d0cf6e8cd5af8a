/** Every file of this folder with a workload is one, in the order of their names. */

import { readdirSync } from 'node:fs';
import type { Workload } from './workload.js';

const OTHERS = ['index.ts', 'workload.ts'];
const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.ts') && !OTHERS.includes(name));
const modules = await Promise.all(files.map((name) => import(new URL(name, import.meta.url).href) as Promise<{ default: Workload }>));

export const workloads: readonly Workload[] = modules.map((module) => module.default).sort((a, b) => (a.name < b.name ? -1 : 1));
