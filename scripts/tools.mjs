// What a build needs besides npm packages, and how to get it.
import { spawnSync } from 'node:child_process';

const works = (command, args = ['--version']) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const compilers = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean);
const generators = ['ninja', 'make', 'gmake'];

/** Ends the process with one message if a compiler, CMake or a build program is missing. */
export function requireTools() {
  const windows = process.platform === 'win32';
  const missing = [];
  if (!works('cmake')) missing.push('CMake (3.16 or newer)');
  if (!windows && !compilers.some((name) => works(name))) missing.push('a C++17 compiler');
  if (!windows && !generators.some((name) => works(name))) missing.push('make or ninja');
  if (missing.length === 0) return;
  console.error(`slalom: cannot build the native core, since this machine lacks ${missing.join(' and ')}.

  Debian, Ubuntu   apt-get install g++ cmake make
  Fedora           dnf install gcc-c++ cmake make
  Alpine           apk add g++ cmake make
  macOS            xcode-select --install && brew install cmake
  Windows          Visual Studio Build Tools with "Desktop development with C++" (contains CMake)

Then run this command again.`);
  process.exit(1);
}
