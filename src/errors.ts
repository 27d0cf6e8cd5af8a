/**
 * Every error that Slalom raises. Each has a stable `code`, says what was expected and what was
 * found, and its stack begins at the line of the user's own code that asked for the impossible.
 */

import { userStack } from './stack.js';

/** What is known about an error beside its message. */
export interface ErrorDetails {
  /** Name of the op or public function that refused: `matmul`, `nn.dense`. */
  readonly op?: string;
  /** Types of the op's inputs: `f32[2, 3], f32[4, 5]`. */
  readonly inputs?: string;
  /** Layer path: `encoder.layers.2.attention.query`. */
  readonly path?: string;
  readonly expected?: string;
  readonly found?: string;
  /** Row or position in the data that is to blame, from 0. */
  readonly row?: number;
  /** Column in that row, from 0. */
  readonly column?: number;
  /** Epoch and step of a training run, as its events count them. */
  readonly epoch?: number;
  readonly step?: number;
  readonly cause?: unknown;
}

/** Frames to look through for the user's own: nested layers put some of ours above it. */
const DEEPEST = 100;

/** The base of all errors of this library. */
export class SlalomError extends Error implements ErrorDetails {
  /** Stable: programs may compare it; messages may change. */
  readonly code: string;
  declare readonly op?: string;
  declare readonly inputs?: string;
  declare readonly path?: string;
  declare readonly expected?: string;
  declare readonly found?: string;
  declare readonly row?: number;
  declare readonly column?: number;
  declare readonly epoch?: number;
  declare readonly step?: number;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    const { cause, ...fields } = details;
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = Math.max(limit, DEEPEST);
    super(message, cause === undefined ? undefined : { cause });
    Error.stackTraceLimit = limit;
    this.code = code;
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true });
    for (const [key, value] of Object.entries(fields)) if (value !== undefined) Object.assign(this, { [key]: value });
    this.stack = userStack(this.stack, `${new.target.name}: ${message}`);
  }
}

/** What went wrong for a layer or parameter, with its path, unless the error names one already. */
export function withPath(error: unknown, path: string): unknown {
  if (!(error instanceof SlalomError) || error.path) return error;
  const SameClass = error.constructor as new (message: string, details: ErrorDetails) => SlalomError;
  return new SameClass(`${path}: ${error.message}`, { ...error, path, cause: error.cause });
}

/** Shapes that do not fit. Code `SHAPE`. */
export class ShapeError extends SlalomError {
  constructor(message: string, details?: ErrorDetails) {
    super('SHAPE', message, details);
  }
}

/** Dtypes that do not fit; the message names the `cast`. Code `DTYPE`. */
export class DTypeError extends SlalomError {
  constructor(message: string, details?: ErrorDetails) {
    super('DTYPE', message, details);
  }
}

/** Data that cannot be used: ragged, empty, out of range, a broken file. Code `DATA`. */
export class DataError extends SlalomError {
  constructor(message: string, details?: ErrorDetails) {
    super('DATA', message, details);
  }
}

/** An argument or option of the wrong type, out of range or unknown. Code `OPTION`. */
export class OptionError extends SlalomError {
  constructor(message: string, details?: ErrorDetails) {
    super('OPTION', message, details);
  }
}

/** NaN or an infinity where training cannot go on. Code `NON_FINITE`. */
export class NonFiniteError extends SlalomError {
  constructor(message: string, details?: ErrorDetails) {
    super('NON_FINITE', message, details);
  }
}

/** A run holds the model or variable. Code `MODEL_BUSY`. */
export class BusyError extends SlalomError {
  constructor(message: string, details?: ErrorDetails) {
    super('MODEL_BUSY', message, details);
  }
}

/** Something is used at the wrong time: a tensor after its trace, weights that are not built yet. Code `STATE`. */
export class StateError extends SlalomError {
  constructor(message: string, details?: ErrorDetails) {
    super('STATE', message, details);
  }
}

/** Saved weights that do not fit the model. Code `CHECKPOINT`. */
export class CheckpointError extends SlalomError {
  constructor(message: string, details?: ErrorDetails) {
    super('CHECKPOINT', message, details);
  }
}

/** The native core is missing or cannot be loaded. Code `ADDON`. */
export class AddonError extends SlalomError {
  constructor(message: string, details?: ErrorDetails) {
    super('ADDON', message, details);
  }
}

/** A fault of Slalom itself; please report it. Code `INTERNAL`. */
export class InternalError extends SlalomError {
  constructor(message: string, details?: ErrorDetails) {
    super('INTERNAL', message, details);
  }
}

/** A shape as it is printed: `[2, 3]`. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** A type as it is printed: `f32[2, 3]`. */
export function formatType({ dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] }): string {
  return `${dtype}${formatShape(shape)}`;
}

/** A value of the user's, short enough for a message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  if (typeof value === 'symbol') return value.toString();
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = (value as object).constructor?.name;
  return name === undefined || name === 'Object' ? 'an object' : `${/^[AEIOU]|^[FHLMNRSX][A-Z]/.test(name) ? 'an' : 'a'} ${name}`;
}
