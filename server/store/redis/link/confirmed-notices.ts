/** What Redis publishes of a stream is published before replicas have it: a notice waits until they do. */
import type { Log } from "../../../../core/ports/log.ts";
import { hearEach } from "./subscriptions.ts";

/** Of all notices that wait. They are hints: what a dropped one told is found in the stream. */
const MAX_WAITING_CHARS = 16 * 2 ** 20;

type Hear = (message: string) => void;

/** A listener that is called in the order of the messages, each once it is confirmed. */
export type HoldNotices = (channel: string, listener: Hear) => Hear;

/** @param confirm resolves when replicas have all that was published before; who asks first is answered first */
export function createHoldNotices(confirm: (channel: string) => Promise<void>, log: Log): HoldNotices {
  let waiting = 0;
  return (channel, listener) => (message) => {
    if (waiting + message.length > MAX_WAITING_CHARS) return;
    waiting += message.length;
    confirm(channel)
      .finally(() => {
        waiting -= message.length;
      })
      .then(
        () => hearEach([listener], message, log),
        // The store is away. What is in the stream when it is back is found there.
        () => undefined,
      );
  };
}
