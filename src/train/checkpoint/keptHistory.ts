/** What a checkpoint keeps of a history. */
export interface KeptHistory {
  readonly loss: readonly number[];
  readonly lr: readonly number[];
  readonly metrics: Readonly<Record<string, readonly unknown[]>>;
  readonly validation?: Readonly<Record<string, readonly unknown[]>>;
}
