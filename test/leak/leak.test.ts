import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const LONG = process.env.SLALOM_LEAK === 'long';
const WORK = LONG ? ['10000', '1000', '1000'] : ['300', '60', '60'];
/** V8's young generation would otherwise grow to 16 MB by itself, whatever is allocated. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=2'];

// SLALOM_LEAK=long npx vitest run test/leak: the growth of the process means something only then.
it('memory returns to where it was after compiles, fits and failures', { timeout: 600_000 }, async () => {
  const program = fileURLToPath(new URL('./program.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, program, ...WORK]);
  const { before, after, grown } = JSON.parse(stdout) as { before: number; after: number; grown: Record<string, number> };
  expect(after).toBe(before);
  if (!LONG) return;
  console.log(stdout);
  for (const [work, share] of Object.entries(grown)) expect(share, work).toBeLessThan(0.02);
});
