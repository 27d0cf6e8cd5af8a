/** A contestant in a process of its own: one JSON line in, one out. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Workload } from '../workloads/workload.js';

/** How a peer is started, what it cannot do, and why. It gets the folder of the workload as its last argument. */
export interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  readonly threads: number;
  readonly env?: NodeJS.ProcessEnv;
  /** What to install, if it is not. */
  readonly missing?: string;
  /** Why it cannot train a workload. */
  readonly cannot?: (workload: Workload) => string | undefined;
  /** Why it cannot predict by given weights. */
  readonly noPrediction?: string;
  /** Trains something else, so that its losses are not compared: in what way. */
  readonly otherTask?: string;
  /** Another way to predict of a peer that trains elsewhere in the list. */
  readonly predictsOnly?: boolean;
}

/** What a peer answers; the questions are those of serve.mjs. */
interface Answer {
  /** Of its libraries; in the first answer, once it is ready. */
  readonly version?: string;
  /** What the count of `train` means. */
  readonly unit?: 'epoch' | 'step';
  /** Mean loss of every step, from the initial weights, rows in order. */
  readonly losses?: readonly number[];
  readonly seconds?: number;
  /** The most memory its process ever had. */
  readonly peakMegabytes?: number;
  readonly outputs?: readonly number[];
  /** Seconds of every call. */
  readonly calls?: readonly number[];
  readonly bits?: string;
  readonly error?: string;
}

export class PeerProcess {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private log = '';

  constructor(
    readonly peer: Peer,
    folder: string,
  ) {
    const [program, ...args] = peer.command;
    this.child = spawn(program!, [...args, folder], { env: { ...process.env, ...peer.env }, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stderr!.on('data', (data: Buffer) => {
      this.log = (this.log + data.toString()).slice(-2000);
    });
    this.child.on('error', (error) => {
      this.log += error.message;
    });
    this.child.stdin!.on('error', () => undefined);
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /** The next answer. Throws what the peer printed last if it is gone. */
  async answer(): Promise<Answer> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(this.lastWords());
      if (!value.startsWith('{')) continue;
      const answer = JSON.parse(value) as Answer;
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    }
  }

  async losses(steps: number): Promise<readonly number[]> {
    return (await this.ask({ losses: steps })).losses!;
  }

  /** So many epochs or steps more. */
  async train(count: number): Promise<{ seconds: number; peakMegabytes: number }> {
    const { seconds, peakMegabytes } = await this.ask({ train: count });
    return { seconds: seconds!, peakMegabytes: peakMegabytes! };
  }

  /** Logits of the first rows, by the initial weights. */
  async outputs(rows: number): Promise<readonly number[]> {
    return (await this.ask({ outputs: rows })).outputs!;
  }

  /** Seconds of so many calls that predict the first rows. */
  async predict(rows: number, calls: number): Promise<readonly number[]> {
    return (await this.ask({ predict: [rows, calls] })).calls!;
  }

  /** A hash of the trained weights. */
  async bits(): Promise<string> {
    return (await this.ask({ bits: true })).bits!;
  }

  close(): void {
    this.child.kill();
  }

  private ask(request: object): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    return this.answer();
  }

  /** The line of an error in what it printed, else the last one. */
  private lastWords(): string {
    const lines = this.log.trim().split('\n');
    return lines.find((line) => /^\w*Error\b/.test(line)) ?? (lines.at(-1) || 'it ended without a word');
  }
}
