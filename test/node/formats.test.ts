/** The package in its two formats: what a file gives models when it is loaded is there in both. */

import { expect, it } from 'vitest';
import { runProgram } from './programs.js';

it('models profile themselves, imported and required', async () => {
  expect(await runProgram('profile')).toEqual({ code: 0, signal: null, stdout: 'inference true\ninference true\n', stderr: '' });
});
