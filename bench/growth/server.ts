/** One worker of the cluster that is measured: the application as it is served, with limits that are counted and not met. */
import { startMuster } from "../support/muster.ts";
import { serve } from "../support/usage.ts";

const MANY = "1000000/100ms";
/** Each has a limit of its own, below what one client of the measurement sends. */
const EVENTS = [
  "ping",
  "publish",
  "broadcast",
  "status",
  "chat_message",
  "typing",
  "queue_join",
  "player_movement",
];

const { BENCH_SECRET = "", BENCH_REDIS = "" } = process.env;
serve(
  await startMuster({
    JWT_SECRET: BENCH_SECRET,
    REDIS_URL: BENCH_REDIS,
    // A user that goes is gone at once, so that the going is a change too.
    GRACE_PRESENCE: "0s",
    RATE_LIMITS_CONNECTION: MANY,
    RATE_LIMITS_USER: MANY,
    RATE_LIMITS_CONNECTION_BYTES: "0",
    RATE_LIMITS_USER_BYTES: "0",
    RATE_LIMITS_EVENTS: EVENTS.map((event) => `${event}=${MANY}`).join(","),
  }),
);
