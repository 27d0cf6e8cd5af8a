/** Includes in native point one way (docs/architecture.md). */

import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cycles, filesBelow, read } from './sources.js';

/** Rooms, or single headers, that a room may include, itself aside. */
const MAY: Record<string, readonly string[]> = {
  ir: [],
  kernels: [],
  ops: ['ir', 'kernels/table.h', 'kernels/args.h'],
  // The lowering pass makes programs; program.h is plain data.
  passes: ['ir', 'ops', 'runtime/program.h'],
  runtime: ['ir', 'kernels/table.h', 'kernels/args.h'],
  binding: ['ir', 'ops', 'passes', 'kernels', 'runtime'],
};
const NODE_HEADERS = /^(napi|node_api|js_native_api|node|v8|uv)\b/;

const roomOf = (path: string): string => path.split('/')[0]!;

/** Quoted includes as paths from native/: beside the file, else from native/ itself. */
function includesOf(path: string, text: string, known: (path: string) => boolean): string[] {
  return [...text.matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)].map(([, name]) => {
    const beside = posix.join(posix.dirname(path), name!);
    return known(beside) ? beside : name!;
  });
}

function faults(path: string, text: string, known: (path: string) => boolean): string[] {
  const room = roomOf(path);
  const may = MAY[room];
  if (!may) return [`native/${path} is in none of the rooms`];
  const system = [...text.matchAll(/^\s*#\s*include\s*<([^>]+)>/gm)].map(([, name]) => name!);
  const wrong = [
    ...includesOf(path, text, known).filter((to) => roomOf(to) !== room && !may.includes(roomOf(to)) && !may.includes(to)),
    ...(room === 'binding' ? [] : system.filter((name) => NODE_HEADERS.test(name))),
  ];
  return wrong.map((to) => `native/${path} includes ${to}`);
}

describe('includes of native', () => {
  const files = filesBelow('native', /\.(cpp|h|inl)$/).map((path) => path.slice('native/'.length));
  const known = (path: string) => files.includes(path);
  const text = (path: string) => read(`native/${path}`);

  it('point one way, and only the binding includes headers of Node', () => {
    expect(files.flatMap((path) => faults(path, text(path), known))).toEqual([]);
  });

  it('have no cycle', () => {
    expect(cycles(new Map(files.map((path) => [path, includesOf(path, text(path), known)])))).toEqual([]);
  });

  it.each([
    ['ir/graph.cpp', '#include "../ops/op.h"'],
    ['kernels/select.cpp', '#include "../ir/dtype.h"'],
    ['ops/matmul.cpp', '#include "../kernels/vec.h"'],
    ['runtime/executor.cpp', '  #  include "../passes/passes.h"'],
    ['passes/fuse.cpp', '#include "../runtime/executor.h"'],
    ['passes/fuse.cpp', '#include "../binding/addon.h"'],
    ['runtime/engine.cpp', '#include <napi.h>'],
    ['extra/thing.cpp', ''],
  ])('the rule sees %s: %s', (path, source) => {
    expect(faults(path, source, () => true)).toHaveLength(1);
  });
});
