import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { closeAll, SECRET, startEmbedded, startTwoWorkers, type TestApp } from "../support/app.ts";
import { ROOT } from "../support/built.ts";
import { freePort } from "../support/free-port.ts";
import { type LoadProject, loadProject } from "./support.ts";

/** In TypeScript that Node itself can't run; each user does a known number of things, of which some fail. */
const COUNTED = `
import { defineScenario, LoadFailure, type ScenarioUser } from "muster-server/load";
type Params = { readonly times: number; readonly word: string };
const refused = (user: ScenarioUser<Params>) => user.action("refused", () => user.muster.in("/chat").call("chat_message", { channel: "party", content: user.params.word }));
export default defineScenario({
  name: "counted",
  params: { times: 3, word: "hello" } satisfies Params,
  group: 2,
  claims: ({ group }) => ({ guildId: "guild" + group }),
  async user(user): Promise<void> {
    const chat = await user.connect("/chat");
    chat.on("chat_message", ({ content }) => user.count("heard " + content));
    await user.together.meet("all are there");
    for (let at = 0; at < user.params.times; at++)
      await user.action("say", () => chat.call("chat_message", { channel: "guild", content: user.params.word }));
    await refused(user).catch(() => undefined);
    await user.action("own", () => { throw new LoadFailure("my_code", "of my own"); }).catch(() => undefined);
    const socket = await user.socket("/chat");
    const { message_id } = await user.action("raw", () => user.call(socket, "chat_message", { channel: "guild", content: "raw" }));
    const plain = await user.webSocket("/ws/chat");
    await user.action("plain", () => plain.call("read", { channel: "guild", offset: 1 }));
    user.sample("measured", typeof message_id === "string" ? 12 : 9_999);
    const shared = await user.together.share("made once", async () => user.id);
    if (shared !== user.together.ids[0] && shared !== user.together.ids[1]) user.fail("share", "wrong", shared);
    await user.together.meet("all have spoken");
    await user.pause(200);
  },
});
`;

