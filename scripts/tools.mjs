// What the scripts share: running programs, and what a build needs besides npm packages.
// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns {never} */
export function fail(/** @type {string} */ message) {
  console.error(message);
  process.exit(1);
}

/**
 * Runs a program in the root folder; its failure ends this process.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) fail(`slalom: cannot run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Runs the program of a devDependency on this Node.
 * @param {string} file below node_modules
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function runPackage(file, args, options) {
  const path = join(root, 'node_modules', file);
  if (!existsSync(path)) fail('slalom: the packages that build and test it are missing. Run `npm ci` first.');
  run(process.execPath, [path, ...args], options);
}

/** Runs a program that only speaks up when it fails or warns. */
export function runQuietly(/** @type {string} */ command, /** @type {readonly string[]} */ args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error) fail(`slalom: cannot run ${command}: ${error.message}`);
  if (status !== 0 || stdout.includes('warning:')) process.stdout.write(stdout);
  process.stderr.write(stderr);
  if (status !== 0) process.exit(status ?? 1);
}

/** Whether a program of this name is there and runs. */
export function works(/** @type {string} */ command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Ends the process with one message if a compiler, CMake or a build program is missing. */
export function requireTools() {
  const windows = process.platform === 'win32'; // CMake finds Visual Studio by itself
  const compilers = process.env.CXX ? process.env.CXX.split(' ').slice(0, 1) : ['c++', 'g++', 'clang++'];
  const missing = [];
  if (!works('cmake')) missing.push('CMake (3.16 or newer)');
  if (!windows && !compilers.some(works)) missing.push('a C++17 compiler');
  if (!windows && !['ninja', 'make'].some(works)) missing.push('make or ninja');
  if (missing.length === 0) return;
  fail(`slalom: cannot build the native core, since this machine lacks ${missing.join(' and ')}.

  Debian, Ubuntu   apt-get install g++ cmake make
  Fedora           dnf install gcc-c++ cmake make
  Alpine           apk add g++ cmake make
  macOS            xcode-select --install && brew install cmake
  Windows          Visual Studio Build Tools with "Desktop development with C++" (contains CMake)

Then run this command again.`);
}
