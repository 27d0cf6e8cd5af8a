import { describe, OptionError } from '../../errors.js';
import { checkOptions, custom, integer, listOf, oneOf, type Rules, withDefault } from '../../options.js';
import { concat } from '../../tensor/functional.js';
import { Tensor } from '../../tensor/tensor.js';
import { currentTrace } from '../../tensor/trace.js';
import { Module, narrow } from '../module.js';
import type { Layer } from '../sequential.js';
import { unfit } from './features.js';
import { markPicked } from './origin.js';
import { type InputTraits, ORDINARY } from './preparation.js';
import { branches } from './probe.js';

export interface ColumnGroup {
  /** Features, counted from 0 along the last axis. A feature may be in several groups. */
  readonly columns: readonly number[];
  /** What becomes of them: a layer, a model, a function of tensors. Left out: they stay as they are. */
  readonly apply?: Layer;
}

export interface ColumnsOptions {
  /** Features that are in no group: an error (default), left out, or appended as they are. */
  readonly rest?: 'error' | 'drop' | 'pass';
}

const groupRules = {
  columns: custom<readonly number[]>(
    'an array of one or more different whole numbers of 0 or more',
    (value) =>
      listOf(integer(0)).accepts(value) && (value as number[]).length > 0 && new Set(value as number[]).size === (value as number[]).length,
  ),
  apply: {
    ...custom<Layer | undefined>('a layer or a function of tensors', (value) => value instanceof Module || typeof value === 'function'),
    fallback: { value: undefined },
  },
} satisfies Rules<ColumnGroup>;
const rules = { rest: withDefault(oneOf('error', 'drop', 'pass'), 'error') } satisfies Rules<ColumnsOptions>;
const NAME = 'nn.columns';

const traitsOf = (layer: Layer | undefined): InputTraits => (layer instanceof Module ? layer.inputTraits() : ORDINARY);

/** See `columns`. */
export class Columns extends Module {
  readonly groups: readonly { readonly columns: readonly number[]; readonly apply: Layer | undefined }[];
  readonly rest: 'error' | 'drop' | 'pass';

  constructor(groups: readonly ColumnGroup[], options?: ColumnsOptions) {
    super();
    if (!Array.isArray(groups) || groups.length === 0) {
      throw new OptionError(`${NAME}: expected an array of one or more groups { columns, apply }, found ${describe(groups)}`, { op: NAME });
    }
    this.groups = groups.map((group: unknown, i) => {
      const { columns, apply } = checkOptions(`${NAME}: groups[${i}]`, group, groupRules);
      return { columns: [...columns], apply };
    });
    this.rest = checkOptions(NAME, options, rules).rest;
  }

  override inputTraits(): InputTraits {
    const filled = new Map<number, boolean>();
    for (const { columns, apply } of this.groups) {
      const { missing } = traitsOf(apply);
      for (const [i, column] of columns.entries()) {
        filled.set(column, (filled.get(column) ?? true) && (missing === 'all' || missing.includes(i)));
      }
    }
    return { missing: [...filled].flatMap(([column, fills]) => (fills ? [column] : [])), passesMissing: false, precise: true };
  }

  forward(x: Tensor): Tensor {
    const width = x.shape.at(-1)!;
    const named = new Set(this.groups.flatMap(({ columns }) => columns));
    const others = Array.from({ length: x.rank < 2 ? 0 : width }, (_, i) => i).filter((i) => !named.has(i));
    const greatest = Math.max(...named);
    if (x.rank < 2 || greatest >= width) throw unfit(NAME, `rows and ${greatest + 1} features or more along its last axis`, x);
    if (this.rest === 'error' && others.length > 0) {
      throw unfit(NAME, `a group for each feature (or rest: 'drop' or 'pass'): ${others.join(', ')} are in none`, x);
    }
    const passed = this.rest === 'pass' && others.length > 0 ? [{ columns: others, apply: undefined }] : [];
    const parts = branches([...this.groups, ...passed].map((group, i) => () => this.#part(group, i, x)));
    const wide = parts.every(({ dtype }) => dtype === 'f64');
    return concat(wide ? parts : parts.map(narrow), -1);
  }

  #part({ columns, apply }: { readonly columns: readonly number[]; readonly apply: Layer | undefined }, i: number, x: Tensor): Tensor {
    const picked = pick(x, columns);
    const given = traitsOf(apply).precise ? picked : narrow(picked);
    if (apply === undefined) return given;
    if (apply instanceof Module) return apply.call(given);
    const context = currentTrace();
    const path = [context.scope, `groups.${i}.apply`].filter(Boolean).join('.');
    const result: unknown = context.withScope(path, () => apply(given));
    if (result instanceof Tensor) return result;
    throw new OptionError(`${NAME}: the function ${path} must return a tensor, found ${describe(result)}`, { op: NAME, path });
  }
}

/** Features of the last axis in the order of a list: runs of neighbours are slices. */
function pick(x: Tensor, columns: readonly number[]): Tensor {
  const runs: [number, number][] = [];
  for (const column of columns) {
    const last = runs.at(-1);
    if (last?.[1] === column) last[1]++;
    else runs.push([column, column + 1]);
  }
  const whole = x.shape.slice(0, -1).map(() => null);
  const parts = runs.map((run) => x.slice(...whole, run));
  const picked = parts.length === 1 ? parts[0]! : concat(parts, -1);
  markPicked(picked, x, columns);
  return picked;
}

/**
 * A table with columns of different kinds: each group of features goes through a layer of its own,
 * and what comes out is joined along the last axis, in the order of the groups.
 *
 *     nn.columns([
 *       { columns: [0, 1], apply: nn.standardize() },
 *       { columns: [2], apply: nn.oneHot() },
 *       { columns: [3], apply: nn.sequential([nn.impute({ strategy: 'median' }), nn.standardize()]) },
 *     ])
 */
export function columns(groups: readonly ColumnGroup[], options?: ColumnsOptions): Columns {
  return new Columns(groups, options);
}
