import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { checkOptions, type Rules, text } from '../../options.js';
import type { EpochEvent, Scores } from '../events.js';
import { encodeImage, encodeText } from '../tensorBoard/image.js';
import { drawMatrix, isMatrix } from '../tensorBoard/matrix.js';
import { encodeScalars, encodeVersion, frame } from '../tensorBoard/record.js';
import type { Callback, RunContext } from './callback.js';

export interface TensorBoardOptions {
  /** Made if it is not there; `train` and `validation` in it are the runs that TensorBoard shows. */
  readonly directory: string;
}

const rules = { directory: text() } satisfies Rules<TensorBoardOptions>;

/** Of the files of one process that begin in the same second. */
let files = 0;

class EventFile {
  private readonly descriptor: number;

  constructor(folder: string, time: number) {
    mkdirSync(folder, { recursive: true });
    const name = `events.out.tfevents.${Math.floor(time)}.${hostname()}.${process.pid}.${files++}`;
    this.descriptor = openSync(join(folder, name), 'wx');
    this.add(encodeVersion(time));
  }

  add(event: Uint8Array): void {
    const bytes = frame(event);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.descriptor, bytes, done);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

const now = () => Date.now() / 1000;

/** A table in Markdown. */
function describeRun({ epochs, stepsPerEpoch, batchSize, rows, lr }: RunContext): string {
  const lines = Object.entries({ epochs, stepsPerEpoch, batchSize, rows, lr }).map(([name, value]) => `| ${name} | ${value} |`);
  return ['| option | value |', '|---|---|', ...lines].join('\n');
}

class TensorBoard implements Callback {
  private readonly directory: string;
  private readonly open = new Map<string, EventFile>();

  constructor(options: TensorBoardOptions) {
    this.directory = checkOptions('callbacks.tensorBoard', options, rules).directory;
  }

  runBegin(run: RunContext): void {
    this.file('train').add(encodeText({ time: now(), step: 0, tag: 'run' }, describeRun(run)));
  }

  async epochEnd({ epoch, loss, lr, metrics, validation }: EpochEvent): Promise<void> {
    this.add('train', epoch, { loss, ...metrics, learning_rate: lr });
    await this.addMatrices('train', epoch, metrics);
    if (!validation) return;
    this.add('validation', epoch, validation);
    await this.addMatrices('validation', epoch, validation);
  }

  runEnd(): void {
    for (const file of this.open.values()) file.close();
    this.open.clear();
  }

  /** What is a number. */
  private add(run: string, step: number, scores: Scores): void {
    const scalars = Object.fromEntries(
      Object.entries(scores).flatMap(([name, value]) => (typeof value === 'number' ? [[`epoch_${name}`, value]] : [])),
    );
    this.file(run).add(encodeScalars({ time: now(), step, scalars }));
  }

  /** Confusion matrices, as pictures. */
  private async addMatrices(run: string, step: number, scores: Scores): Promise<void> {
    for (const [name, value] of Object.entries(scores)) {
      if (isMatrix(value)) this.file(run).add(await encodeImage({ time: now(), step, tag: `epoch_${name}` }, drawMatrix(value)));
    }
  }

  private file(run: string): EventFile {
    const file = this.open.get(run) ?? new EventFile(join(this.directory, run), now());
    this.open.set(run, file);
    return file;
  }
}

/**
 * Event files for TensorBoard: loss, metrics that are numbers and the learning rate of every epoch
 * as `epoch_…` scalars, training and validation as runs beside each other, as Keras writes them;
 * confusion matrices of up to 128 classes as pictures, rows the true classes; the size of the run. A
 * folder that cannot be written ends the run before its first step.
 */
export function tensorBoard(options: TensorBoardOptions): Callback {
  return new TensorBoard(options);
}
