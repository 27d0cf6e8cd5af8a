import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fs, os } from '../../builtins.js';
import { checkOptions, optional, positiveInteger, type Rules, text } from '../../options.js';
import type { EpochEvent, Scores } from '../events.js';
import type { Probe } from '../probe/report.js';
import type { Statistics } from '../probe/statistics.js';
import { type Binned, encodeHistogram } from '../tensorBoard/histogram.js';
import { encodeImage, encodeText } from '../tensorBoard/image.js';
import { drawMatrix, isMatrix } from '../tensorBoard/matrix.js';
import { encodeScalars, encodeVersion, frame } from '../tensorBoard/record.js';
import type { Callback, RunContext } from './callback.js';

export interface TensorBoardOptions {
  /** Made if it is not there; `train` and `validation` in it are the runs that TensorBoard shows. */
  readonly directory: string;
  /** Histograms of weights and gradients when the run begins and after every so many epochs. Default: none. */
  readonly histogramEvery?: number;
}

const rules = { directory: text(), histogramEvery: optional(positiveInteger()) } satisfies Rules<TensorBoardOptions>;

/** Of the files of one process that begin in the same second. */
let files = 0;

class EventFile {
  private readonly descriptor: number;

  constructor(folder: string, time: number) {
    fs().mkdirSync(folder, { recursive: true });
    const name = `events.out.tfevents.${Math.floor(time)}.${os().hostname()}.${process.pid}.${files++}`;
    this.descriptor = fs().openSync(join(folder, name), 'wx');
    this.add(encodeVersion(time));
  }

  add(event: Uint8Array): void {
    const bytes = frame(event);
    for (let done = 0; done < bytes.length; ) done += fs().writeSync(this.descriptor, bytes, done);
  }

  close(): void {
    fs().closeSync(this.descriptor);
  }
}

const BINS = 64;

/** By `weights/layers.0.weight` and `gradients/layers.0.weight`; none of numbers that are not finite. */
function histogramsOf({ parameters }: Probe): [string, Binned][] {
  const binned = (tag: string, given: Statistics | undefined): [string, Binned][] =>
    given?.histogram && Number.isFinite(given.norm) ? [[tag, { ...given, histogram: given.histogram }]] : [];
  return Object.entries(parameters).flatMap(([path, { weight, gradient }]) => [
    ...binned(`weights/${path}`, weight),
    ...binned(`gradients/${path}`, gradient),
  ]);
}

const now = () => Date.now() / 1000;

/** A table in Markdown. */
function describeRun({ epochs, stepsPerEpoch, batchSize, rows, lr }: RunContext): string {
  const lines = Object.entries({ epochs, stepsPerEpoch, batchSize, rows, lr }).map(([name, value]) => `| ${name} | ${value} |`);
  return ['| option | value |', '|---|---|', ...lines].join('\n');
}

class TensorBoard implements Callback {
  private readonly directory: string;
  private readonly histogramEvery: number | undefined;
  private readonly open = new Map<string, EventFile>();

  constructor(options: TensorBoardOptions) {
    const { directory, histogramEvery } = checkOptions('callbacks.tensorBoard', options, rules);
    this.directory = directory;
    this.histogramEvery = histogramEvery;
  }

  async runBegin(run: RunContext): Promise<void> {
    this.file('train').add(encodeText({ time: now(), step: 0, tag: 'run' }, describeRun(run)));
    if (this.histogramEvery !== undefined) await this.addHistograms(run);
  }

  async epochEnd(event: EpochEvent, run: RunContext): Promise<void> {
    const { epoch, loss, lr, metrics, validation } = event;
    this.add('train', epoch, { loss, ...metrics, learning_rate: lr });
    await this.addMatrices('train', epoch, metrics);
    if (validation) {
      this.add('validation', epoch, validation);
      await this.addMatrices('validation', epoch, validation);
    }
    if (this.histogramEvery !== undefined && epoch % this.histogramEvery === 0) await this.addHistograms(run);
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

  private async addHistograms(run: RunContext): Promise<void> {
    const probe = await run.probe({ bins: BINS });
    if (!probe) return;
    for (const [tag, each] of histogramsOf(probe)) {
      this.file('train').add(encodeHistogram({ time: now(), step: probe.epoch, tag, ...each }));
      await turn();
    }
  }

  /** Confusion matrices, as pictures. */
  private async addMatrices(run: string, step: number, scores: Scores): Promise<void> {
    for (const [name, value] of Object.entries(scores)) {
      if (!isMatrix(value)) continue;
      await turn();
      const picture = drawMatrix(value);
      await turn();
      this.file(run).add(await encodeImage({ time: now(), step, tag: `epoch_${name}` }, picture));
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
 * confusion matrices of up to 128 classes as pictures, rows the true classes; histograms of weights and
 * gradients if asked for, by path; the size of the run. A
 * folder that cannot be written ends the run before its first step.
 */
export function tensorBoard(options: TensorBoardOptions): Callback {
  return new TensorBoard(options);
}
