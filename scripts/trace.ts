/**
 * `npm run trace -- chat|match [--json] [--steps]`: which of the project's files one thing passes through, over two workers and a Redis.
 * It counts function entries in the asynchronous context of that one thing: a move is an entry in another file than the entry before,
 * a return is a move into a file that was entered before. Continuations after an `await` are no entries.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { register } from "node:module";
import { parseArgs } from "node:util";
import type { TestApp } from "../test/support/app.ts";

interface Step {
  readonly file: string;
  readonly name: string;
}

/** What was entered in one asynchronous context, in order. */
type Trace = Step[];

interface Walk {
  readonly files: readonly string[];
  readonly moves: number;
  readonly returns: number;
}

const LIMIT_MS = 60_000;
const context = new AsyncLocalStorage<Trace>();
/** Every context that began with a function of this folder or file, from when `watched` was set. */
let watched: string | undefined;
const traces: Trace[] = [];
/** Traces that go on no longer. */
const ended = new WeakSet<Trace>();

function traceEnter(file: string, name: string): void {
  const trace = context.getStore();
  const isBegun = trace !== undefined && !ended.has(trace);
  // An interval keeps its context: the function that began the trace begins the next one.
  const isAgain = isBegun && isRoot(trace, file, name) && watched !== HANDLERS;
  if (isBegun && !isAgain) trace.push({ file, name });
  else if (watched !== undefined && file.startsWith(watched)) {
    const begun = [{ file, name }];
    traces.push(begun);
    context.enterWith(begun);
  }
}

const isRoot = ([root]: Trace, file: string, name: string) => root?.file === file && root.name === name;

function walkOf(steps: readonly Step[]): Walk {
  const files = new Set<string>();
  let last: string | undefined;
  let moves = -1;
  for (const { file } of steps) {
    if (file === last) continue;
    moves++;
    files.add(file);
    last = file;
  }
  return { files: [...files], moves, returns: moves + 1 - files.size };
}

Object.assign(globalThis, { traceEnter });
register("./trace-hooks.mjs", import.meta.url);
const { startTwoWorkers } = await import("../test/support/app.ts");

const HANDLERS = "namespaces/chat/handlers.ts";

/** From the handler of a second message in `global` to its acknowledgement: the first one has filled what workers remember. */
async function chat(app: TestApp): Promise<Trace> {
  const { chatContract } = await import("../namespaces/chat/index.ts");
  const { Socket } = await import("socket.io");
  const { ack } = Socket.prototype as unknown as { ack(id: number): (...args: unknown[]) => void };
  Object.assign(Socket.prototype, {
    ack(this: unknown, id: number) {
      const acknowledge = ack.call(this as never, id);
      return (...args: unknown[]) => {
        const trace = context.getStore();
        if (trace) ended.add(trace);
        acknowledge(...args);
      };
    },
  });
  const [ann, bob] = [
    await app.connect(chatContract, "ann"),
    await app.connect(chatContract, "bob", { worker: 1 }),
  ];
  await ann.call("chat_message", { channel: "global", content: "first" });
  await bob.next("chat_message");
  watched = HANDLERS;
  await ann.call("chat_message", { channel: "global", content: "hello" });
  watched = undefined;
  await bob.next("chat_message");
  return traces[0] ?? [];
}

const MATCHMAKING = "namespaces/matchmaking/";

/**
 * From the last look at the queue before a match until its players know of its game. Which files are entered is the same each time; how
 * often differs by a few moves, as other workers look too.
 */
async function match(app: TestApp): Promise<Trace> {
  const { matchmakingContract } = await import("../namespaces/matchmaking/index.ts");
  const players = [
    await app.connect(matchmakingContract, "ann"),
    await app.connect(matchmakingContract, "bob", { worker: 1 }),
  ];
  await players[0]?.call("queue_join", { game_mode: "classic" });
  await players[1]?.call("queue_join", { game_mode: "classic" });
  watched = MATCHMAKING;
  for (const player of players) await player.next("game_started");
  watched = undefined;
  return traces.flat().filter(({ file }) => file.startsWith(MATCHMAKING));
}

const SUBJECTS: Readonly<Record<string, (app: TestApp) => Promise<Trace>>> = { chat, match };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** The counts and files alone, for programs. */
    json: { type: "boolean", default: false },
    /** Each function that was entered. */
    steps: { type: "boolean", default: false },
  },
});
const subject = SUBJECTS[positionals[0] ?? ""];
if (!subject || positionals.length !== 1) {
  console.error("usage: npm run trace -- chat|match [--json] [--steps]");
  process.exit(2);
}
const limit = setTimeout(() => {
  console.error("the trace took too long and was ended");
  process.exit(1);
}, LIMIT_MS);
const app = await startTwoWorkers();
const steps = await subject(app);
await app.close();
clearTimeout(limit);
const walk = walkOf(steps);
if (values.json) console.log(JSON.stringify(walk));
else {
  if (values.steps) for (const { file, name } of steps) console.log(`${file}  ${name}`);
  else console.log(walk.files.join("\n"));
  console.log(`${walk.files.length} files, ${walk.moves} moves, ${walk.returns} returns`);
}
process.exit(0);
