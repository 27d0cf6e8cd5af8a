/** The peak kernel of bench/native/peak.cpp, asked again and again beside what is measured. */

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
    this.child.stdin.write(`${threads}\n`);
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error('the peak program ended');
      if (!value.startsWith('{')) continue;
      const answer = JSON.parse(value) as { peak: number; held: number; ghz: number };
      this.ghz = answer.ghz;
      this.held = answer.held;
      return answer.peak;
    }
  }

  close(): void {
    this.child.stdin.end();
  }
}