describe("muster load", () => {
  let project: LoadProject;
  let app: TestApp;

  before(async () => {
    project = await loadProject();
    await project.put("counted.ts", COUNTED);
  });
  after(() => project.close());
  afterEach(closeAll);

  const quick = (url: string) => ["--url", url, "--users", "6", "--ramp", "0", "--duration", "20s"];

  it("counts what a scenario in TypeScript does with every kind of client, in two processes", async () => {
    app = await startEmbedded();
    const { code, stdout, stderr, result } = await project.run([
      ...["./counted.ts", ...quick(app.url), "--processes", "2", "--set", "times=4", "--html", "report.html"],
      ...["--fail", "errors:say>0", "--fail", "p99:measured>13ms"],
    ]);
    assert.equal(code, 0, stderr);
    assert.equal(result.ended, "all_users_left");
    assert.deepEqual(result.users, { begun: 6, most_active: 6, left: 6, restarts: 0 });
    const of = (name: string) => {
      const { count, failed } = result.actions.find((action) => action.name === name) ?? {};
      return [count, failed];
    };
    assert.deepEqual(
      ["connect /chat", "connect /ws/chat", "say", "raw", "plain", "refused", "own", "measured"].map(of),
      [
        [12, 0],
        [6, 0],
        [24, 0],
        [6, 0],
        [6, 0],
        [0, 6],
        [0, 6],
        [6, 0],
      ],
    );
    const { latency_ms } = result.actions.find(({ name }) => name === "measured") ?? {};
    assert.ok(latency_ms && latency_ms.p50 >= 12 && latency_ms.p99 <= 12.4 && latency_ms.max === 12);
    assert.deepEqual(result.errors.map(({ action, code, count }) => [action, code, count]).sort(), [
      ["own", "my_code", 6],
      ["refused", "forbidden", 6],
    ]);
    // Each of a guild hears what both say.
    assert.deepEqual(result.counters.map(({ name, total }) => [name, total]).sort(), [
      ["heard hello", 48],
      ["heard raw", 12],
    ]);
    assert.equal(result.processes.length, 2);
    assert.ok(
      result.server[0]?.points.length && result.server[0].points.some(({ rss_bytes }) => rss_bytes > 1e7),
    );
    assert.match(await readFile(join(project.folder, "report.html"), "utf8"), /<title>counted: load report</);
    assert.match(
      stdout,
      /^counted: 6 users in groups of 2[\s\S]*say +\d[\s\S]*failed 6 × refused: forbidden/,
    );
    assert.match(stdout, /ok {3}errors:say>0 \(0\)/);
  });

  it("ends with 1 where a condition holds, of the scenario's own or given, and says which", async () => {
    app = await startEmbedded();
    await project.put(
      "fails.ts",
      COUNTED.replace('name: "counted",', 'name: "counted", fail: ["errors:refused>5"],'),
    );
    const { code, stdout, result } = await project.run([
      "./fails.ts",
      ...quick(app.url),
      "--fail",
      "p99:measured>11ms",
    ]);
    assert.equal(code, 1);
    assert.deepEqual(
      result.thresholds.map(({ fail, passed }) => [fail, passed]),
      [
        ["errors:refused>5", false],
        ["p99:measured>11ms", false],
      ],
    );
    assert.match(stdout, /FAIL errors:refused>5 \(6\)/);
  });

  it("users take two workers in turn, and hear each other", async () => {
    app = await startTwoWorkers();
    const [one = "", other = ""] = app.urls;
    const { code, stderr, result } = await project.run(["./counted.ts", ...quick(one), "--url", other]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(result.counters.map(({ name, total }) => [name, total]).sort(), [
      ["heard hello", 36],
      ["heard raw", 12],
    ]);
    assert.deepEqual(result.plan.urls, [one, other]);
  });

  it("a user that fails begins anew with connections of its own, and one that is stuck does not keep the run", async () => {
    app = await startEmbedded();
    await project.put(
      "stuck.mjs",
      `import { defineScenario } from "muster-server/load";
let lives = 0;
export default defineScenario({
  name: "stuck",
  async user(user) {
    const game = await user.connect("/game");
    if (user.index === 0 && lives++ === 0) throw new TypeError("a mistake of the author");
    if (user.index === 1) await new Promise(() => {});
    if (user.index === 2) Promise.reject(new Error("that nobody waits for"));
    await user.every(100, "ping", () => game.call("ping", {}));
  },
});`,
    );
    const began = Date.now();
    const { result } = await project.run([
      "./stuck.mjs",
      "--url",
      app.url,
      "--users",
      "3",
      "--ramp",
      "0",
      "--duration",
      "2s",
    ]);
    assert.ok(Date.now() - began < 30_000);
    assert.deepEqual([result.users.restarts, result.ended], [1, "time"]);
    assert.deepEqual(
      result.errors.map(({ action, code, count, example }) => [action, code, count, example]),
      [["(user)", "TypeError", 1, "a mistake of the author"]],
    );
    const pings = result.actions.find(({ name }) => name === "ping")?.count ?? 0;
    assert.ok(pings > 20 && pings <= 42, `${pings} pings`);
  });

  it("tokens come from a command, or from nowhere for guests", async () => {
    app = await startEmbedded();
    await project.put(
      "guest.mjs",
      `import { defineScenario } from "muster-server/load";
export default defineScenario({
  name: "guest",
  claims: () => ({ name: "Ann" }),
  async user(user) {
    const game = await user.connect("/game");
    await user.action("list", () => game.call("room:list", {}));
    if (await user.token()) await user.action("create", () => game.call("room:create", {}));
  },
});`,
    );
    await project.put(
      "token.mjs",
      `import { spawnSync } from "node:child_process";
const { MUSTER_LOAD_USER: user, MUSTER_LOAD_CLAIMS: claims } = process.env;
const { name = "nobody" } = JSON.parse(claims);
process.stdout.write(spawnSync(process.execPath, [${JSON.stringify(join(ROOT, "dist/server/cli.js"))}, "token", "--user", user, "--name", name], { encoding: "utf8" }).stdout);`,
    );
    const few = ["--url", app.url, "--users", "2", "--ramp", "0", "--duration", "20s"];
    const node = JSON.stringify(process.execPath);
    const [guests, command, broken, killed] = await Promise.all([
      project.load(["guest.mjs", ...few, "--anonymous", "--json", "-"], { JWT_SECRET: "" }),
      project.load(["guest.mjs", ...few, "--token-command", `${node} token.mjs`, "--json", "-"]),
      project.load(["guest.mjs", ...few, "--token-command", "echo secret; exit 3"]),
      project.load(["guest.mjs", ...few, "--token-command", "echo secret >&2; kill -9 $$"]),
    ]);
    assert.equal(guests?.code, 0, guests?.stderr);
    assert.deepEqual(
      JSON.parse(guests?.stdout ?? "").actions.map(({ name, count }: { name: string; count: number }) => [
        name,
        count,
      ]),
      [
        ["connect /game", 2],
        ["list", 2],
      ],
    );
    assert.equal(command?.code, 0, command?.stderr);
    assert.deepEqual(JSON.parse(command?.stdout ?? "").errors, []);
    assert.match(command?.stdout ?? "", /"create"/);
    assert.deepEqual([broken?.code, broken?.stdout], [78, ""]);
    assert.match(broken?.stderr ?? "", /^muster load: token_failed: --token-command: it ended with 3\n$/);
    assert.match(
      killed?.stderr ?? "",
      /^muster load: token_failed: --token-command: it was ended by SIGKILL\n$/,
    );
  });

  it("refuses what it can't run, each with its exit code, before any user comes", async () => {
    app = await startEmbedded();
    const closed = `http://127.0.0.1:${await freePort()}`;
    const here = ["--url", app.url];
    const wrong: readonly [readonly string[], number, RegExp, Record<string, string>?][] = [
      [["rooms", ...here, "--user", "5"], 64, /--user is not an option.*did you mean --users\?/],
      [["./other.ts", ...here], 64, /scenario_invalid: .* no default export/],
      [["rooms", "--url", closed], 69, /unreachable: no server answers at .* \(ECONNREFUSED\)/],
      [["rooms", "--url", `${app.url}/nowhere`], 69, /unreachable: .*\/health answered with 404/],
      [["rooms", ...here], 69, /refused: .* \(token_invalid\)/, { JWT_SECRET: `another ${SECRET}` }],
      [["rooms", ...here, "--dev"], 69, /refused: .* \(unauthorized\)/],
      [["rooms", ...here], 78, /token_key_missing: .*JWT_SECRET/, { JWT_SECRET: "" }],
      [["rooms", ...here], 78, /the configuration has mistakes/, { LOG_LEVEL: "loud" }],
    ];
    await project.put("other.ts", "export const scenario: number = 1;");
    await Promise.all(
      wrong.map(async ([args, code, said, env]) => {
        const ended = await project.load(args, env);
        assert.match(ended.stderr, said, args.join(" "));
        assert.deepEqual([ended.code, ended.stdout], [code, ""], args.join(" "));
        assert.ok(!ended.stderr.includes(SECRET) && !/\n {4}at /.test(ended.stderr), ended.stderr);
      }),
    );
  });

  it("lists the shipped scenarios with what can be set", async () => {
    const { code, stdout } = await project.load(["--list"], { JWT_SECRET: "" });
    assert.equal(code, 0);
    assert.match(stdout, /^rooms +\/: publish[^\n]*\n +--set room_size=20\n/m);
  });

  it("Ctrl-C ends a run early with its result", async () => {
    app = await startEmbedded();
    const args = [
      "rooms",
      "--url",
      app.url,
      "--users",
      "4",
      "--ramp",
      "0",
      "--duration",
      "10m",
      "--json",
      "early.json",
    ];
    const child = spawn(process.execPath, [join(ROOT, "dist/server/cli.js"), "load", ...args], {
      cwd: project.folder,
      env: { PATH: process.env.PATH, JWT_SECRET: SECRET },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // The first line of progress: users are there.
    await once(child.stderr, "data");
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
    const result = JSON.parse(await readFile(join(project.folder, "early.json"), "utf8"));
    assert.equal(result.ended, "interrupted");
    assert.equal(result.users.begun, 4);
  });
});
