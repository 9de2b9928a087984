/** The playground in a real browser. With UPDATE_IMAGES=1 its picture in docs/images is taken anew. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { Type } from "typebox";
import { typesOf } from "../../server/commands/types/write.ts";
import { defineEvent } from "../../server/custom-events.ts";
import { closeAll, startEmbedded, startTwoWorkers } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";
import { accessibilityProblems, DESKTOP, openPage, PHONE } from "../support/page.ts";

const run = promisify(execFile);
const DEV = { env: { AUTH_MODE: "dev" } };
const cheer = defineEvent({
  namespace: "/game",
  name: "cheer",
  summary: "Cheers so many times.",
  schema: Type.Object({ times: Type.Integer({ minimum: 1, maximum: 9 }) }),
  handle: (_context, { times }) => ({ cheered: times }),
});

/** The column of a user. */
const columnOf = (page: Page, user: string) => page.locator(`.column:has(h2:text-is("${user}"))`);

async function addUser(page: Page, user: string, { over = "socket.io", role = "" } = {}) {
  await page.fill("#user", user);
  await page.selectOption("#role", role === "" ? { label: "player" } : role);
  await page.selectOption("#over", over);
  await page.click("#add button");
  const column = columnOf(page, user);
  await column.locator(".state.connected").first().waitFor();
  return column;
}
type Column = Awaited<ReturnType<typeof addUser>>;

async function pick(column: Column, command: string, fields: Readonly<Record<string, string>> = {}) {
  await column.locator("select.name").selectOption(command);
  for (const [name, value] of Object.entries(fields))
    await column.locator(`.fields [name=${name}]`).fill(value);
}

async function send(column: Column, command: string, fields: Readonly<Record<string, string>> = {}) {
  await pick(column, command, fields);
  await column.locator(".send").click();
}

const entry = (column: Column, kind: string, text: string) =>
  column.locator(`.timeline .${kind}`, { hasText: text });

