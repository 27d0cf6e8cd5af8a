/** Values nested in objects, arrays and maps. Leaves are everything else. */

import { isPlain } from '../plain.js';

/** A nesting without its leaves; `text` is equal for equal nestings. */
export interface Structure {
  readonly text: string;
  readonly count: number;
  /** The same nesting with other leaves. */
  build(leaves: readonly unknown[]): unknown;
}

export interface Flat {
  readonly leaves: readonly unknown[];
  /** Where each leaf stands: `weights.0`. */
  readonly paths: readonly string[];
  readonly structure: Structure;
}

type Builder = (take: () => unknown) => unknown;

/** Leaves in order of insertion. */
export function flatten(tree: unknown): Flat {
  const leaves: unknown[] = [];
  const paths: string[] = [];
  const visit = (value: unknown, path: string): { text: string; build: Builder } => {
    const inner = (key: string | number) => (path === '' ? `${key}` : `${path}.${key}`);
    if (Array.isArray(value)) {
      const parts = value.map((entry, i) => visit(entry, inner(i)));
      return { text: `[${parts.map((p) => p.text).join()}]`, build: (take) => parts.map((p) => p.build(take)) };
    }
    if (value instanceof Map) {
      const parts = [...value].map(([key, entry]) => ({ key, ...visit(entry, inner(String(key))) }));
      const text = `Map{${parts.map((p) => `${String(p.key)}:${p.text}`).join()}}`;
      return { text, build: (take) => new Map(parts.map((p) => [p.key, p.build(take)])) };
    }
    if (isPlain(value)) {
      const parts = Object.entries(value).map(([key, entry]) => ({ key, ...visit(entry, inner(key)) }));
      const text = `{${parts.map((p) => `${JSON.stringify(p.key)}:${p.text}`).join()}}`;
      return { text, build: (take) => Object.fromEntries(parts.map((p) => [p.key, p.build(take)])) };
    }
    leaves.push(value);
    paths.push(path);
    return { text: '*', build: (take) => take() };
  };
  const { text, build } = visit(tree, '');
  const structure: Structure = {
    text,
    count: leaves.length,
    build(given) {
      let next = 0;
      return build(() => given[next++]);
    },
  };
  return { leaves, paths, structure };
}
