/** What bench/native/peak.cpp measures of this machine, asked again and again beside what is measured. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export class Peak {
  /** Of one core, at the last answer. */
  ghz = 0;
  /** GFLOP/s at the last answer with every interruption counted: less than the peak where others run. */
  held = 0;
  private readonly child = spawn(process.execPath, [fileURLToPath(new URL('../scripts/bench-native.mjs', import.meta.url)), 'peak'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  private readonly lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();

  /** GFLOP/s that so many threads do together at the moment. */
  async measure(threads = 1): Promise<number> {
    const { peak, held, ghz } = await this.ask<{ peak: number; held: number; ghz: number }>(`peak ${threads}`);
    this.ghz = ghz;
    this.held = held;
    return peak;
  }

  /** Seconds that one core takes at the moment to read so many bytes, again and again. */
  async reading(bytes: number): Promise<number> {
    return (await this.ask<{ seconds: number }>(`read ${bytes}`)).seconds;
  }

  private async ask<Answer>(question: string): Promise<Answer> {
    this.child.stdin.write(`${question}\n`);
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error('the peak program ended');
      if (value.startsWith('{')) return JSON.parse(value) as Answer;
    }
  }

  close(): void {
    this.child.stdin.end();
  }
}
