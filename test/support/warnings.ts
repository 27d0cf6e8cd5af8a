/** The warnings that a test makes the process emit, instead of printing them. */

import { afterEach, beforeEach, vi } from 'vitest';

export interface Warned {
  readonly message: string;
  readonly code: string;
}

/** Called in a file or a describe: a list that is empty when each of its tests begins. */
export function collectWarnings(): readonly Warned[] {
  const warnings: Warned[] = [];
  beforeEach(() => {
    warnings.length = 0;
    vi.spyOn(process, 'emitWarning').mockImplementation(((message: string, { code }: { code: string }) => {
      warnings.push({ message, code });
    }) as never);
  });
  afterEach(() => vi.restoreAllMocks());
  return warnings;
}
