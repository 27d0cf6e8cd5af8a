import { grouped } from '../../grouped.js';
import { checkOptions, custom, oneOf, type Rules, withDefault } from '../../options.js';
import type { EpochEvent, ProgressEvent } from '../events.js';
import type { Callback, RunContext } from './callback.js';

export interface ProgressOptions {
  /** `auto` (default): a bar on a terminal, else a line an epoch; `silent` prints nothing. */
  readonly mode?: 'auto' | 'bar' | 'lines' | 'silent';
  /** Default: `process.stderr`. */
  readonly stream?: ProgressStream;
}

export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const rules = {
  mode: withDefault(oneOf('auto', 'bar', 'lines', 'silent'), 'auto'),
  stream: withDefault(
    custom<ProgressStream>('a stream with a write method', (value) => typeof (value as ProgressStream | null)?.write === 'function'),
    process.stderr,
  ),
} satisfies Rules<ProgressOptions>;

const BAR_WIDTH = 24;
/** Back to the start of the line, which is emptied. */
const CLEAR = '\r\x1b[K';
/** Between two drawings of the bar, in milliseconds. */
const REDRAW = 80;

/** 0.0123, 96.1 %, 1,234 */
function formatValue(name: string, value: unknown): string | undefined {
  if (typeof value !== 'number') return undefined;
  const share = /accuracy|^top/i.test(name) && value >= 0 && value <= 1;
  return share ? `${name} ${(100 * value).toFixed(1)} %` : `${name} ${value.toPrecision(4)}`;
}

function formatScores(scores: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(scores).flatMap(([name, value]) => formatValue(name, value) ?? []);
}

/** 0:07, 12:40, 3:05:00 */
function formatTime(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Steps of a run, all its parts together if it was resumed, and how long they took. */
class Clock {
  constructor(private readonly run: RunContext) {}

  /** Samples a second since the run began, validation included. */
  rate(step: number): string {
    const { rows: all, stepsPerEpoch, batchSize } = this.run;
    const rows = Number.isFinite(all) ? (step / stepsPerEpoch) * all : step * batchSize;
    return `${grouped(rows / this.seconds())} samples/s`;
  }

  left(step: number): string {
    const all = this.run.epochs * this.run.stepsPerEpoch;
    if (!Number.isFinite(all)) return 'of unknown length';
    return `${formatTime(((all - step) * this.seconds()) / step)} left`;
  }

  private seconds(): number {
    return Math.max(this.run.seconds, 1e-3);
  }
}

class Progress implements Callback {
  private clock: Clock | undefined;
  private drawnAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly stream: ProgressStream,
    private readonly bar: boolean,
  ) {}

  runBegin(run: RunContext): void {
    this.clock = new Clock(run);
  }

  progress(event: ProgressEvent, run: RunContext): void {
    const now = performance.now();
    if (!this.bar || now - this.drawnAt < REDRAW) return;
    this.drawnAt = now;
    const { stepsPerEpoch } = run;
    const done = Math.min(BAR_WIDTH, Math.round((BAR_WIDTH * event.batch) / stepsPerEpoch));
    const parts = [
      `${this.epoch(event.epoch, run)} ${'━'.repeat(done)}${'─'.repeat(BAR_WIDTH - done)} ${event.batch}/${Number.isFinite(stepsPerEpoch) ? stepsPerEpoch : '?'}`,
      formatValue('loss', event.loss)!,
      ...formatScores(event.metrics),
      this.clock!.rate(event.step),
      this.clock!.left(event.step),
    ];
    // A line that wraps could not be drawn over.
    this.stream.write(CLEAR + parts.join('  ').slice(0, (this.stream.columns ?? 120) - 1));
  }

  epochEnd(event: EpochEvent, run: RunContext): void {
    const parts = [
      this.epoch(event.epoch, run),
      formatValue('loss', event.loss)!,
      ...formatScores(event.metrics),
      ...(event.validation ? formatScores(event.validation).map((text) => `validation ${text}`) : []),
      this.clock!.rate(event.step),
      this.clock!.left(event.step),
    ];
    this.stream.write(`${this.bar ? CLEAR : ''}${parts.join('  ')}\n`);
    this.drawnAt = Number.NEGATIVE_INFINITY;
  }

  runEnd(): void {
    // An epoch that was cut off left its bar standing.
    if (this.bar && this.drawnAt > 0) this.stream.write(CLEAR);
  }

  private epoch(epoch: number, run: RunContext): string {
    return `epoch ${String(epoch).padStart(String(run.epochs).length)}/${run.epochs}`;
  }
}

/**
 * Shows how a run goes: a bar with epoch, batch, loss, metrics, samples per second and the time
 * that all epochs would take on a terminal, one line an epoch elsewhere.
 */
export function progress(options?: ProgressOptions): Callback {
  const { mode, stream } = checkOptions('callbacks.progress', options, rules);
  if (mode === 'silent') return {};
  return new Progress(stream, mode === 'bar' || (mode === 'auto' && stream.isTTY === true));
}
