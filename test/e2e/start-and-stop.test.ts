import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { findMatch, type Match, move, playToTheEnd } from "../../examples/demo/dice.ts";
import { assemble, type Cast, dismiss, type Stage } from "../../examples/demo/stage.ts";
import { MAIN, ROOT } from "../support/built.ts";
import { freePort } from "../support/free-port.ts";
import { startPm2 } from "../support/pm2.ts";
import { startRedis } from "../support/redis.ts";
import { type ServerFolder, serverFolder } from "../support/server-process.ts";
import { makeTlsFiles } from "../support/tls-files.ts";
import { until } from "../support/until.ts";
import { figure, quietly, SECRET, timeUntil } from "./venues.ts";

const MOVES_BEFORE = 6;
const ANSWER_MS = 5_000;
const DRAIN_MS = 10_000;
const env = { AUTH_MODE: "jwt", JWT_SECRET: SECRET };

async function startMatch(stage: Stage, cast: Cast): Promise<Match> {
  const match = await findMatch(stage, cast);
  for (let i = 0; i < MOVES_BEFORE && match.state.winner === null; i++) await move(match);
  return match;
}

/** What the players are shown once they are connected again is what they had. */
async function goesOn(stage: Stage, match: Match): Promise<void> {
  for (const { game } of match.seats) {
    const { state, version } = await game.callUntilAnswered("room:state", { room_id: match.id });
    assert.equal(version, match.version);
    assert.deepEqual(state, match.state);
  }
  await playToTheEnd(stage, match);
}

