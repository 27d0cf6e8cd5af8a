/**
 * W7: predictions of a 784-512-256-10 model on one thread, one row and 1,024 rows, beside PyTorch
 * where it is installed. Rounds interleaved; median and 99th percentile over all calls.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { array, configure, nn, predict, predictSync } from '../src/index.js';

const ROUNDS = 11;
const samples = new Map<string, number[]>();
const add = (name: string, seconds: readonly number[]) => samples.set(name, [...(samples.get(name) ?? []), ...seconds]);
const at = (values: readonly number[], share: number) => [...values].sort((a, b) => a - b)[Math.floor(share * values.length)]!;

configure({ threads: 1 });
const model = nn.sequential([nn.dense(512, { activation: 'relu' }), nn.dense(256, { activation: 'relu' }), nn.dense(10)]);
model.build([784], { seed: 1 });
const rows = (count: number) => array(new Float32Array(count * 784).fill(0.5), { shape: [count, 784] });
const [one, many] = [rows(1), rows(1024)];

async function measure(name: string, count: number, call: () => unknown): Promise<void> {
  const seconds: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await call();
    seconds.push((performance.now() - start) / 1000);
  }
  add(name, seconds);
}

function measureSync(name: string, count: number, call: () => unknown): void {
  const seconds: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    call();
    seconds.push((performance.now() - start) / 1000);
  }
  add(name, seconds);
}

const python = process.env.PYTHON ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3');
const peer = spawn(python, [fileURLToPath(new URL('./peers/predict.py', import.meta.url))], {
  env: { ...process.env, OMP_NUM_THREADS: '1' },
  stdio: ['pipe', 'pipe', 'ignore'],
});
peer.on('error', () => undefined);
peer.stdin.on('error', () => undefined);
const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();

for (let i = 0; i < 300; i++) predictSync(model, one);
for (let round = 0; round < ROUNDS; round++) {
  peer.stdin.write('\n');
  const { value, done } = await answers.next();
  if (!done) for (const [name, seconds] of Object.entries(JSON.parse(value) as Record<string, number[]>)) add(name, seconds);
  measureSync('slalom, predictSync', 500, () => predictSync(model, one));
  await measure('slalom, predict', 300, () => predict(model, one));
  measureSync('slalom, predictSync, 1,024 rows', 5, () => predictSync(model, many));
}
peer.stdin.end();
if (![...samples.keys()].some((name) => name.startsWith('PyTorch'))) console.log('PyTorch is not installed: python3-torch');
console.log(`${'call'.padEnd(32)} ${'p50 µs'.padStart(9)} ${'p99 µs'.padStart(9)} ${'rows/s'.padStart(9)}`);
for (const [name, seconds] of [...samples].sort(([a], [b]) => (a < b ? 1 : -1))) {
  const each = name.includes('1,024') ? 1024 : 1;
  const cells = [(at(seconds, 0.5) * 1e6).toFixed(1), (at(seconds, 0.99) * 1e6).toFixed(1), (each / at(seconds, 0.5)).toFixed(0)];
  console.log(`${name.padEnd(32)} ${cells.map((cell) => cell.padStart(9)).join(' ')}`);
}
