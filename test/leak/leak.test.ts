import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

// The long form, 10,000 compiles and 1,000 fits, with the growth of the process:
//   node --expose-gc --max-semi-space-size=2 test/leak/program.mjs 10000 1000
// (V8's young generation would otherwise grow to 16 MB by itself, whatever is allocated.)
it('native memory returns exactly to where it was after compiles and fits', async () => {
  const program = fileURLToPath(new URL('./program.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program, '300', '60']);
  const { before, after } = JSON.parse(stdout) as { before: number; after: number };
  expect(after).toBe(before);
});
