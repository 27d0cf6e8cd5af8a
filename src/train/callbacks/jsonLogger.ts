import { bool, checkOptions, type Rules, text, withDefault } from '../../options.js';
import type { BatchEvent, EpochEvent } from '../events.js';
import type { History } from '../history.js';
import type { Callback, RunContext } from './callback.js';
import { LogFile } from './logFile.js';

export interface JsonLoggerOptions {
  readonly path: string;
  /** Goes on with a file that is there, as a resumed run should; else it is overwritten. Default false. */
  readonly append?: boolean;
  /** Also a line for every batch, which costs tens of microseconds a step. Default false. */
  readonly batches?: boolean;
}

const rules = {
  path: text(),
  append: withDefault(bool(), false),
  batches: withDefault(bool(), false),
} satisfies Rules<JsonLoggerOptions>;

/**
 * One JSON object a line: `{ "type": "run", … }` with the size of the run, the events of epochs (and
 * batches) as callbacks get them, and `{ "type": "end", … }` with epochs, steps, stopReason and
 * seconds. Numbers that JSON has not are null. A file that cannot be written ends the run before
 * its first step.
 */
export function jsonLogger(options: JsonLoggerOptions): Callback {
  const { path, append, batches } = checkOptions('callbacks.jsonLogger', options, rules);
  let file: LogFile | undefined;
  const add = (event: object) => file!.add(JSON.stringify(event));
  return {
    runBegin({ epochs, stepsPerEpoch, batchSize, rows }: RunContext) {
      file = new LogFile(path, append);
      add({ type: 'run', started: new Date().toISOString(), epochs, stepsPerEpoch, batchSize, rows });
      file.flush();
    },
    ...(batches && { batchEnd: (event: BatchEvent) => add(event) }),
    epochEnd(event: EpochEvent) {
      add(event);
      file!.flush();
    },
    runEnd({ epochs, steps, stopReason, seconds }: History) {
      if (!file) return;
      add({ type: 'end', epochs, steps, stopReason, seconds });
      file.close();
      file = undefined;
    },
  };
}
