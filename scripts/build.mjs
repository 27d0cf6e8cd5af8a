// node scripts/build.mjs [native]: builds what is stale, the addon first, then dist/.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireTools } from './tools.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function filesBelow(path) {
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function hashOf(files, ...extra) {
  const hash = createHash('sha256');
  for (const text of extra) hash.update(text);
  for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest('hex');
}

function run(command, args) {
  const { status, error } = spawnSync(process.execPath, [join(root, 'node_modules', command), ...args], { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs `build` unless `output` exists and was made from the same inputs. */
function unlessFresh(stamp, output, hash, build) {
  const file = join(root, 'build', stamp);
  if (existsSync(join(root, output)) && existsSync(file) && readFileSync(file, 'utf8') === hash) return;
  build();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, hash);
}

const nativeHash = hashOf([...filesBelow('native'), join(root, 'CMakeLists.txt')], process.version, process.arch);
unlessFresh('native.stamp', 'build/Release/slalom.node', nativeHash, () => {
  requireTools();
  run('cmake-js/bin/cmake-js', ['compile', '--log-level', 'warn']);
});

if (process.argv[2] !== 'native') {
  const sources = [...filesBelow('src'), ...['package.json', 'tsconfig.json', 'tsup.config.ts'].map((name) => join(root, name))];
  unlessFresh('dist.stamp', 'dist/index.js', hashOf(sources), () => run('tsup/dist/cli-default.js', ['--silent']));
}