describe("the playground", () => {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await closeAll();
  });

  it("knows every command with its schema, the application's own, and the actions of games", async () => {
    const app = await startEmbedded({ ...DEV, app: { events: [cheer] } });
    const answer = await fetch(`${app.url}/playground/contracts.json`);
    const { namespaces, games } = (await answer.json()) as {
      namespaces: { namespace: string; commands: { name: string; input: object; own?: true }[] }[];
      games: { name: string; actions: object }[];
    };
    assert.equal(namespaces.length, 6);
    const commands = namespaces.find(({ namespace }) => namespace === "/game")?.commands ?? [];
    assert.ok(commands.some(({ name, own }) => name === "cheer" && own === true));
    assert.ok(
      commands.some(({ name }) => name === "room:create") && commands.some(({ name }) => name === "ping"),
    );
    assert.ok(
      games.some(({ name, actions }) => name === "dash-dice" && Object.keys(actions).includes("roll")),
    );
    const document = await (await fetch(`${app.url}/playground/asyncapi.json`)).text();
    assert.match(typesOf("csharp", JSON.parse(document), "Made by a test."), /class CheerCommand/);
  });

  it("is not there in production, unless it is asked for", async () => {
    const JWT_SECRET = "a-secret-of-a-test-that-is-long-enough-for-production-0123456789";
    for (const [env, status] of [
      [{}, 404],
      [{ PLAYGROUND: "true" }, 200],
    ] as const) {
      const app = await startEmbedded({ env: { NODE_ENV: "production", JWT_SECRET, ...env } });
      for (const file of [
        "playground",
        "playground/contracts.json",
        "playground/asyncapi.json",
        "playground/main.js",
      ])
        assert.equal((await fetch(`${app.url}/${file}`)).status, status, file);
      await closeAll();
    }
  });

  for (const [name, start] of [
    ["embedded, one process", startEmbedded],
    ["Redis, two workers", startTwoWorkers],
  ] as const)
    it(`lets two users play side by side, one over each transport (${name})`, async () => {
      const app = await start({ ...DEV, app: { events: [cheer] } });
      const problems: string[] = [];
      const page = await openPage(browser, `${app.url}/playground`, problems, DESKTOP);
      const ann = await addUser(page, "ann");
      const bob = await addUser(page, "bob", { over: "plain" });
      await send(ann, "room:create", { game: "dash-dice" });
      await entry(ann, "answer", "room:create: done").waitFor();
      // The id of the room is suggested to both.
      await pick(bob, "room:join");
      const suggested = bob.locator(".fields label", { hasText: "room_id" }).locator("option").first();
      const room_id = (await suggested.getAttribute("value")) ?? (await suggested.textContent()) ?? "";
      assert.match(room_id, /^r/);
      await send(bob, "room:join", { room_id });
      await entry(ann, "event", "/game room:updated").last().waitFor();
      await send(ann, "room:start", { room_id });
      await entry(bob, "event", "/game game_started").waitFor();
      await send(ann, "cheer", { times: "3" });
      await entry(ann, "answer", '{"cheered":3}').waitFor();

      // What is wrong is told in the timeline, and the form goes on.
      await send(ann, "game:action", { room_id, action: "roll", args: "{not json" });
      await entry(ann, "refused", "args: this is not JSON").waitFor();
      await send(bob, "room:start", { room_id });
      await entry(bob, "refused", "room:start: conflict")
        .or(entry(bob, "refused", "room:start: forbidden"))
        .waitFor();
      assert.deepEqual(await accessibilityProblems(page), []);
      assert.deepEqual(problems, []);
      if (process.env.UPDATE_IMAGES) {
        await pick(ann, "game:action");
        await page.screenshot({
          path: path.resolve(import.meta.dirname, "../../docs/images/playground.png"),
        });
      }
    });

  it("drops a connection, ends a token, delays and sends twice; the user comes back", async () => {
    const app = await startEmbedded(DEV);
    const page = await openPage(browser, `${app.url}/playground`, []);
    for (const over of ["socket.io", "plain"]) {
      const user = await addUser(page, over === "plain" ? "pia" : "sam", { over });
      await pick(user, "ping");
      await user.locator(".twice").click();
      await entry(user, "answer", "ping: done").nth(1).waitFor();
      await user.locator(".delay").check();
      await user.locator(".clear").click();
      await user.locator(".send").click();
      const told = await entry(user, "answer", "ping: done").textContent();
      assert.ok(Number(/in (\d+) ms/.exec(told ?? "")?.[1]) >= 300, told ?? "");
      await user.locator(".delay").uncheck();
      await user.locator(".drop").click();
      await entry(user, "state", "disconnected from /game").waitFor();
      await entry(user, "state", "connected to /game").last().waitFor();
      await user.locator(".state.connected").first().waitFor();
      await user.locator(".clear").click();
      await user.locator(".expire").click();
      await entry(user, "state", "the token ends in a second").waitFor();
      await entry(user, "state", "disconnected from /game").waitFor();
      await user.locator(".state.connected").first().waitFor();
      await user.locator(".clear").click();
      await user.locator(".send").click();
      await entry(user, "answer", "ping: done").waitFor();
      await user.locator(".frames").check();
      await entry(user, "frame", "→").first().waitFor();
    }
  });

  it("gives a command as code that works: socket.io-client, plain WebSocket and curl", async () => {
    const app = await startEmbedded(DEV);
    const page = await openPage(browser, `${app.url}/playground`, []);
    const ann = await addUser(page, "ann");
    await ann.locator("select.namespace").selectOption("/chat");
    await pick(ann, "chat_message", { channel: "global", content: "it's me" });
    const token = app.token("ann");
    const folder = await mkdtemp(path.join(import.meta.dirname, ".playground-"));
    try {
      for (const kind of ["socket.io", "plain", "typed", "curl"]) {
        await ann.locator(".copy").selectOption(kind);
        const text = (await ann.locator(".copied").textContent()) ?? "";
        assert.ok(text.includes("chat_message"), kind);
        if (kind === "typed") continue;
        if (kind === "curl") {
          const { stdout } = await run("bash", ["-c", text], {
            env: { ...process.env, TOKEN: token },
            timeout: 40_000,
          });
          assert.match(stdout, /43\/chat,1\[\{"ok":true/);
          continue;
        }
        const file = path.join(folder, `${kind}.mjs`);
        const head = kind === "plain" ? 'import WebSocket from "ws";\n' : "";
        const end =
          kind === "plain"
            ? "\nsetTimeout(() => process.exit(1), 10_000);\nconst show = ws.onmessage;\nws.onmessage = (event) => { show(event); if (JSON.parse(event.data).type === 'ack') process.exit(0); };"
            : "\nprocess.exit(0);";
        await writeFile(file, `${head}const TOKEN = ${JSON.stringify(token)};\n${text}${end}\n`);
        const { stdout } = await run(process.execPath, [file], { timeout: 40_000 });
        assert.match(stdout, /ok"?: true|"ok":true/, kind);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("works on a phone, and tells what a server without tokens for everybody needs", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "jwt" } });
    const page = await openPage(browser, `${app.url}/playground`, [], PHONE);
    await page.fill("#user", "ann");
    await page.click("#add button");
    await page.locator("#problem", { hasText: "hands out no tokens" }).waitFor();
    await page.fill("#token", app.token("ann"));
    await page.click("#add button");
    await columnOf(page, "ann").locator(".state.connected").first().waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    const overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
    assert.ok(Number(overflow) <= 0, `the page is ${overflow} pixels wider than the screen`);
  });
});
