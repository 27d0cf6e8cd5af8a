/** The table that `model.summary()` prints. */

import { grouped } from '../grouped.js';
import { numbers, textTable, words } from '../table.js';
import { ARRAYS } from '../tensor/dtype.js';
import { Parameter, Variable } from '../tensor/variable.js';
import { type Child, Node } from './tree.js';

function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

const countOf = (variables: readonly Variable[]): number => variables.reduce((sum, v) => sum + (v.defined ? sizeOf(v) : 0), 0);
const sizeOf = (variable: Variable): number => variable.shape.reduce((product, d) => product * d, 1);

/** Rows are modules that hold variables of their own or no other module. */
export function summarize(name: string, children: readonly Child[], outputOf: (module: Node) => string | undefined): string {
  const modules = children.filter((child): child is Child & { value: Node } => child.value instanceof Node);
  const held = (module: Node) => children.flatMap(({ value, parent }) => (value instanceof Variable && parent === module ? [value] : []));
  const rows = modules
    .filter(({ value }) => held(value).length > 0 || !modules.some((other) => other.parent === value))
    .map(({ path, value }) => {
      const own = held(value);
      const count = own.some((variable) => !variable.defined) ? '?' : grouped(countOf(own));
      const frozen = own.length > 0 && own.every((v) => v instanceof Parameter && !v.trainable) ? ' (frozen)' : '';
      return [path || '(model)', value.constructor.name, outputOf(value) ?? '?', count + frozen];
    });
  const all = children.flatMap(({ value }) => (value instanceof Variable ? [value] : []));
  const lines = textTable([...words('layer', 'type', 'output'), ...numbers('parameters')], rows, true);
  return [name, ...lines, ...totals(all)].join('\n');
}

function totals(all: readonly Variable[]): string[] {
  const bytes = all.reduce((sum, v) => sum + (v.defined ? sizeOf(v) * ARRAYS[v.dtype].BYTES_PER_ELEMENT : 0), 0);
  const training = all.filter((v) => v instanceof Parameter && v.trainable);
  const unknown = all.some((variable) => !variable.defined)
    ? ' so far: shapes that follow from the input are not known before build()'
    : '';
  const frozen = countOf(all) - countOf(training);
  const detail = frozen === 0 ? '' : `, ${grouped(countOf(training))} of them trained`;
  return [`total ${grouped(countOf(all))} parameters${detail}, ${formatBytes(bytes)}${unknown}`];
}
