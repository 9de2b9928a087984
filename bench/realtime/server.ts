/** The server process: the application as it is served, with everything on. */
import { startMuster } from "../support/muster.ts";
import { watchStalls } from "../support/stalls.ts";
import { serve } from "../support/usage.ts";
import { benchGames } from "./games.ts";
import { STALL_MS } from "./messages.ts";

serve(
  await startMuster(
    {
      JWT_SECRET: process.env.BENCH_SECRET ?? "",
      LIMITS_REALTIME_ROOMS: "1000",
    },
    { realtimeGames: benchGames },
  ),
  watchStalls(STALL_MS),
);
