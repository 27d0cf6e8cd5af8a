/** The tree of a module's fields: child modules and variables, with their paths. */

import { OptionError, StateError } from '../errors.js';
import { suggestion } from '../nearest.js';
import { checkArgument, optional, text } from '../options.js';
import { isPlain } from '../plain.js';
import { type Parameter, Variable } from '../tensor/variable.js';

/** Anything whose fields are children. `Module` is one. */
export abstract class Node {}

export interface Child {
  /** From the root: `encoder.layers.0`. The root's own is ''. */
  readonly path: string;
  readonly value: Node | Variable;
  /** The module that holds it. */
  readonly parent: Node | undefined;
}

const join = (path: string, key: string | number): string => (path === '' ? `${key}` : `${path}.${key}`);

/**
 * Everything below a module and the module itself, depth first in the order of the fields.
 * Arrays, objects and maps of children count. What occurs twice is listed once, under its first
 * path. Throws `StateError` if a module contains itself.
 */
export function walk(root: Node): Child[] {
  const children: Child[] = [];
  const seen = new Set<object>();
  const ancestors = new Map<Node, string>();

  const visitNode = (node: Node, path: string, parent: Node | undefined): void => {
    const above = ancestors.get(node);
    if (above !== undefined) {
      const [outer, inner] = [above || 'the model', path];
      throw new StateError(`a module cannot contain itself: ${inner} is ${outer}`, { path });
    }
    if (seen.has(node)) return;
    seen.add(node);
    children.push({ path, value: node, parent });
    ancestors.set(node, path);
    for (const [key, value] of Object.entries(node)) visit(value, join(path, key), node);
    ancestors.delete(node);
  };

  const visit = (value: unknown, path: string, parent: Node): void => {
    if (value instanceof Node) visitNode(value, path, parent);
    else if (value instanceof Variable) {
      if (!seen.has(value)) children.push({ path, value, parent });
      seen.add(value);
    } else if (Array.isArray(value)) for (const [i, entry] of value.entries()) visit(entry, join(path, i), parent);
    else if (value instanceof Map) for (const [key, entry] of value) visit(entry, join(path, String(key)), parent);
    else if (isPlain(value)) for (const [key, entry] of Object.entries(value)) visit(entry, join(path, key), parent);
  };

  visitNode(root, '', undefined);
  return children;
}

/** Paths of parameters and of what holds them, as long as another: `layers.0` for `layer.0`. */
function pathsLike(path: string, parameters: ReadonlyMap<string, Parameter>): string[] {
  const length = path.split('.').length;
  return [...new Set([...parameters.keys()].map((name) => name.split('.').slice(0, length).join('.')))];
}

/** The parameters at or below a path, all of them without one. Throws `OptionError` if there is none. */
export function parametersAt(where: string, parameters: ReadonlyMap<string, Parameter>, path?: string): readonly Parameter[] {
  checkArgument(where, 'path', path, optional(text()));
  if (path === undefined) return [...parameters.values()];
  const found = [...parameters].filter(([name]) => name === path || name.startsWith(`${path}.`)).map(([, parameter]) => parameter);
  if (found.length > 0) return found;
  throw new OptionError(
    `${where}: there is no parameter at or below ${JSON.stringify(path)}${suggestion(path, pathsLike(path, parameters))}`,
    {
      op: where,
      found: path,
    },
  );
}
