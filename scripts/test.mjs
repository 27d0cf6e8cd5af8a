// npm test: builds what is stale, then every check, cheapest first. Arguments go to vitest.
// @ts-check
import { run, runPackage } from './tools.mjs';

run(process.execPath, ['scripts/build.mjs']);
console.log('slalom: lint and format');
runPackage('@biomejs/biome/bin/biome', ['check', '--error-on-warnings']);
run(process.execPath, ['scripts/format-cpp.mjs']);
console.log('slalom: types');
runPackage('typescript/bin/tsc', ['--noEmit']);
console.log('slalom: tests of the core');
run(process.execPath, ['scripts/core-tests.mjs', 'addon']);
console.log('slalom: rules and tests of the package');
runPackage('vitest/vitest.mjs', ['run', ...process.argv.slice(2)]);
