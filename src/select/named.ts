/** Errors of one of many runs, with the name of that run. */

import { DataError, type ErrorDetails, SlalomError } from '../errors.js';

/** The same error with a message that begins with what failed. Errors that are not ours stay as they are. */
export function named(error: unknown, what: string): unknown {
  return error instanceof SlalomError ? rewritten(error, `${what}: ${error.message}`, error) : error;
}

/** An error about a row of a part of the data, in terms of the whole. */
export function inWhole(error: unknown, rows: Int32Array): unknown {
  if (!(error instanceof DataError) || error.row === undefined || error.message.includes('validation.')) return error;
  const row = rows[error.row]!;
  const message = error.message.replace(new RegExp(`\\brow ${error.row}\\b`), `row ${row}`);
  return rewritten(error, message, { ...error, row });
}

function rewritten(error: SlalomError, message: string, details: ErrorDetails): SlalomError {
  const SameClass = error.constructor as new (message: string, details: ErrorDetails) => SlalomError;
  return new SameClass(message, { ...details, cause: error.cause });
}
