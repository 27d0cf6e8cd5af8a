/** Something that is made when it is first needed. */
export class Later<T> {
  #made: T | undefined;

  constructor(private readonly make: () => T) {}

  /** Undefined if nobody has needed it. */
  get made(): T | undefined {
    return this.#made;
  }

  get(): T {
    this.#made ??= this.make();
    return this.#made;
  }
}
