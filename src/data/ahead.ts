/** What an iterator gives, fetched before somebody asks for it. */

/** Elements in order. `ended`: none follow. */
export interface Taken<T> {
  readonly items: readonly T[];
  readonly ended: boolean;
}

/**
 * Keeps up to `capacity` elements ready. An error of the iterator comes after the elements before
 * it. No element is lost or out of order, whoever is slow.
 */
export class Ahead<T> {
  private readonly queue: T[] = [];
  private filling = false;
  private ended = false;
  private closed = false;
  private failure: { readonly error: unknown } | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly iterator: AsyncIterator<T>,
    private readonly capacity: number,
  ) {}

  /**
   * The next `most` elements, below `capacity`; fewer only where the end or an error follows.
   * Undefined once it was closed. One call at a time.
   */
  async take(most: number): Promise<Taken<T> | undefined> {
    return (await this.has(most)) ? this.give(most) : undefined;
  }

  /** What `take` would give, once it could, and the one after; they stay. Errors wait for `take`. */
  async peek(most: number): Promise<readonly T[]> {
    return (await this.has(most)) ? this.queue.slice(0, most + 1) : [];
  }

  /** Waits for so many, or for the end. False once it was closed. */
  private async has(most: number): Promise<boolean> {
    for (;;) {
      if (this.closed) return false;
      const over = this.ended || this.failure !== undefined;
      // One more than asked for tells whether these are the last.
      if (over || this.queue.length > most) return true;
      void this.fill();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /**
   * Tells the iterator that nobody wants more, and waits for its end. Where it is still at work on an
   * element, that may never come: then only `patient` waits.
   */
  async close(patient = false): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.queue.length = 0;
    const working = this.filling;
    this.stir();
    if (this.ended || this.failure) return;
    const left = this.iterator.return?.();
    if (working && !patient) left?.catch(() => undefined);
    else await left;
  }

  private give(most: number): Taken<T> {
    if (this.queue.length === 0 && this.failure) throw this.failure.error;
    const items = this.queue.splice(0, most);
    void this.fill();
    return { items, ended: this.ended && this.queue.length === 0 };
  }

  private async fill(): Promise<void> {
    if (this.filling || this.ended || this.failure) return;
    this.filling = true;
    try {
      while (!this.closed && this.queue.length < this.capacity) {
        const { done, value } = await this.iterator.next();
        if (done) {
          this.ended = true;
          break;
        }
        if (!this.closed) this.queue.push(value);
        this.stir();
      }
    } catch (error) {
      this.failure = { error };
    }
    this.filling = false;
    this.stir();
  }

  private stir(): void {
    this.wake?.();
    this.wake = undefined;
  }
}
