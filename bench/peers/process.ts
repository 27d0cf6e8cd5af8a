/** A contestant in a process of its own: one JSON line in, one out. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a peer is started. It gets the folder of the workload as its last argument. */
export interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Workloads that it cannot do, by the beginning of their names, or would need minutes for. */
  readonly without?: readonly string[];
}

/** What a peer answers to `{ losses: steps }` and to `{ train: epochs }`. */
export interface Answer {
  /** Mean loss of every step, from the initial weights, rows in order. */
  readonly losses?: readonly number[];
  readonly seconds?: number;
  /** Of its libraries; the first answer, once it is ready. */
  readonly version?: string;
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
      if (done) throw new Error(this.log.trim().split('\n').at(-1) || 'it ended without a word');
      if (!value.startsWith('{')) continue;
      const answer = JSON.parse(value) as Answer;
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    }
  }

  async losses(steps: number): Promise<readonly number[]> {
    return (await this.ask({ losses: steps })).losses!;
  }

  /** Seconds for so many epochs more. */
  async train(epochs: number): Promise<number> {
    return (await this.ask({ train: epochs })).seconds!;
  }

  close(): void {
    this.child.kill();
  }

  private ask(request: object): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    return this.answer();
  }
}
