/** What several viewers of one game see, in one answer of bounded size. */

/** Null stands for a spectator. */
export interface OneView<V extends string, S> {
  readonly user_id: V | null;
  readonly state?: S;
  /** The answer would be too large with it. */
  readonly left_out?: true;
}

/** The states of the viewers, and behind them a spectator's; the first that fit `maxLength`, in UTF-16 units of their JSON together. */
export function viewsWithin<V extends string, S>(
  maxLength: number,
  viewers: readonly V[],
  stateOf: (viewer: V | null) => S,
): OneView<V, S>[] {
  let length = 0;
  return [...viewers, null].map((viewer) => {
    if (length > maxLength) return { user_id: viewer, left_out: true };
    const state = stateOf(viewer);
    length += JSON.stringify(state ?? null).length;
    return length > maxLength ? { user_id: viewer, left_out: true } : { user_id: viewer, state };
  });
}
