/** The server process of the latency measurement: the application with its shipped mode, on the embedded store or on Redis. */
import { startMuster } from "../support/muster.ts";
import { serve } from "../support/usage.ts";

const { BENCH_REDIS } = process.env;
serve(
  await startMuster({
    AUTH_MODE: "dev",
    LOG_LEVEL: "error",
    ...(BENCH_REDIS === undefined ? {} : { REDIS_URL: BENCH_REDIS }),
  }),
);
