/** Which changes a frame has room for: those of entities that have waited longest. */
import type { CollectionDelta, RealtimeView } from "../../../../core/realtime/delta.ts";

/** Changed entities. */
export const countOf = (deltas: readonly CollectionDelta[]) =>
  deltas.reduce((sum, { set }) => sum + set.length, 0);

/** The entities that have waited longest first: those that were not sent come before those that were. */
export const byWait = (deltas: readonly CollectionDelta[]): CollectionDelta[] =>
  deltas.map((delta) => ({
    ...delta,
    set: [...delta.set].sort((a, b) => waited(b.before) - waited(a.before)),
  }));

/** All that is gone, and so many changes. */
export function firstOf(deltas: readonly CollectionDelta[], count: number): CollectionDelta[] {
  let left = count;
  return deltas.map((delta) => {
    const set = delta.set.slice(0, left);
    left -= set.length;
    return { ...delta, set };
  });
}

/** When entities were last sent where not all could be. */
const lastSent = new WeakMap<object, number>();
let sendings = 0;

/** These are sent now, and others wait. */
export function noteSent(deltas: readonly CollectionDelta[]): void {
  for (const { set } of deltas) for (const { after } of set) lastSent.set(after, ++sendings);
}

const waited = (before: object | undefined) =>
  before === undefined ? sendings : sendings - (lastSent.get(before) ?? 0);

/** What a viewer knows that is sent these changes alone. */
export function applied(before: RealtimeView, deltas: readonly CollectionDelta[]): RealtimeView {
  const view = new Map(before);
  for (const { plan, set, gone } of deltas) {
    const entities = new Map(view.get(plan.name));
    for (const { id } of gone) entities.delete(id);
    for (const { after } of set) entities.set(after.id, after);
    view.set(plan.name, entities);
  }
  return view;
}
