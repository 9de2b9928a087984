/** What a worker leaves out while it is too slow for its clients. */
export interface Shedding {
  /** Volatile events are to be left out: the next one says what this one would have said. */
  readonly volatile: boolean;
  /** Counts one that was. */
  left(): void;
}
