/**
 * Takes a place in a list of bounded length, whose entries are written before what they stand for. At the limit an entry without it may
 * be of a command that is under way, on another device or worker: to forget it would give its place away twice. So it counts, and is
 * waited for. What a worker that died has left is removed by a deadline.
 */
import { setTimeout as delay } from "node:timers/promises";
import { GameError } from "../contract/errors.ts";

/** How often, and how far apart, the list is looked at. */
const MOST_LOOKS = 10;
const LOOK_MS = 100;

/**
 * @param take throws `conflict` where there is no place
 * @param mayChange whether an entry may be of a command that is under way. It may remove entries that are certainly over
 * @throws what `take` throws at last
 */
export async function takeLastPlace<R>(
  take: () => Promise<R>,
  mayChange: () => Promise<boolean>,
): Promise<R> {
  for (let looks = 1; ; looks++)
    try {
      return await take();
    } catch (err) {
      if (!(err instanceof GameError) || err.code !== "conflict" || looks === MOST_LOOKS) throw err;
      if (await mayChange()) await delay(LOOK_MS);
      else if (looks > 1) throw err;
    }
}
