/** The package as others get it: packed, installed into an empty project, type-checked as strictly as a compiler does, and run. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../support/built.ts";

const run = promisify(execFile);
const versionOf = (name: string): string =>
  (createRequire(import.meta.url)(`${name}/package.json`) as { readonly version: string }).version;

const TSCONFIG = {
  compilerOptions: {
    target: "es2023",
    module: "nodenext",
    strict: true,
    declaration: true,
    skipLibCheck: false,
    outDir: "out",
    types: ["node"],
  },
  include: ["*.ts"],
};

/** A game and an event of one's own, played over the typed client. */
const PROGRAM = `
import { action, createApp, createLog, defineEvent, defineGame, GameError, loadConfig, type Rate, shippedGames } from "muster-server";
import { connectMuster } from "muster-server/client";
import { axis, defineRealtime, entities, fixed, player } from "muster-server/realtime";
import { Type } from "typebox";

export const counting = defineGame<{ readonly count: number }>({
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

describe("the package", function () {
  this.timeout(240_000);
  let folder = "";
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "muster-package-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const inProject = (command: string, ...args: string[]) =>
    run(command, args, { cwd: folder, timeout: 200_000, env: { ...process.env, NODE_ENV: "" } }).catch(
      ({ stdout, stderr }: { stdout: string; stderr: string }) => assert.fail(`${stdout}\n${stderr}`),
    );

  it("has what a server needs to run, and nothing of its workshop", async () => {
    const { stdout } = await run("npm", ["pack", "--json", "--silent", "--pack-destination", folder], {
      cwd: ROOT,
    });
    const [{ files }] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [{ files: { path: string }[] }];
    const names = files.map((file) => file.path);
    for (const needed of [
      "LICENSE",
      "README.md",
      "config.example.yaml",
      "dist/server/main.js",
      "dist/server/index.d.ts",
      "dist/client/index.js",
      "dist/server/store/redis/scripts/commit.lua",
      "web/index.html",
    ])
      assert.ok(names.includes(needed), `${needed} is missing`);
    const stray = names.filter((name) => !/^(dist|web)\//.test(name) && name.includes("/"));
    assert.deepEqual(stray, ["docs/reference/config.schema.json"]);
    assert.deepEqual(
      names.filter((name) => /\.map$/.test(name) || (/\.ts$/.test(name) && !/\.d\.ts$/.test(name))),
      [],
    );
  });

  it("is installed into an empty project, passes a strict compiler that reads every declaration, and runs", async () => {
    const tarball =
      (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? assert.fail("it was not packed");
    await writeFile(
      path.join(folder, "package.json"),
      '{ "name": "mine", "private": true, "type": "module" }',
    );
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
    await writeFile(path.join(folder, "main.ts"), PROGRAM);
    await inProject(
      "npm",
      ...["install", "--no-audit", "--no-fund", "--prefer-offline", `./${tarball}`],
      ...["typescript", "socket.io-client", "@types/node"].map((name) => `${name}@${versionOf(name)}`),
    );
    await inProject(process.execPath, "node_modules/typescript/bin/tsc");
    const { stdout } = await inProject(process.execPath, "out/main.js");
    assert.equal(stdout, "said string version 2 dash-dice,goofspiel,relay\n");
  });
});
