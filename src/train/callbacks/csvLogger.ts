import { bool, checkOptions, type Rules, text, withDefault } from '../../options.js';
import type { EpochEvent } from '../events.js';
import { monitored } from '../events.js';
import type { Callback, RunContext } from './callback.js';
import { LogFile } from './logFile.js';

export interface CsvLoggerOptions {
  readonly path: string;
  /** Goes on with a file that is there, as a resumed run should; else it is overwritten. Default false. */
  readonly append?: boolean;
}

const rules = { path: text(), append: withDefault(bool(), false) } satisfies Rules<CsvLoggerOptions>;

/** As RFC 4180 has it: fields with commas, quotes or line breaks in quotes, quotes doubled. */
function field(value: unknown): string {
  const text = value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

class CsvLogger implements Callback {
  private readonly options;
  private file: LogFile | undefined;
  private names: readonly string[] = [];

  constructor(options: CsvLoggerOptions) {
    this.options = checkOptions('callbacks.csvLogger', options, rules);
  }

  runBegin({ monitors }: RunContext): void {
    this.names = monitors;
    this.file = new LogFile(this.options.path, this.options.append);
    if (this.file.isNew) this.file.add(['epoch', 'step', 'seconds', 'lr', ...this.names].map(field).join());
    this.file.flush();
  }

  epochEnd(event: EpochEvent): void {
    const { epoch, step, seconds, lr } = event;
    this.file!.add([epoch, step, seconds, lr, ...this.names.map((name) => monitored(event, name))].map(field).join());
    this.file!.flush();
  }

  runEnd(): void {
    this.file?.close();
    this.file = undefined;
  }
}

/**
 * A line for every epoch: epoch, step, seconds, lr, and all values of the run under their names.
 * Matrices are JSON. A file that cannot be written ends the run before its first step.
 */
export function csvLogger(options: CsvLoggerOptions): Callback {
  return new CsvLogger(options);
}
