/** Everybody who may take part; those that are not installed say so and are left out. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Peer } from './process.js';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const tsx = createRequire(import.meta.url).resolve('tsx/cli');
const node = (name: string) => [process.execPath, tsx, '--tsconfig', path('../../scripts/tsconfig.dist.json'), path(name)];
/** Debian's packages are those of the system's Python, whatever else the path has. */
const interpreter = process.env.PYTHON ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3');
const python = (name: string) => [interpreter, path(name)];
/** Debian's default OpenBLAS makes two threads of PyTorch slower than one; package libopenblas0-openmp does not. */
const openblas = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/openblas-openmp`;
const threads = (count: number) => ({
  PEER_THREADS: String(count),
  OMP_NUM_THREADS: String(count),
  OPENBLAS_NUM_THREADS: String(count),
  ...(existsSync(openblas) && { LD_LIBRARY_PATH: openblas }),
});

/** The first is compared with all others. */
export const peers: readonly Peer[] = [1, 2].flatMap((count) => [
  { name: `slalom, ${count} thread${count > 1 ? 's' : ''}`, command: node('slalom.mjs'), env: threads(count) },
  { name: `PyTorch, ${count} thread${count > 1 ? 's' : ''}`, command: python('pytorch.py'), env: threads(count) },
  ...(count === 1 ? [{ name: 'scikit-learn, 1 thread', command: python('scikit.py'), env: threads(1), without: ['W6'] }] : []),
]);
