import assert from "node:assert/strict";
import { type ExecFileOptions, execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { COMMANDS } from "../../server/commands/index.ts";
import { ensureBuilt, ROOT } from "../support/built.ts";
import { freePort } from "../support/free-port.ts";
import { startRedis } from "../support/redis.ts";

const SECRET = "a secret of the command line's tests, longer than 32 bytes";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = "";

/** The command as it is installed, in an empty folder. */
function muster(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
): Promise<Ended> {
  const options: ExecFileOptions = { cwd: folder, env: { PATH: process.env.PATH, ...env }, timeout: 30_000 };
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [join(ROOT, "dist/server/cli.js"), ...args],
      options,
      (error, stdout, stderr) =>
        done({
          code: error === null ? 0 : Number(error.code),
          stdout: String(stdout),
          stderr: String(stderr),
        }),
    );
    child.stdin?.end(input);
  });
}

describe("the command line", () => {
  before(() => ensureBuilt());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "muster-test-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("prints what it can do, and of each command what it takes, where nothing is configured", async () => {
    const overview = await muster(["--help"]);
    assert.deepEqual([overview.code, overview.stderr], [0, ""]);
    await Promise.all(
      COMMANDS.map(async ({ name, summary }) => {
        assert.ok(overview.stdout.includes(`${name.padEnd(14)}${summary}`), name);
        const help = await muster([name, "--help"], { LOG_LEVEL: "loud" });
        assert.deepEqual([help.code, help.stderr], [0, ""], name);
        assert.match(
          help.stdout,
          new RegExp(`^usage: muster ${name}\\b[\\s\\S]*Exit codes: 0 |^usage: muster ${name}\\b`),
        );
      }),
    );
    const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { version: string };
    assert.equal((await muster(["--version"])).stdout, `${version}\n`);
    assert.equal((await muster(["doctor", "--version"])).stdout, `${version}\n`);
  });

  it("refuses what it does not know, and names what is like it", async () => {
    const [none, command, option, argument, server] = await Promise.all([
      muster([]),
      muster(["tokne"]),
      muster(["token", "--usr", "ann"]),
      muster(["doctor", "now"]),
      muster(["start", "--port", "80"]),
    ]);
    assert.deepEqual(
      [none, command, option, argument, server].map(({ code, stdout }) => [code, stdout]),
      Array.from({ length: 5 }, () => [64, ""]),
    );
    assert.match(none?.stderr ?? "", /^usage: muster COMMAND/);
    assert.match(command?.stderr ?? "", /^muster: tokne is not a command; did you mean token\?\n/);
    assert.match(
      option?.stderr ?? "",
      /^muster token: --usr is not an option of this command; did you mean --user\?\n/,
    );
    assert.match(argument?.stderr ?? "", /^muster doctor: now is not an argument of this command\n/);
    assert.match(server?.stderr ?? "", /^muster: --port is not an argument\n/);
  });

  it("check-config tells every mistake at once, also those of modes", async () => {
    await writeFile(join(folder, "config.yaml"), "server: {port: many}\nlog: {level: loud}\n");
    const wrong = await muster(["check-config"]);
    assert.deepEqual([wrong.code, wrong.stdout], [78, ""]);
    assert.match(wrong.stderr, /port[\s\S]*level|level[\s\S]*port/);
    await writeFile(
      join(folder, "config.yaml"),
      "matchmaking: {modes: {duel: {game: chess}, brawl: {teams: 0}}}\n",
    );
    const modes = await muster(["check-config"]);
    assert.equal(modes.code, 78);
    assert.match(modes.stderr, /matchmaking\.modes\.(duel|brawl)/);
    await writeFile(join(folder, "config.yaml"), "matchmaking: {modes: {duel: {game: dash-dice}}}\n");
    const right = await muster(["check-config"]);
    assert.deepEqual([right.code, right.stderr], [0, ""]);
    assert.match(right.stdout, /no mistakes: development/);
  });

  it("check-config takes games of one's own by their file", async () => {
    await writeFile(
      join(folder, "config.yaml"),
      "matchmaking: {modes: {hands: {game: rock-paper-scissors}}}\n",
    );
    const game = resolve(ROOT, "examples/write-a-game/rock-paper-scissors.ts");
    const env = { NODE_OPTIONS: `--import=${import.meta.resolve("tsx")}` };
    assert.equal((await muster(["check-config"])).code, 78);
    const known = await muster(["check-config", "--games", game], env);
    assert.equal(known.code, 0, known.stderr);
    const [missing, other] = await Promise.all([
      muster(["check-config", "--games", "nothing.js"]),
      muster(["check-config", "--games", join(ROOT, "ecosystem.config.js")]),
    ]);
    assert.deepEqual([missing?.code, other?.code], [64, 64]);
    assert.match(other?.stderr ?? "", /exports no game/);
  });

  it("check-token says what a token is good for, or why it is refused, and never prints it", async () => {
    const env = { JWT_SECRET: SECRET };
    const { stdout } = await muster(["token", "--user", "ann", "--roles", "moderator", "--ttl", "2h"], env);
    const token = stdout.trim();
    const [good, piped, other, garbage, none] = await Promise.all([
      muster(["check-token", token], env),
      muster(["check-token", "-"], env, `${token}\n`),
      muster(["check-token", token], { JWT_SECRET: `another ${SECRET}` }),
      muster(["check-token", "a.b.c"], env),
      muster(["check-token"], env),
    ]);
    assert.deepEqual([good?.code, piped?.code], [0, 0], good?.stderr);
    assert.match(good?.stdout ?? "", /user ann, name ann, roles moderator\nit ends at \d{4}-/);
    assert.deepEqual(
      [other?.code, other?.stderr],
      [1, "token_invalid: the signature does not fit the key\n"],
    );
    assert.equal(garbage?.code, 1);
    assert.match(garbage?.stderr ?? "", /^token_invalid: /);
    assert.equal(none?.code, 64);
    for (const ended of [good, piped, other]) assert.ok(!`${ended?.stdout}${ended?.stderr}`.includes(token));
  });

  it("doctor finds nothing bad on a machine that is fit, and says what is where it is not", async () => {
    const port = await freePort();
    const fit = await muster(["doctor"], { WEBSOCKET_PORT: String(port), WEBSOCKET_HOST: "127.0.0.1" });
    assert.equal(fit.code, 0, fit.stdout);
    assert.match(fit.stdout, /ok {4}Node 2[\s\S]*is free[\s\S]*GB free[\s\S]*embedded store[\s\S]*0 bad\n$/);
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(port, "127.0.0.1", done));
    const unfit = await muster(["doctor"], { WEBSOCKET_PORT: String(port), WEBSOCKET_HOST: "127.0.0.1" });
    taken.close();
    assert.equal(unfit.code, 1);
    assert.match(unfit.stdout, /BAD {3}the port can't be opened\n {6}→ port \d+ is taken: stop what uses it/);
    const wrong = await muster(["doctor"], { LOG_LEVEL: "loud" });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout, /BAD {3}.*level/i);
  });

  it("doctor looks at a real Redis, and at PM2's file", async () => {
    const redis = await startRedis({ args: ["--maxmemory-policy", "allkeys-lru"] });
    try {
      await writeFile(join(folder, "ecosystem.config.cjs"), "");
      await writeFile(join(folder, "package.json"), '{"type":"module"}');
      await writeFile(
        join(folder, "ecosystem.config.js"),
        'export const apps = [{script: "index.js", exec_mode: "fork", instances: 4, kill_timeout: 1000}];',
      );
      const env = {
        WEBSOCKET_PORT: String(await freePort()),
        REDIS_URL: redis.url,
        REDIS_REPLICAS_CONFIRM: "1",
      };
      const { code, stdout } = await muster(["doctor"], env);
      assert.equal(code, 1);
      for (const text of [
        /ok {4}Redis \d/,
        /look {2}appendonly is off[\s\S]*?→ set appendonly yes/,
        /BAD {3}maxmemory-policy is allkeys-lru/,
        /BAD {3}it has 0 replicas, and 1 must confirm/,
        /BAD {3}ecosystem\.config\.js starts several workers that can't share a port/,
        /look {2}kill_timeout is 1000/,
        /look {2}wait_ready is off/,
      ])
        assert.match(stdout, text);
    } finally {
      await redis.close();
    }
    const away = await muster(["doctor"], {
      WEBSOCKET_PORT: String(await freePort()),
      REDIS_URL: "redis://user:hidden@127.0.0.1:1",
    });
    assert.equal(away.code, 1);
    assert.match(away.stdout, /BAD {3}Redis does not answer/);
    assert.ok(!away.stdout.includes("hidden"));
  });

  it("types are written, or it says which language, file or address is wrong", async () => {
    await writeFile(join(folder, "broken.json"), "{");
    const port = await freePort();
    const [good, language, file, broken, address, two] = await Promise.all([
      muster(["types", "gdscript", "--out", "types.gd"]),
      muster(["types", "csharpe"]),
      muster(["types", "csharp", "none.json"]),
      muster(["types", "csharp", "broken.json"]),
      muster(["types", "csharp", `http://127.0.0.1:${port}/asyncapi.json`]),
      muster(["types", "csharp", "broken.json", "more"]),
    ]);
    assert.deepEqual([good.code, good.stdout, good.stderr], [0, "wrote types.gd\n", ""]);
    assert.match(await readFile(join(folder, "types.gd"), "utf8"), /class RoomCreateCommand:/);
    assert.deepEqual(
      [language, file, broken, address, two].map(({ code }) => code),
      [64, 1, 1, 1, 64],
    );
    assert.match(language.stderr, /csharpe is not a language of this command; did you mean csharp\?/);
    assert.match(file.stderr, /none\.json/);
    assert.match(broken.stderr, /broken\.json is not JSON/);
    assert.match(address.stderr, /ECONNREFUSED/);
  });

  it("health says whether a server answers", async () => {
    const { code, stderr } = await muster(["health"], { WEBSOCKET_PORT: String(await freePort()) });
    assert.equal(code, 1);
    assert.match(stderr, /ECONNREFUSED/);
  });

  it("init makes a project, and never writes over anything", async () => {
    const made = await muster(["init", "My-Game"]);
    assert.equal(made.code, 0, made.stderr);
    const files = await readdir(join(folder, "My-Game"));
    assert.deepEqual(files.toSorted(), [
      ".dockerignore",
      ".gitignore",
      "Dockerfile",
      "README.md",
      "config.yaml",
      "game.js",
      "game.test.js",
      "index.js",
      "package.json",
      "play.js",
    ]);
    const { name, dependencies } = JSON.parse(
      await readFile(join(folder, "My-Game/package.json"), "utf8"),
    ) as {
      name: string;
      dependencies: Record<string, string>;
    };
    assert.equal(name, "my-game");
    assert.match(dependencies["muster-server"] ?? "", /^\^\d/);
    for (const file of files)
      assert.ok(!(await readFile(join(folder, "My-Game", file), "utf8")).match(/{{\w+}}/), file);
    const [again, none, bad] = await Promise.all([
      muster(["init", "My-Game"]),
      muster(["init"]),
      muster(["init", "a b"]),
    ]);
    assert.deepEqual([again?.code, none?.code, bad?.code], [64, 64, 64]);
    assert.match(again?.stderr ?? "", /is not empty/);
  });
});
