/** Nobody but an op itself knows its name: passes, runtime and binding ask for traits. */

import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import type { Addon } from '../../src/native/binding.js';
import { filesBelow, read, root } from './sources.js';

const addon = createRequire(import.meta.url)(`${root}build/Release/slalom.node`) as Addon;
const names = new Set(addon.ops().map(({ name }) => name));

/** Words that are not the op of that name. */
const OTHER_MEANINGS: Record<string, readonly string[]> = {
  'native/passes/gradient.cpp': ['add'], // sums cotangents: the one op that a pass may name
  'native/runtime/cpu_quota.cpp': ['max'], // a cgroup without a quota
};

/** Ops named by a C++ file: as `ops::name`, in a look-up, or (`anyLiteral`) in any string. */
function namedIn(text: string, anyLiteral: boolean): string[] {
  const code = text.replace(/\/\/.*$/gm, '');
  const literal = anyLiteral ? /"(\w+)"/g : /(?:findOp|emit|==)\s*\(?\s*"(\w+)"/g;
  return [...code.matchAll(literal), ...code.matchAll(/\bops::(\w+)/g)].map(([, name]) => name!).filter((name) => names.has(name));
}

describe('names of ops', () => {
  it('are registered', () => {
    expect(names).toContain('add');
  });

  it.each(['passes', 'runtime', 'binding'])('are not in native/%s', (room) => {
    const found = filesBelow(`native/${room}`, /\.(cpp|h)$/).flatMap((path) =>
      namedIn(read(path), room !== 'binding') // a method of the binding may be called as an op is
        .filter((name) => !OTHER_MEANINGS[path]?.includes(name))
        .map((name) => `${path} names ${name}`),
    );
    expect(found).toEqual([]);
  });

  it('are in TypeScript only where nodes are made: src/tensor and src/native', () => {
    const outside = filesBelow('src', /\.ts$/).filter((path) => !/^src\/(tensor|native)\//.test(path));
    expect(outside.filter((path) => /\.emit\(|ops\.gen\.js/.test(read(path)))).toEqual([]);
  });

  it.each(['if (node.op->name == "add") return;', 'emit(ops::add, {a, b});', 'b.emit(findOp("add"), {a, b});'])(
    'the rule sees %s',
    (line) => {
      expect(namedIn(line, false)).toEqual(['add']);
    },
  );
});
