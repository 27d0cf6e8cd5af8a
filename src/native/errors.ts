/** Turns what the core throws into the classes of `errors.ts`. */

import {
  BusyError,
  DataError,
  DTypeError,
  type ErrorDetails,
  InternalError,
  NonFiniteError,
  OptionError,
  ShapeError,
  SlalomError,
  withPath,
} from '../errors.js';
import type { NativeErrorFields } from './binding.js';

const classes: Record<NativeErrorFields['code'], new (message: string, details: ErrorDetails) => SlalomError> = {
  SHAPE: ShapeError,
  DTYPE: DTypeError,
  VALUE: OptionError,
  DATA: DataError,
  NON_FINITE: NonFiniteError,
  BUSY: BusyError,
  INTERNAL: InternalError,
};

/** `matmul(f32[2, 3], f32[4, 5]) in encoder.fc: `, as far as it is known. */
function prefix({ op, inputs, path }: Partial<NativeErrorFields>): string {
  const call = op === undefined || op === '' ? '' : `${op}${inputs ? `(${inputs})` : ''}`;
  const place = path ? `${call === '' ? '' : ' '}in ${path}` : '';
  return call + place === '' ? '' : `${call}${place}: `;
}

/** An error of the core as one of ours, its stack from here; any other value as it is. */
export function fromNative(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SlalomError) return error;
  const native = error as Error & Partial<NativeErrorFields>;
  const known = native.code === undefined ? undefined : classes[native.code];
  if (known === undefined) return error;
  const { op, inputs, path, row, epoch, step } = native;
  const head = prefix(native);
  const message = native.message.startsWith(head) ? native.message : head + native.message;
  return new known(message, { op, inputs, path, row, epoch, step });
}

/** Runs a call into the core, maybe for a variable, and converts what it throws. */
export function converted<T>(call: () => T, path?: string): T {
  try {
    return call();
  } catch (error) {
    const ours = fromNative(error);
    throw path === undefined ? ours : withPath(ours, path);
  }
}
