/** What the parts of the Redis store share. */
import type { WorkerId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { Keyspace } from "./keys.ts";
import type { HoldNotices } from "./link/confirmed-notices.ts";
import type { RedisConnection } from "./link/connection.ts";
import type { Subscriptions } from "./link/subscriptions.ts";
import type { RunScript } from "./scripts.ts";
import type { StoreTime } from "./time.ts";

export interface RedisContext {
  readonly connection: RedisConnection;
  readonly keys: Keyspace;
  readonly run: RunScript;
  readonly subscriptions: Subscriptions;
  /** Left out where replicas are not waited for: then notices are not held. */
  readonly hold?: HoldNotices;
  readonly time: StoreTime;
  readonly worker: WorkerId;
  readonly log: Log;
}
