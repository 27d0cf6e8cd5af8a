/** Nothing of the core is destroyed while the process ends (docs/decisions/0015). */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { root } from './sources.js';

it('threads of the core find all they need while the process exits: no static has a destructor', () => {
  const addon = readFileSync(`${root}build/Release/slalom.node`, 'latin1');
  expect(addon).not.toMatch(/__cxa_atexit/);
});
