import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { checkOptions, type Rules, text } from '../../options.js';
import type { EpochEvent, Scores } from '../events.js';
import { encodeScalars, encodeVersion, frame, type ScalarEvent } from '../tensorBoard/record.js';
import type { Callback } from './callback.js';

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
    this.write(encodeVersion(time));
  }

  add(event: ScalarEvent): void {
    this.write(encodeScalars(event));
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private write(data: Uint8Array): void {
    const bytes = frame(data);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.descriptor, bytes, done);
  }
}

const now = () => Date.now() / 1000;

class TensorBoard implements Callback {
  private readonly directory: string;
  private readonly open = new Map<string, EventFile>();

  constructor(options: TensorBoardOptions) {
    this.directory = checkOptions('callbacks.tensorBoard', options, rules).directory;
  }

  runBegin(): void {
    this.file('train');
  }

  epochEnd({ epoch, loss, lr, metrics, validation }: EpochEvent): void {
    this.add('train', epoch, { loss, ...metrics, learning_rate: lr });
    if (validation) this.add('validation', epoch, validation);
  }

  runEnd(): void {
    for (const file of this.open.values()) file.close();
    this.open.clear();
  }

  /** What is a number; matrices and lists are left out. */
  private add(run: string, step: number, scores: Scores): void {
    const scalars = Object.fromEntries(
      Object.entries(scores).flatMap(([name, value]) => (typeof value === 'number' ? [[`epoch_${name}`, value]] : [])),
    );
    this.file(run).add({ time: now(), step, scalars });
  }

  private file(run: string): EventFile {
    const file = this.open.get(run) ?? new EventFile(join(this.directory, run), now());
    this.open.set(run, file);
    return file;
  }
}

/**
 * Event files for TensorBoard: loss, metrics that are numbers and the learning rate of every epoch
 * as `epoch_…` scalars, training and validation as runs beside each other, as Keras writes them. A
 * folder that cannot be written ends the run before its first step.
 */
export function tensorBoard(options: TensorBoardOptions): Callback {
  return new TensorBoard(options);
}
