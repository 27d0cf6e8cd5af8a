/** Imports in src point one way (docs/architecture.md). */

import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { cycles, filesBelow, read } from './sources.js';

interface Import {
  readonly path: string;
  readonly typeOnly: boolean;
}

const LAYERS = ['errors', 'native', 'tensor'];
const MODEL = ['nn', 'losses', 'metrics', 'optim'];
const BESIDE = ['data', 'checkpoint'];
/**
 * Rooms that a room may import, itself aside. Those of MODEL may know each other, but not in a
 * cycle of rooms; those of BESIDE have a narrower rule of their own.
 */
const MAY: Record<string, readonly string[]> = {
  errors: [],
  native: ['errors'],
  tensor: ['errors', 'native'],
  ...Object.fromEntries(MODEL.map((room) => [room, [...LAYERS, ...MODEL]])),
  ...Object.fromEntries(BESIDE.map((room) => [room, ['errors']])),
  train: [...LAYERS, ...MODEL, ...BESIDE],
  select: [...LAYERS, ...MODEL, ...BESIDE, 'train'],
  report: [...LAYERS, ...MODEL, ...BESIDE, 'train'],
  index: [...LAYERS, ...MODEL, ...BESIDE, 'train', 'select', 'report'],
};

/** `src/nn/dense.ts` → `nn`. Files beside index.ts are of the room of errors.ts, which imports nothing. */
function roomOf(path: string): string {
  const [, name, below] = path.split('/');
  return below ? name! : name === 'index.ts' ? 'index' : 'errors';
}

/** Relative imports of a file, resolved to source files, and `import('…')` types and calls too. */
function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return;
    found.push({ path: posix.join(posix.dirname(path), specifier.text).replace(/\.js$/, '.ts'), typeOnly });
  };
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly ?? false);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return found;
}

function allowed(from: string, to: Import): boolean {
  const [room, other] = [roomOf(from), roomOf(to.path)];
  if (room === other || MAY[room]?.includes(other)) return true;
  return BESIDE.includes(room) && (to.path === 'src/tensor/ndarray.ts' || (other === 'native' && to.typeOnly));
}

function faults(path: string, text: string): string[] {
  const found = importsOf(path, text)
    .filter((to) => !allowed(path, to))
    .map((to) => `${path} imports ${to.path}`);
  if (!(roomOf(path) in MAY)) found.push(`${path} is in none of the rooms`);
  if (roomOf(path) !== 'native' && /\bcreateRequire\b|\bdlopen\b|\.node['"`]/.test(text)) found.push(`${path} loads an addon`);
  return found;
}

describe('imports of src', () => {
  const files = filesBelow('src', /\.ts$/);

  it('point one way, and only src/native loads the addon', () => {
    expect(files.flatMap((path) => faults(path, read(path)))).toEqual([]);
  });

  it('have no cycle, of files or of rooms', () => {
    const imports = new Map(files.map((path) => [path, importsOf(path, read(path)).map((to) => to.path)]));
    const rooms = new Map<string, string[]>();
    for (const [path, to] of imports) {
      const others = to.map(roomOf).filter((room) => room !== roomOf(path));
      rooms.set(roomOf(path), [...(rooms.get(roomOf(path)) ?? []), ...others]);
    }
    expect([...cycles(imports), ...cycles(rooms)]).toEqual([]);
  });

  it.each([
    ['src/nn/dense.ts', "import { fit } from '../train/fit.js';"],
    ['src/losses/mse.ts', "export { evaluate } from '../train/evaluate.js';"],
    ['src/train/fit.ts', "import { crossValidate } from '../select/crossValidate.js';"],
    ['src/stack.ts', "import { NativeError } from './native/errors.js';"],
    ['src/data/dataset.ts', "import { addon } from '../native/addon.js';"],
    ['src/data/dataset.ts', "import type { Tensor } from '../tensor/tensor.js';"],
    ['src/tensor/trace.ts', "type Model = import('../nn/module.js').Module;"],
    ['src/tensor/trace.ts', "const later = () => import('../index.js');"],
    ['src/train/fit.ts', "import { writeReport } from '../report/report.js';"],
    ['src/train/fit.ts', 'const load = createRequire(import.meta.url);'],
    ['src/helpers/strings.ts', 'export const a = 1;'],
  ])('the rule sees %s: %s', (path, text) => {
    expect(faults(path, text)).toHaveLength(1);
  });

  it('the rule lets data know the types of the addon', () => {
    expect(faults('src/data/dataset.ts', "import type { DType } from '../native/binding.js';")).toEqual([]);
  });

  it('the rule sees a cycle', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ]);
    expect(cycles(imports)).toEqual(['b → c → b']);
  });
});
