/** The application; who goes is gone at once, so that a going is a change too. */
import { startMuster } from "../support/muster.ts";
import { serve } from "../support/usage.ts";

/** High enough that the benchmark does not meet it, and counted all the same. */
const MANY = "1000000/100ms";

const { BENCH_SECRET = "" } = process.env;
serve(
  await startMuster({
    JWT_SECRET: BENCH_SECRET,
    GRACE_PRESENCE: "0s",
    RATE_LIMITS_CONNECTION: MANY,
    RATE_LIMITS_USER: MANY,
    RATE_LIMITS_CONNECTION_BYTES: "0",
    RATE_LIMITS_USER_BYTES: "0",
    RATE_LIMITS_EVENTS: `status=${MANY}`,
  }),
);
