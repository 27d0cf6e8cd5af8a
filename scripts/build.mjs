// node scripts/build.mjs [native] [--force]: builds what is stale, the addon first, then dist/.
// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { requireTools, root, runPackage } from './tools.mjs';

const force = process.argv.includes('--force');

/** @returns {string[]} */
function filesBelow(/** @type {string} */ folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** @returns {string} */
function hashOf(/** @type {readonly string[]} */ files, /** @type {readonly string[]} */ extra = []) {
  const hash = createHash('sha256').update(JSON.stringify(extra));
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/**
 * Builds unless `output` is there and was made from the same inputs. They are hashed before the
 * build, so what changes during it makes the output stale.
 * @param {string} stamp
 * @param {string} output
 * @param {string} hash
 * @param {() => void} build
 */
function unlessFresh(stamp, output, hash, build) {
  const file = join(root, 'build', stamp);
  const fresh = existsSync(join(root, output)) && existsSync(file) && readFileSync(file, 'utf8') === hash;
  if (fresh && !force) return;
  build();
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(file, hash);
}

const nativeInputs = [...filesBelow('native'), 'CMakeLists.txt', 'scripts/build.mjs'];
unlessFresh('native.stamp', 'build/Release/slalom.node', hashOf(nativeInputs, [process.version, process.platform, process.arch]), () => {
  requireTools();
  console.log('slalom: building the native core');
  // Not `compile`, which empties the build folder and builds again when a source has an error.
  for (const command of ['configure', 'build']) {
    runPackage('cmake-js/bin/cmake-js', [command, '--parallel', String(availableParallelism()), '--log-level', 'warn']);
  }
});

if (!process.argv.includes('native')) {
  const inputs = [...filesBelow('src'), 'package.json', 'tsconfig.json', 'tsup.config.ts'];
  unlessFresh('dist.stamp', 'dist/index.js', hashOf(inputs), () => {
    console.log('slalom: building dist/');
    runPackage('tsup/dist/cli-default.js', ['--silent']);
  });
}
