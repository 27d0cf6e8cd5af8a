/** Lets the event loop turn where work in JavaScript is long. Never changes a result. */

import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds that work may last before it must let others in. */
const SLICE = 2;
/** Calls of `due` between two looks at the clock. */
const CALLS = 16;

export class Pace {
  private begun = performance.now();
  private calls = 0;

  /** Whether it is time for `turn`; `calls`: how much work that was, in rows. */
  due(calls = 1): boolean {
    this.calls += calls;
    if (this.calls < CALLS) return false;
    this.calls = 0;
    return performance.now() - this.begun > SLICE;
  }

  async turn(): Promise<void> {
    await turn();
    this.begun = performance.now();
  }
}
