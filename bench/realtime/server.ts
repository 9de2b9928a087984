/** The server process: the application as it is served, with everything on. */
import { startMuster } from "../support/muster.ts";
import { serve } from "../support/usage.ts";
import { benchGames } from "./games.ts";

serve(
  await startMuster(
    {
      JWT_SECRET: process.env.BENCH_SECRET ?? "",
      LIMITS_REALTIME_ROOMS: "1000",
    },
    { realtimeGames: benchGames },
  ),
);
