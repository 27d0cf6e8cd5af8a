/** A folder for everything that tests write, in place of the system's: gone when they end, also what they leave. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What `os.tmpdir()` looks at, here and on Windows; workers are started later and inherit it. */
const NAMES = ['TMPDIR', 'TEMP', 'TMP'];

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'slalom-tests-'));
  for (const name of NAMES) process.env[name] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
