/** Everybody who may take part; those that are not installed are left out. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Peer } from './process.js';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const counted = (name: string, threads: number) => `${name}, ${threads} thread${threads > 1 ? 's' : ''}`;

/** Debian's packages are those of the system's Python, whatever else the path has. */
const interpreter = process.env.PYTHON ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3');
const imports = (module: string) => spawnSync(interpreter, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;
const missingPython = (module: string, debian: string) => (imports(module) ? {} : { missing: `Debian package ${debian}` });
/** Debian's default OpenBLAS makes two threads of PyTorch slower than one; package libopenblas0-openmp does not. */
const openblas = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/openblas-openmp`;
const environment = (threads: number) => ({
  PEER_THREADS: String(threads),
  OMP_NUM_THREADS: String(threads),
  OPENBLAS_NUM_THREADS: String(threads),
  ...(existsSync(openblas) && { LD_LIBRARY_PATH: openblas }),
});

export const slalom = (threads: number): Peer => ({
  name: counted('slalom', threads),
  threads,
  command: [process.execPath, path('slalom.mjs')],
  env: environment(threads),
});

const noTorch = missingPython('torch', 'python3-torch');
const pytorch = (threads: number): Peer => ({
  name: counted('PyTorch', threads),
  threads,
  command: [interpreter, path('pytorch.py')],
  env: environment(threads),
  ...noTorch,
});

const scikit: Peer = {
  name: counted('scikit-learn', 1),
  threads: 1,
  command: [interpreter, path('scikit.py')],
  env: environment(1),
  cannot: ({ loss }) => (loss === 'mse' ? 'MLPClassifier has cross-entropy only' : undefined),
  ...missingPython('sklearn', 'python3-sklearn'),
};

/** One of bench/peers/package.json. All of them run on the thread of JavaScript. */
const javascript = (name: string, file: string, module: string, more: Partial<Peer> = {}): Peer => ({
  name,
  threads: 1,
  command: [process.execPath, path(file)],
  ...(!existsSync(path(`node_modules/${module}`)) && { missing: '`npm ci` in bench/peers' }),
  ...more,
});

/** Updates after every sample and has no cross-entropy. */
const online = (name: string, file: string, module: string, otherTask: string, noPrediction: string): Peer =>
  javascript(name, file, module, {
    otherTask,
    noPrediction,
    cannot: ({ batchSize }) => (batchSize > 1 ? 'it updates after every sample: no batches' : undefined),
  });

/** The first is compared with all others. */
export const peers: readonly Peer[] = [
  slalom(1),
  pytorch(1),
  scikit,
  javascript('jax-js, wasm', 'jax-js.mjs', '@jax-js/jax'),
  javascript('TensorFlow.js, wasm', 'tfjs.mjs', '@tensorflow/tfjs-backend-wasm', { env: { PEER_BACKEND: 'wasm' } }),
  javascript('TensorFlow.js, cpu', 'tfjs.mjs', '@tensorflow/tfjs', { env: { PEER_BACKEND: 'cpu' } }),
  javascript('ConvNetJS', 'convnetjs.mjs', 'convnetjs'),
  online(
    'brain.js',
    'brain.mjs',
    'brain.js',
    'squares on one-hot rows, tanh outputs',
    'it has one activation for all layers, the last one too',
  ),
  online(
    'synaptic',
    'synaptic.mjs',
    'synaptic',
    'squares on one-hot rows, logistic outputs, no momentum',
    'it needs most of a minute to build such a network',
  ),
  slalom(2),
  pytorch(2),
  { ...slalom(1), name: 'slalom, 1 thread, predict()', env: { ...environment(1), PEER_PREDICT: 'async' }, predictsOnly: true },
  { ...pytorch(1), name: 'PyTorch, 1 thread, jit', env: { ...environment(1), PEER_JIT: '1' }, predictsOnly: true },
  { ...pytorch(2), name: 'PyTorch, 2 threads, jit', env: { ...environment(2), PEER_JIT: '1' }, predictsOnly: true },
];

/** Those that are installed; says of the others what to install. */
export function installed(): readonly Peer[] {
  const absent = peers.flatMap(({ name, missing }) =>
    missing ? [`left out: ${name.replace(/, \d thread.*$/, '')} is not installed (${missing})`] : [],
  );
  for (const line of new Set(absent)) console.log(line);
  return peers.filter(({ missing }) => !missing);
}
