// node scripts/bench-native.mjs NAME [argument...]: builds bench/native/NAME.cpp over the core of the
// addon, which is built already, and runs it. OpenMP libraries that it is compared with get one thread.
// @ts-check
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root, run, runQuietly } from './tools.mjs';

const [name = '', ...args] = process.argv.slice(2);
const target = `bench_${name}`;
runQuietly('cmake', ['--build', 'build', '--target', target, '--config', 'Release', '--parallel', String(availableParallelism())]);
run(join(root, 'build', target), args, { env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' } });