describe("starting and stopping a process", () => {
  let server: ServerFolder;

  before(async function () {
    this.timeout(120_000);
    await (await serverFolder()).close();
  });
  beforeEach(async () => {
    server = await serverFolder();
  });
  afterEach(() => server.close());

  it("starts while Redis is down, says so, and serves when it comes", async () => {
    const redis = await startRedis({ appendOnly: "always" });
    let cast: Cast | undefined;
    try {
      await redis.stop();
      const running = server.start({ ...env, REDIS_URL: redis.url });
      await running.listening;
      const health = (await (await fetch(`${running.url}/health`)).json()) as { status: string };
      assert.equal(health.status, "degraded");
      await redis.restart();
      const backMs = await timeUntil(async () => {
        const { status } = (await (await fetch(`${running.url}/health`)).json()) as { status: string };
        return status === "healthy";
      }, 2_000);
      figure("healthy after Redis came (ms)", backMs);
      const stage = { ...quietly, url: running.url, apart: false };
      cast = await assemble(stage);
      await playToTheEnd(stage, await findMatch(stage, cast));
    } finally {
      if (cast) dismiss(cast);
      await redis.close();
    }
  });

  it("is started from files without source maps, which PM2 would have each worker keep with its first error", async () => {
    const folder = dirname(MAIN);
    for (const name of await readdir(folder)) {
      if (!/^(main|start-.*)\.js(\.map)?$/.test(name)) continue;
      assert.ok(!name.endsWith(".map"), name);
      assert.doesNotMatch(await readFile(join(folder, name), "utf8"), /^\/\/# sourceMappingURL/m, name);
    }
  });

  it("its health check asks where it is configured to be, and fails where nobody answers", async () => {
    const { certFile, keyFile, close } = await makeTlsFiles();
    const check = (more: Readonly<Record<string, string>>) =>
      promisify(execFile)(process.execPath, [join(ROOT, "dist/server/cli.js"), "health"], {
        cwd: server.folder,
        env: {
          PATH: process.env.PATH,
          WEBSOCKET_HOST: "127.0.0.1",
          DATA_DIR: server.folder,
          ...env,
          ...more,
        },
      }).then(
        () => 0,
        (err: { code?: number }) => err.code,
      );
    try {
      const tls = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
      const running = server.start({ ...env, ...tls });
      await running.listening;
      const port = { WEBSOCKET_PORT: String(running.port) };
      assert.equal(await check({ ...port, ...tls }), 0);
      await writeFile(join(server.folder, "config.yaml"), `websocket: { port: ${running.port} }\n`);
      assert.equal(await check({ ...tls, WEBSOCKET_HOST: "0.0.0.0" }), 0, "of the file");
      assert.equal(await check({ ...tls, WEBSOCKET_PORT: String(await freePort()) }), 1);
      assert.equal(await check({ ...port, ...tls, WEBSOCKET_PING_INTERVAL: "never" }), 78);
      running.kill("SIGSTOP");
      assert.equal(await check({ ...port, ...tls }), 1, "one that does not answer");
    } finally {
      await close();
    }
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const)
    it(`${signal}: clients are told, and it ends with code 0 within the drain time`, async () => {
      const running = server.start(env);
      await running.listening;
      const cast = await assemble({ ...quietly, url: running.url, apart: false });
      const told = Promise.all(
        Object.values(cast).map(async (player) => {
          const game = await player.enter("/game");
          return once(game.socket as never, "server_draining");
        }),
      );
      const startedAt = performance.now();
      running.kill(signal);
      for (const [payload] of await told) assert.equal(typeof payload.reconnect_in_ms, "number");
      const { code, stderr } = await running.ended;
      const tookMs = performance.now() - startedAt;
      figure(`${signal}: ended after (ms)`, tookMs);
      dismiss(cast);
      assert.equal(code, 0);
      assert.equal(stderr, "");
      assert.ok(tookMs < DRAIN_MS);
    });

  it("names the service, its version and the worker in each line of its log", async () => {
    const running = server.start({ ...env, LOG_LEVEL: "debug" });
    await running.listening;
    const cast = await assemble({ ...quietly, url: running.url, apart: false });
    running.kill("SIGTERM");
    running.kill("SIGTERM");
    await running.ended;
    dismiss(cast);
    const lines = running.logs();
    const worker = lines.find(({ message }) => message === "listening")?.worker;
    assert.ok(worker !== undefined && lines.some(({ message }) => message === "connected"));
    for (const line of lines) {
      assert.deepEqual([line["service.name"], line["service.node.name"]], ["muster", worker]);
      assert.match(line["service.version"], /^\d+\.\d+\.\d+/);
    }
  });

  it("writes warnings of Node's and rejections that nobody looked at once, and how many more at the end", async () => {
    const flood =
      "for (let i = 0; i < 50; i++) { process.emitWarning('made up'); Promise.reject(new TypeError('nobody')); }";
    const script = `data:text/javascript,process.on('SIGUSR2', () => { ${flood} })`;
    const running = server.start({ ...env, NODE_OPTIONS: `--import="${encodeURI(script)}"` });
    await running.listening;
    running.kill("SIGUSR2");
    const first = (message: string) => running.logs().find((line) => line.message === message);
    for (const message of ["a warning of Node's", "a promise was rejected and nobody looked"])
      await until(message, async () => first(message) !== undefined);
    running.kill("SIGTERM");
    const { stderr } = await running.ended;
    assert.equal(stderr, "");
    for (const message of ["a warning of Node's", "a promise was rejected and nobody looked"])
      assert.deepEqual(
        running.logs().flatMap((line) => (line.message === message ? [line.times] : [])),
        [undefined, 49],
      );
  });

  it("a second signal ends it at once", async () => {
    const running = server.start({ ...env, DRAIN_TIME: "60s" });
    await running.listening;
    const cast = await assemble({ ...quietly, url: running.url, apart: false });
    running.kill("SIGTERM");
    const startedAt = performance.now();
    running.kill("SIGTERM");
    await running.ended;
    dismiss(cast);
    assert.ok(performance.now() - startedAt < 10_000);
  });

  it("a disk that takes no more writes: clients are told, one line says why, and code 1 has it started again", async () => {
    if (process.platform !== "linux") return;
    const running = server.start(env);
    await running.listening;
    const cast = await assemble({ ...quietly, url: running.url, apart: false });
    const { socket } = await cast.ann.enter("/game");
    const told = once(socket as never, "server_draining");
    // The kernel refuses every write to a file from now on, as a broken disk does.
    await promisify(execFile)("prlimit", ["--pid", String(running.pid), "--fsize=0"]);
    const startedAt = performance.now();
    const ack = await socket.timeout(ANSWER_MS).emitWithAck("room:create", { game: "dash-dice" });
    assert.equal(ack.error?.code, "unavailable", JSON.stringify(ack));
    const [payload] = await told;
    assert.equal(typeof payload.reconnect_in_ms, "number");
    const { code, stderr } = await running.ended;
    figure("ended after the first failed write (ms)", performance.now() - startedAt);
    dismiss(cast);
    assert.equal(code, 1);
    // lmdb says something of its own before.
    assert.match(
      stderr.trim().split("\n").at(-1) ?? "",
      /^muster: writing to .* failed, restart when the disk is well: .*$/,
    );
    await server.start(env).listening;
  });

  it("production without a secret: code 78, and lines that say what is missing", async () => {
    const { code, stderr } = await server.start({ NODE_ENV: "production" }).ended;
    assert.equal(code, 78);
    assert.match(stderr, /JWT_SECRET/);
    for (const line of stderr.trim().split("\n")) assert.doesNotMatch(line, /^\s+at /, "no stack");
  });

  it("a port that is taken: one line that says what to do, and code 1", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    assert.ok(typeof address === "object" && address);
    const { code, stderr } = await server.start({ ...env, WEBSOCKET_PORT: String(address.port) }).ended;
    other.close();
    assert.equal(code, 1);
    assert.match(stderr.trim(), /^muster: port \d+ is taken.*WEBSOCKET_PORT$/);
  });

  it("a second process on the same DATA_DIR: one line that says whose it is, and code 1", async () => {
    const first = server.start(env);
    await first.listening;
    const { code, stdout, stderr } = await server.start({ ...env, DRAIN_TIME: "0s", WEBSOCKET_PORT: "0" })
      .ended;
    assert.equal(code, 1);
    assert.doesNotMatch(stdout, /stack/, "the line says all that helps");
    assert.match(stderr.trim(), /^muster: DATA_DIR .* in use by process \d+.*$/);
  });

  it("kill -9 in the middle of a game, started again on the same DATA_DIR: the game goes on", async () => {
    const first = server.start(env);
    await first.listening;
    const stage = { ...quietly, url: first.url, apart: false };
    const cast = await assemble(stage);
    const match = await startMatch(stage, cast);
    first.kill("SIGKILL");
    await first.ended;
    const killedAt = performance.now();
    await server.start(env).listening;
    figure("listens again after (ms)", performance.now() - killedAt);
    await goesOn(stage, match);
    figure("game over after (ms)", performance.now() - killedAt);
    dismiss(cast);
  });

  it("pm2 reload with the embedded store: the new process takes over, and the game goes on", async () => {
    const pm2 = await startPm2({ env: { JWT_SECRET: SECRET } });
    let cast: Cast | undefined;
    try {
      const stage = { ...quietly, url: pm2.url, apart: false };
      cast = await assemble(stage);
      const match = await startMatch(stage, cast);
      const before = [...(await pm2.pids()).keys()];
      const startedAt = performance.now();
      await pm2.reload();
      figure("pm2 reload took (ms)", performance.now() - startedAt);
      await goesOn(stage, match);
      const after = [...(await pm2.pids()).keys()];
      assert.equal(after.length, 1);
      assert.notDeepEqual(after, before);
    } finally {
      if (cast) dismiss(cast);
      await pm2.stop();
    }
  });
});
