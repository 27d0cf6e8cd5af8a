import { fs } from '../../builtins.js';

/** A text file that is written line by line and in one go at each flush. */
export class LogFile {
  private readonly descriptor: number;
  private pending = '';
  /** Whether nothing stands in it yet. */
  readonly isNew: boolean;

  /** Throws the system's error if it cannot be written. */
  constructor(path: string, append: boolean) {
    this.descriptor = fs().openSync(path, append ? 'a' : 'w');
    this.isNew = fs().statSync(path).size === 0;
  }

  add(line: string): void {
    this.pending += `${line}\n`;
  }

  flush(): void {
    const bytes = Buffer.from(this.pending);
    this.pending = '';
    for (let done = 0; done < bytes.length; ) done += fs().writeSync(this.descriptor, bytes, done);
  }

  close(): void {
    this.flush();
    fs().closeSync(this.descriptor);
  }
}
