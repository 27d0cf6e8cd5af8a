/** Where the elements of a dataset come from. */

/** Elements are rows, or batches of rows. A source is read anew for every epoch. */
export interface Source<T = unknown> {
  /** How it was made: a run only goes on from a checkpoint with the same. */
  readonly label: string;
  /** Elements of an epoch, if that is known before. */
  readonly size: number | undefined;
  /** Whether it can be read only once. */
  readonly once: boolean;
  /** The elements of one epoch, counted from 0. Leaving the loop early closes whatever is open. */
  read(epoch: number): AsyncIterable<T>;
  /** Tells whoever made the source that nobody waits any longer, even while an element is on its way. */
  cancel?(): void;
}

export const cancelOf = ({ cancel }: Source): Pick<Source, 'cancel'> => (cancel ? { cancel } : {});

/** A source made of another, element by element. */
export function derived<T, U>(
  inner: Source<T>,
  label: string,
  read: (epoch: number) => AsyncIterable<U>,
  size: number | undefined = inner.size,
): Source<U> {
  return { label: `${inner.label}.${label}`, size, once: inner.once, read, ...cancelOf(inner) };
}
