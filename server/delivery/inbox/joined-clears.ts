/** A client acknowledges what it gets in one go: what comes while one change of an inbox is under way is taken out by the next. */
import type { DeliveryId } from "../../../core/ids.ts";
import type { Box } from "./stored.ts";

type Clear = (box: Box, ids: readonly DeliveryId[]) => Promise<void>;

/** @returns resolves when these are taken out too; rejects where that failed */
export function joinClears(clear: Clear): Clear {
  const gathering = new Map<string, { readonly ids: DeliveryId[]; readonly done: Promise<void> }>();
  const last = new Map<string, Promise<void>>();
  return (box, ids) => {
    const name = `${box.namespace}\n${box.user}`;
    const open = gathering.get(name);
    if (open) {
      open.ids.push(...ids);
      return open.done;
    }
    const gathered = [...ids];
    const before = last.get(name) ?? Promise.resolve();
    const done = before
      .catch(() => undefined)
      .then(() => {
        gathering.delete(name);
        return clear(box, gathered);
      })
      .finally(() => {
        if (last.get(name) === done) last.delete(name);
      });
    gathering.set(name, { ids: gathered, done });
    last.set(name, done);
    return done;
  };
}
