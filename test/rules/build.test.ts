/** What is built: the objects of the variants, generated code, the message for a missing tool. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './sources.js';

const objects = readdirSync(join(root, 'build', 'CMakeFiles'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /slalom_kernels_\w+\.dir.*variant\.cpp\.o(bj)?$/.test(path))
  .map((path) => join(root, 'build', 'CMakeFiles', path));

/** Weak definitions by nm of GNU and LLVM (a letter) and of Apple (-m, a word). */
function weakSymbols(object: string): string[] {
  const apple = process.platform === 'darwin';
  const listing = execFileSync('nm', apple ? ['-m', object] : ['-C', object], { encoding: 'utf8' });
  return listing.split('\n').filter((line) => (apple ? /\bweak\b/.test(line) : /^[\da-f ]*\s[uvVwW]\s/.test(line)));
}

describe('the objects of the variants', () => {
  it('are found', () => {
    expect(objects.length).toBeGreaterThan(0);
  });

  // Else the linker may give the AVX-512 copy of a shared inline function to the baseline.
  it.each(objects.map((object) => [/slalom_kernels_(\w+)/.exec(object)![1]!, object]))('%s has no weak symbol', (_, object) => {
    expect(weakSymbols(object)).toEqual([]);
  });
});

describe('generated code', () => {
  it('is fresh', () => {
    if (!existsSync(join(root, 'scripts', 'generate.mjs'))) return;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/generate.mjs', '--check'], { cwd: root, encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
  });
});

describe('a machine without tools', () => {
  it('gets one message that says what to install', () => {
    const empty = mkdtempSync(join(tmpdir(), 'slalom-'));
    const env = { ...process.env, PATH: empty, CXX: '' };
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--force'], { cwd: root, env, encoding: 'utf8' });
    rmSync(empty, { recursive: true });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/lacks CMake \(3\.16 or newer\) and a C\+\+17 compiler and make or ninja\./);
    for (const system of ['Debian', 'Fedora', 'macOS', 'Windows']) expect(stderr).toContain(system);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
