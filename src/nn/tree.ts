/** The tree of a module's fields: child modules and variables, with their paths. */

import { StateError } from '../errors.js';
import { isPlain } from '../plain.js';
import { Variable } from '../tensor/variable.js';

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
