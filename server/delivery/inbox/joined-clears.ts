/** A client acknowledges what it gets in one go: what comes while one change of an inbox is under way is taken out by the next. */
import { KeyedMutex } from "../../../core/async.ts";
import type { DeliveryId } from "../../../core/ids.ts";
import type { Box } from "./stored.ts";

type Clear = (box: Box, ids: readonly DeliveryId[]) => Promise<void>;

/** @returns resolves when these are taken out too; rejects where that failed */
export function joinClears(clear: Clear): Clear {
  const collecting = new Map<string, { readonly ids: DeliveryId[]; readonly done: Promise<void> }>();
  const chain = new KeyedMutex<string>();
  return (box, ids) => {
    const name = `${box.namespace}\n${box.user}`;
    const open = collecting.get(name);
    if (open) {
      open.ids.push(...ids);
      return open.done;
    }
    const gathered = [...ids];
    const done = chain.run(name, async () => {
      // What comes in the same turn of the event loop is taken out with it.
      await undefined;
      collecting.delete(name);
      await clear(box, gathered);
    });
    collecting.set(name, { ids: gathered, done });
    return done;
  };
}
