import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadWeights, nn } from '../../src/index.js';
import { runProgram } from './programs.js';

it('a process that is killed while it saves leaves a whole file', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'slalom-')), 'model.safetensors');
  const make = (seed: number) => nn.sequential([nn.dense(500), nn.dense(500)]).build([500], { seed });
  const first = (model: ReturnType<typeof make>) => Array.from(model.state()['layers.1.weight']!.data.subarray(0, 9));
  const [one, two] = [first(make(1)), first(make(2))];
  for (let i = 0; i < 5; i++) {
    const { signal } = await runProgram('save-forever', { args: [path], onOutput: (child) => setTimeout(() => child.kill('SIGKILL'), i) });
    expect(signal).toBe('SIGKILL');
    const model = make(3);
    await loadWeights(model, path);
    expect([one, two]).toContainEqual(first(model));
  }
});
