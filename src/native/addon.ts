/** Loads the native core. Nothing else in this library touches a `.node` file. */

import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fs } from '../builtins.js';
import { AddonError } from '../errors.js';
import type { Addon } from './binding.js';

const FILE = join('build', 'Release', 'slalom.node');

/** Beside `dist` in a package, two folders up in the source tree. */
function locate(): string {
  const override = process.env.SLALOM_ADDON;
  if (override) return isAbsolute(override) ? override : resolve(override);
  const here = fileURLToPath(new URL('.', import.meta.url));
  const candidates = [join(here, '..', FILE), join(here, '..', '..', FILE)];
  return candidates.find((candidate) => fs().existsSync(candidate)) ?? candidates[0]!;
}

function load(): Addon {
  const file = locate();
  if (!fs().existsSync(file)) {
    const why = process.env.SLALOM_ADDON ? 'SLALOM_ADDON names a file that does not exist' : 'the native core has not been built';
    throw new AddonError(`${why}: ${file}. Build it with "npm run build" (needs CMake and a C++17 compiler).`);
  }
  try {
    return createRequire(import.meta.url)(file) as Addon;
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}, Node ${process.version}`;
    throw new AddonError(`cannot load the native core ${file} on ${platform}: ${(cause as Error).message}`, { cause });
  }
}

/** The core of this process (each worker thread has an instance of its own). */
export const addon: Addon = load();
