/** Lets the event loop turn where work in JavaScript is long. Never changes a result. */

import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds that work may last before it must let others in. */
const SLICE = 2;

export class Pace {
  private begun = performance.now();

  /** Whether it is time for `turn`. Asking costs some ten nanoseconds. */
  due(): boolean {
    return performance.now() - this.begun > SLICE;
  }

  async turn(): Promise<void> {
    await turn();
    this.begun = performance.now();
  }
}
