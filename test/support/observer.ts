/** An observer whose log nobody reads, for parts that are started without the application. */
import type { Log } from "../../core/ports/log.ts";
import { createObserver, type Observer } from "../../server/observability/observer.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false };

export const silentObserver = (): Observer =>
  createObserver({ log: silent, development: true, now: () => Date.now(), addressOf: () => "" });
