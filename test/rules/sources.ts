/** The checkout as the rules see it: files, their imports, cycles. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const MADE = new Set(['.git', 'node_modules', 'build', 'dist', 'coverage']);

/** Files below a folder as paths from the root with forward slashes, without what is made or installed. */
export function filesBelow(folder: string, pattern = /./): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = relative(root, join(root, folder, entry.name))
        .split(sep)
        .join('/');
      if (!entry.isDirectory()) return entry.isFile() && pattern.test(path) ? [path] : [];
      return MADE.has(entry.name) ? [] : filesBelow(path, pattern);
    })
    .sort();
}

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every cycle that a walk along the imports closes, printed from its first file to itself. */
export function cycles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const found: string[] = [];
  const visit = (file: string) => {
    const start = path.indexOf(file);
    if (start >= 0) found.push([...path.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    for (const next of imports.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return found;
}
