/** `npm run demo`: tells what happens while two users are matched, play, meet two strangers as a party, talk, fight, walk and hear an announcement. */
import { parseArgs } from "node:util";
import { openArena } from "./arena.ts";
import { runScenario } from "./scenario.ts";
import { clustered, DUOS, embedded, running, type Venue } from "./servers.ts";

const USAGE = `usage: npm run demo [-- options]
  (none)         starts a server of its own in this process, with nothing installed
  --workers N    starts Redis and N workers under PM2 (redis-server must be installed)
  --arena        starts Redis and two workers, and leaves the arena to you: its page has a button that kills the room's worker
  --port N       on which port the arena is; 0: on any that is free; 3000 where it is left out
  --url URL      plays on a server that runs: under AUTH_MODE=dev, or with its JWT_SECRET set here; the match of two against
                 two needs a mode "${DUOS}" there`;
/** For the story; starting the servers has limits of its own. */
const LIMIT_MS = 25_000;
const EX_USAGE = 64;

const startedAt = performance.now();
const say = (line: string) =>
  process.stdout.write(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(5)} s  ${line}\n`);

function readArguments() {
  try {
    const option = { type: "string" } as const;
    const { values } = parseArgs({
      options: {
        ...{ url: option, workers: option, port: option },
        ...{ arena: { type: "boolean" }, help: { type: "boolean" } },
      },
    });
    const workers = values.workers === undefined ? undefined : Number(values.workers);
    if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= 64))
      throw new Error("--workers takes a whole number from 1 to 64");
    if (values.url !== undefined && !URL.canParse(values.url))
      throw new Error("--url takes an address such as http://localhost:3000");
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
      throw new Error("--port takes a whole number from 0 to 65535");
    return { ...values, workers, port };
  } catch (err) {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n${USAGE}\n`);
    return process.exit(EX_USAGE);
  }
}

function openVenue({ url, workers }: ReturnType<typeof readArguments>): Venue | Promise<Venue> {
  if (url !== undefined) return running(new URL(url).origin, process.env.JWT_SECRET);
  return workers === undefined ? embedded(say) : clustered(workers, say);
}

const options = readArguments();
if (options.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}

if (options.arena) {
  await openArena(say, options.port);
  process.exit(0);
}

function limit(): Promise<never> {
  return new Promise((_, reject) => {
    const late = () => reject(new Error(`the story took longer than ${LIMIT_MS / 1_000} s`));
    setTimeout(late, LIMIT_MS).unref();
  });
}

let venue: Venue | undefined;
let failed = false;
try {
  venue = await openVenue(options);
  await Promise.race([runScenario({ ...venue, say }), limit()]);
  say("all of it worked.");
} catch (err) {
  failed = true;
  process.stderr.write(`it did not work: ${err instanceof Error ? err.message : String(err)}\n`);
}
await venue?.close();
process.exit(failed ? 1 : 0);
