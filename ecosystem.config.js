/**
 * PM2: `npm ci && npm run build && npx pm2 start ecosystem.config.js`.
 * With REDIS_URL one worker on every core (MUSTER_WORKERS sets another number); without it one process, for the embedded store has
 * one writer.
 */
const workers = process.env.REDIS_URL ? (process.env.MUSTER_WORKERS ?? "max") : 1;

export const apps = [
  {
    name: process.env.MUSTER_NAME ?? "muster",
    script: "dist/server/main.js",
    exec_mode: "cluster",
    instances: workers === "max" ? "max" : Number(workers),
    // `process.send("ready")` comes after the port is open; until then the old worker serves. With the embedded store the new
    // process can open it only when the old one has gone: PM2 then stops the old one after this time.
    wait_ready: true,
    listen_timeout: process.env.REDIS_URL ? 20_000 : 3_000,
    // Above the time that a stopping worker waits for what is under way (drain, 10 s by default).
    kill_timeout: 20_000,
    // Exit code 78: the configuration is wrong, and starting again does not help.
    stop_exit_codes: [78],
    exp_backoff_restart_delay: 100,
    max_memory_restart: process.env.MUSTER_MAX_MEMORY ?? "2G",
    merge_logs: true,
  },
];
