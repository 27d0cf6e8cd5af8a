/** Numbers that are appended one by one, without an object for each. */
export class NumberColumn {
  private data = new Float64Array(64);
  private used = 0;

  get length(): number {
    return this.used;
  }

  push(value: number): void {
    if (this.used === this.data.length) {
      const wider = new Float64Array(2 * this.used);
      wider.set(this.data);
      this.data = wider;
    }
    this.data[this.used++] = value;
  }

  last(): number | undefined {
    return this.used > 0 ? this.data[this.used - 1] : undefined;
  }

  toArray(): number[] {
    return Array.from(this.data.subarray(0, this.used));
  }
}
