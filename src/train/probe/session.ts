/** Sessions that look at variables and lease none. */

import { type Columns, nativesOf, rowsOf } from '../../data/columns.js';
import { addon } from '../../native/addon.js';
import type { NativeGraph, NativeProgram, NativeSession } from '../../native/binding.js';
import { converted } from '../../native/errors.js';
import type { Cell } from '../../tensor/trace.js';
import type { Batching } from '../session.js';

/** For one batch size. All programs of a session have the same variables. */
export interface LookingProgram {
  readonly batch: number;
  readonly graph: NativeGraph;
  readonly program: NativeProgram;
  readonly variables: readonly Cell[];
}

export interface LookingOptions extends Batching {
  readonly shuffle: boolean;
  readonly batchSize: number;
  readonly seed: number;
  /** Arguments after the columns. */
  readonly scalars: number;
  /** Every run brings its batch. Default false. */
  readonly fresh?: boolean;
}

/** A run may have leased the variables: without `pin` the caller sees to it that nothing writes them meanwhile. */
export function openSession(
  columns: Columns,
  programs: readonly LookingProgram[],
  { fresh = false, ...options }: LookingOptions,
): NativeSession {
  const { variables } = programs[0]!;
  return converted(() =>
    addon.session({
      programs: programs.map(({ batch, program, graph }) => ({ batch, program, checked: graph })),
      variables: variables.map((cell) => cell.native(options.seed)),
      columns: fresh ? [] : nativesOf(columns),
      rows: rowsOf(columns.x),
      lease: false,
      ...options,
    }),
  );
}
