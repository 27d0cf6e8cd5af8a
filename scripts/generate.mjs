// node scripts/generate.mjs [--check]: writes src/native/ops.gen.ts from the op registry of the
// built addon, or fails if the file is stale.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './tools.mjs';

/** @typedef {ReturnType<import('../src/native/binding.js').Addon['ops']>} Ops */

/** @type {Record<string, string>} */
const TYPES = {
  flag: 'boolean',
  integer: 'number | bigint',
  number: 'number',
  integers: 'readonly number[]',
  text: 'string',
  bytes: 'Uint8Array',
};

const file = join(root, 'src', 'native', 'ops.gen.ts');

/** @returns {string} */
function arity(/** @type {Ops[number]} */ { minInputs, maxInputs }) {
  if (minInputs === maxInputs) return `${minInputs} ${minInputs === 1 ? 'input' : 'inputs'}`;
  return maxInputs < 0 ? `${minInputs} or more inputs` : `${minInputs} to ${maxInputs} inputs`;
}

/** @returns {string} */
function attributes(/** @type {Ops[number]} */ { name, attrs }) {
  if (attrs.length === 0) return 'NoAttrs';
  const fields = attrs.map((attr) => {
    const type = TYPES[attr.kind];
    if (type === undefined) throw new Error(`op ${name}: attribute ${attr.name} has the unknown kind ${attr.kind}`);
    return `readonly ${attr.name}${attr.required ? '' : '?'}: ${type}`;
  });
  return `{ ${fields.join('; ')} }`;
}

/** The text of ops.gen.ts. Internal ops are left out: no TypeScript may emit them. */
export function render(/** @type {Ops} */ ops) {
  const lines = ops
    .filter((op) => !op.internal)
    .flatMap((op) => [`  /** ${op.doc}. ${arity(op)}. */`, `  readonly ${op.name}: ${attributes(op)};`]);
  return [
    '// Written by scripts/generate.mjs from native/ops/registry.cpp. Do not edit.',
    '',
    'type NoAttrs = Readonly<Record<string, never>>;',
    '',
    '/** The attributes of every op that TypeScript may emit. */',
    'export interface OpAttrs {',
    ...lines,
    '}',
    '',
    'export type OpName = keyof OpAttrs;',
    '',
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const addon = resolve(process.env.SLALOM_ADDON ?? join(root, 'build', 'Release', 'slalom.node'));
  const text = render(createRequire(import.meta.url)(addon).ops());
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error('src/native/ops.gen.ts is stale: run "npm run generate"');
    process.exit(1);
  }
}
