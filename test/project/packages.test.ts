/** Both packages as they are installed elsewhere: packed, unpacked in empty projects, type-checked and run there. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { startTestServer, type TestServer } from "../../testing/index.ts";
import { openBrowser } from "../support/browser.ts";
import { ensureBuilt, ROOT } from "../support/built.ts";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";

const run = promisify(execFile);
const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");
const LIMIT_MS = 120_000;

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run("npm", [...args, "--no-audit", "--no-fund"], { cwd, timeout: LIMIT_MS });
  return stdout;
}

/** @returns the file, and what is in it */
async function pack(
  folder: string,
  to: string,
): Promise<{ readonly file: string; readonly names: readonly string[] }> {
  const [{ filename, files }] = JSON.parse(await npm(folder, "pack", "--json", "--pack-destination", to)) as [
    { filename: string; files: { path: string }[] },
  ];
  return { file: join(to, filename), names: files.map(({ path }) => path) };
}

/** An empty project with these packages. */
async function project(home: string, name: string, packages: readonly string[]): Promise<string> {
  const folder = join(home, name);
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
  await npm(folder, "install", "--prefer-offline", ...packages);
  return folder;
}

/** Compiles the project's files as strictly as can be. @returns what the compiler says */
async function typecheck(
  folder: string,
  types: readonly string[],
  more: readonly string[] = [],
): Promise<string> {
  const compilerOptions = {
    ...{ target: "es2023", module: "nodenext", moduleResolution: "nodenext", strict: true },
    ...{ skipLibCheck: false, declaration: true, exactOptionalPropertyTypes: true, outDir: "out" },
    lib: ["es2023", "dom", "esnext.disposable"],
    types,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  return run(process.execPath, [COMPILER, "-p", folder, "--pretty", "false", ...more], {
    timeout: LIMIT_MS,
  }).then(
    ({ stdout }) => stdout,
    (err: { stdout?: string }) => {
      throw new Error(err.stdout ?? String(err));
    },
  );
}

/** A game and an event of one's own, played over the typed client. */
const PROGRAM = `
import { action, createApp, createLog, defineEvent, defineGame, GameError, type Game, loadConfig, type Rate, shippedGames, Type } from "muster-server";
import { connectMuster } from "muster-server/client";
import { axis, defineRealtime, entities, fixed, player } from "muster-server/realtime";

export const counting: Game = defineGame<{ readonly count: number }>({
  name: "counting",
  players: { min: 1, max: 4 },
  setup: () => ({ count: 0 }),
  actions: { add: action(Type.Object({ by: Type.Integer() }), ({ count }, _by, args) => ({ state: { count: count + args.by } })) },
  result: ({ count }) => (count < 2 ? undefined : { winners: [], reason: "counted" }),
});
export const race = defineRealtime({
  name: "race",
  players: { min: 1, max: 8 },
  hz: 30,
  input: { x: axis() },
  state: { cars: entities({ owner: player(), x: fixed(1 / 64) }) },
  setup: (players) => ({ cars: new Map(players.map((owner, at) => ["c" + at, { owner, x: 0 }])) }),
  move(car, input, dt) {
    car.x += input.x * dt;
  },
  step() {},
});
export const double = defineEvent({
  name: "double",
  namespace: "/",
  schema: Type.Object({ value: Type.Integer() }),
  handle(_context, { value }) {
    if (value < 0) throw new GameError("invalid_payload");
    return { value: 2 * value };
  },
});
export const even: Rate = ({ teams }) => new Map(teams.flat().map(({ userId, skill }) => [userId, { skill }]));

const { config } = loadConfig({ env: { ...process.env, PORT: "0", AUTH_MODE: "dev" } });
const app = await createApp(config, {
  log: createLog({ ...config.log, level: "silent" }),
  games: [counting],
  realtimeGames: [race],
  events: [double],
  raters: { even },
});
const { url } = await app.listen();
const muster = connectMuster({ url, auth: { user_id: "ann" } });
const { message_id } = await muster.in("/chat").call("chat_message", { channel: "global", content: "hello" });
const { room } = await muster.in("/game").call("room:create", { game: "counting" });
await muster.in("/game").call("room:start", { room_id: room.room_id });
const acted = await muster.in("/game").call("game:action", { room_id: room.room_id, action: "add", args: { by: 1 } });
const { room: track } = await muster.in("/game").call("room:create", { game: "race" });
const play = muster.realtime(track.room_id, race);
play.input({ x: 1 });
await muster.in("/game").call("room:start", { room_id: track.room_id });
await new Promise<void>((resolve) => play.onFrame(() => [...play.frame().state.cars.values()].some(({ x }) => x > 0) && resolve()));
console.log("said", typeof message_id, "version", acted.version, shippedGames.map(({ name }) => name).join());
muster.close();
await app.close();
`;

describe("the packages", function () {
  this.timeout(180_000);

  let home = "";
  let client = { file: "", names: [] as readonly string[] };
  let server = client;
  let running: TestServer;
  let browser: Browser | undefined;

  before(async () => {
    await ensureBuilt();
    home = await mkdtemp(join(tmpdir(), "muster-test-"));
    [server, client, running] = await Promise.all([
      pack(ROOT, home),
      pack(join(ROOT, "dist/client-package"), home),
      startTestServer(),
    ]);
  });
  after(async () => {
    await browser?.close();
    await running?.close();
    await rm(home, { recursive: true, force: true });
  });

  it("have what is needed, and nothing else", async () => {
    for (const { names } of [server, client]) {
      assert.deepEqual(
        names.filter(
          (name) =>
            !name.startsWith("dist/server/commands/template/") &&
            /\.map$|\.test\.|(^|\/)test\/|\.made-of|tsconfig|(?<!\.d)\.ts$/.test(name),
        ),
        [],
      );
      assert.ok(names.includes("LICENSE"));
    }
    for (const name of [
      "dist/server/cli.js",
      "dist/server/commands/template/game.js",
      "dist/testing/index.js",
      "dist/load/scenarios/chat.js",
      "dist/load/report/page/page.js",
      "dist/server/commands/load/typescript-hook.js",
      "web/index.html",
    ])
      assert.ok(server.names.includes(name), name);
    assert.deepEqual(
      client.names.filter((name) => !name.startsWith("types/") && !name.startsWith("chunk-")).sort(),
      ["LICENSE", "README.md", "index.js", "muster-client.min.js", "package.json", "realtime.js"],
    );
  });

  it("the client alone: few packages, light types, and it plays", async () => {
    const folder = await project(home, "front-end", [client.file]);
    const installed = (await readdir(join(folder, "node_modules"))).filter((name) => !name.startsWith("."));
    assert.ok(installed.length < 20, `${installed.length} packages`);
    await writeFile(
      join(folder, "play.ts"),
      `import { ClientError, CommandError, connectMuster, type Payload } from "muster-client";
import { defineRealtime, fixed, player } from "muster-client/realtime";
const [url = "", token = ""] = process.argv.slice(2);
declare const process: { argv: string[] };
const muster = connectMuster({ url, token });
const chat = muster.in("/chat");
const heard = new Promise<string>((resolve) => chat.on("chat_message", ({ content, user_id }) => resolve(content + user_id)));
chat.on("token_expiring", ({ expires_at }) => console.log(expires_at.length));
chat.on("server_draining", ({ reconnect_in_ms }) => console.log(reconnect_in_ms.toFixed()));
const { expires_at } = await chat.call("refresh_token", { token }).catch((err: CommandError) => ({ expires_at: err.code }));
await chat.call("ping", {});
// @ts-expect-error a field that is not there
await chat.call("chat_message", { channel: "global", contents: "x" }).catch((err: unknown) => err instanceof CommandError);
muster.onDraining((inMs) => console.log(inMs.toFixed()));
const game = muster.games.follow<{ readonly sum: number }, { readonly type: "added"; readonly n: number }>("r_none");
game.onChange(({ state, room, result }) => console.log(state?.sum.toFixed(), room.players[0]?.name, result?.winners[0]));
game.onEvent(({ n }, version) => console.log(n.toFixed(), version.toFixed()));
// @ts-expect-error a part that is not there
game.onChange(({ status }) => console.log(status));
console.log(await game.ready.catch((err: unknown) => (err instanceof CommandError ? err.code : err)));
const sent = await chat.call("chat_message", { channel: "global", content: "hello from" });
export const told: [string, number, string] = [sent.message_id, sent.offset, expires_at];
console.log(await heard);
muster.close();
export type Heard = Payload<never, never> | ClientError | typeof defineRealtime | typeof fixed | typeof player;
`,
    );
    await typecheck(folder, []);
    const { stdout } = await run(
      process.execPath,
      [join(folder, "out/play.js"), running.url, await running.token("ann")],
      {
        timeout: 40_000,
      },
    );
    assert.match(stdout, /^not_found$/m);
    assert.match(stdout, /hello fromann/);
    await rm(join(folder, "play.ts"));
    await writeFile(
      join(folder, "three.ts"),
      `import { connectMuster } from "muster-client";
const muster = connectMuster({ url: "https://play.example.com" });
await muster.in("/chat").call("chat_message", { channel: "global", content: "hello" });
export {};
`,
    );
    const told = await typecheck(folder, [], ["--extendedDiagnostics", "--skipLibCheck"]);
    const types = Number(/^Types:\s+(\d+)/m.exec(told)?.[1]);
    assert.ok(types > 0 && types < 2_000, `${types} types for three lines`);
  });

  it("the client's script plays in a browser's page, without a bundler", async () => {
    browser = await openBrowser();
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (err) => errors.push(String(err)));
    const script = await readFile(join(ROOT, "dist/client-package/muster-client.min.js"), "utf8");
    // From the server's own address, as a page of the application is.
    await page.route("**/muster-client.min.js", (route) =>
      route.fulfill({ contentType: "text/javascript", body: script }),
    );
    await page.goto(running.url);
    await page.addScriptTag({ url: "/muster-client.min.js" });
    const heard = await page.evaluate(
      ([url, token]) =>
        new Promise((resolve, reject) => {
          type Chat = {
            on(event: string, take: (told: unknown) => void): void;
            call(event: string, input: object): Promise<unknown>;
          };
          type Global = { Muster: { connectMuster(options: object): { in(namespace: string): Chat } } };
          const chat = (globalThis as unknown as Global).Muster.connectMuster({ url, token }).in("/chat");
          chat.on("chat_message", resolve);
          chat.call("chat_message", { channel: "global", content: "from a page" }).catch(reject);
        }),
      [running.url, await running.token("bob")] as const,
    );
    assert.equal((heard as { content: string }).content, "from a page");
    assert.deepEqual(errors, []);
  });

  it("the plain types of the client are those of the contracts, each command and event, both ways", async () => {
    const folder = join(ROOT, `.tmp/types-${process.pid}`);
    await mkdir(folder, { recursive: true });
    try {
      const names: readonly (readonly [string, string, string])[] = [
        ["/", "rooms", "RoomsContract"],
        ["/game", "game", "GameContract"],
        ["/chat", "chat", "ChatContract"],
        ["/combat", "combat", "CombatContract"],
        ["/world", "world", "WorldContract"],
        ["/matchmaking", "matchmaking", "MatchmakingContract"],
      ];
      const checks = names.map(
        ([, name, type]) => `
import type { ${type} as Full_${name} } from "../../namespaces/${name}/schema.ts";
import type { ${type} as Light_${name} } from "../../dist/client-package/types/namespaces/${name}/schema.d.ts";
type Commands_${name} = { [K in CommandName<Full_${name}>]: Same<InputOf<Full_${name}, K>, Light_${name}["commands"][K]["input"]> & Same<ResultOf<Full_${name}, K>, Light_${name}["commands"][K]["result"]> };
type Events_${name} = { [K in EventName<Full_${name}>]: Same<PayloadOf<Full_${name}, K>, Light_${name}["events"][K]["payload"]> };
export const commands_${name}: Wrong<Commands_${name}> = undefined as never as Nothing;
export const events_${name}: Wrong<Events_${name}> = undefined as never as Nothing;
export const own_${name}: Light_${name}["commands"]["refresh_token"]["input"] = { token: "" };`,
      );
      await writeFile(
        join(folder, "same.ts"),
        `import type { CommandName, EventName, InputOf, PayloadOf, ResultOf } from "../../core/contract/contract.ts";
interface Nothing { readonly nothing: true }
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** The names of those that differ; \`Nothing\` where all are the same. */
type Wrong<M> = { [K in keyof M]: M[K] extends true ? never : K }[keyof M] extends never ? Nothing : { [K in keyof M]: M[K] extends true ? never : K }[keyof M];
${checks.join("\n")}
`,
      );
      await writeFile(
        join(folder, "tsconfig.json"),
        JSON.stringify({
          extends: "../../tsconfig.json",
          include: ["same.ts"],
          exclude: [],
          compilerOptions: { types: ["node"] },
        }),
      );
      const { stdout } = await run(process.execPath, [COMPILER, "-p", folder, "--pretty", "false"], {
        timeout: LIMIT_MS,
      }).catch((err: { stdout?: string }) => ({ stdout: err.stdout ?? String(err) }));
      assert.equal(stdout, "");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("a project that `muster init` makes installs the server, passes its test, and takes games, events and raters of one's own, strictly typed", async () => {
    const folder = join(home, "my-game");
    await run(process.execPath, [
      join(ROOT, "dist/server/cli.js"),
      "init",
      folder,
      "--server",
      `file:${server.file}`,
    ]);
    await npm(folder, "install", "--prefer-offline");
    const tested = await npm(folder, "test");
    assert.match(tested, /# pass 3\n# fail 0/);
    const { stdout } = await run(join(folder, "node_modules/.bin/muster"), ["check-config"], { cwd: folder });
    assert.match(stdout, /no mistakes/);
    const served = `http://127.0.0.1:${await freePort()}`;
    const env = { ...process.env, WEBSOCKET_PORT: new URL(served).port, MUSTER_URL: served };
    const serving = spawn(process.execPath, ["index.js"], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      let told = "";
      serving.stdout.on("data", (text) => (told += text));
      await until("the server of the project listens", () => told.includes("listening"));
      const game = await run(process.execPath, ["play.js"], { cwd: folder, env, timeout: 30_000 });
      assert.match(game.stdout, /bob hears: ann adds 2[\s\S]*the winner is ann/);
    } finally {
      serving.kill("SIGKILL");
    }
    // As the guide says: a rule is changed, and a test tells.
    const game = await readFile(join(folder, "game.js"), "utf8");
    await writeFile(join(folder, "game.js"), game.replace("const MOST = 3;", "const MOST = 2;"));
    const failed = await npm(folder, "test").catch((err: { stdout?: string }) => String(err.stdout));
    assert.match(failed, /not ok/);
    await writeFile(join(folder, "own.ts"), PROGRAM);
    const scenario = await readFile(join(ROOT, "examples/load/lobby.ts"), "utf8");
    await writeFile(join(folder, "lobby.ts"), scenario.replace("../../load/index.ts", "muster-server/load"));
    await npm(folder, "install", "--prefer-offline", "--save-dev", "@types/node@20");
    await typecheck(folder, ["node"]);
    const played = await run(process.execPath, ["out/own.js"], { cwd: folder, timeout: 30_000 });
    // As TypeScript, which this Node may not read by itself.
    const load = ["load", "./lobby.ts", "--url", running.url, "--users", "4", "--ramp", "0"];
    const command = `echo ${await running.token("ann")}`;
    const loaded = await run(
      join(folder, "node_modules/.bin/muster"),
      [...load, "--duration", "2s", "--token-command", command, "--json", "-", "--fail", "users<4"],
      { cwd: folder, timeout: 30_000 },
    ).catch((err: { stdout?: string }) => ({ stdout: String(err.stdout) }));
    assert.ok(JSON.parse(loaded.stdout).actions.some(({ name }: { name: string }) => name === "signal"));
    assert.equal(played.stdout, "said string version 2 dash-dice,goofspiel,relay\n");
  });
});
