/** The console's page in a real browser, by mouse and on a phone. With UPDATE_IMAGES=1 its pictures in docs/images are taken anew. */
import assert from "node:assert/strict";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { chatContract } from "../../../namespaces/chat/schema.ts";
import { combatContract } from "../../../namespaces/combat/index.ts";
import { gameContract } from "../../../namespaces/game/schema.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { worldContract } from "../../../namespaces/world/index.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { openBrowser } from "../../support/browser.ts";
import { post } from "../../support/http.ts";
import { accessibilityProblems, DESKTOP, openPage, PHONE } from "../../support/page.ts";
import { startPrefixProxy } from "../../support/prefix-proxy.ts";
import { OPERATOR, startWith, VIEWER } from "./support.ts";

const yaml = "matchmaking:\n  modes:\n    ranked: {game: dash-dice, teams: 2, players_per_team: 1}\n";

async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.UPDATE_IMAGES) return;
  const folder = path.resolve(import.meta.dirname, "../../../docs/images");
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

async function logIn(page: Page, { username, password }: typeof OPERATOR): Promise<void> {
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("#login button");
  await page.waitForSelector("nav:not([hidden])");
}

/** Nothing in it can be wrapped at. */
const LONG = "x".repeat(64);

const DEVICES: readonly (readonly [string, BrowserContextOptions])[] = [
  ["desktop", { ...DESKTOP, colorScheme: "light" }],
  ["phone", { ...PHONE, colorScheme: "dark" }],
];
const PARTS = [
  "overview",
  "connections",
  "users",
  "rooms",
  "fights",
  "zones",
  "queues",
  "channels",
  "streams",
  "deadlines",
  "audit",
];

onEachSetup((setup) => {
  describe("the console's page", function () {
    this.timeout(process.env.UPDATE_IMAGES ? 180_000 : 60_000);
    let browser: Browser;
    before(async () => {
      browser = await openBrowser();
    });
    after(() => browser?.close());
    afterEach(async () => {
      for (const context of browser.contexts()) await context.close();
    });

    async function open(url: string, options: BrowserContextOptions = DESKTOP) {
      const errors: string[] = [];
      const page = await openPage(browser, `${url}/console`, errors, options);
      return { page, errors };
    }

    /** Somebody plays, waits and talks. */
    async function busy(app: TestApp) {
      const ann = await app.connect(gameContract, "ann", {
        claims: { name: "Ann", client_id: "anns-phone" },
      });
      const bob = await app.connect(gameContract, "bob", { worker: 1, claims: { name: "Bob" } });
      const { room } = await ann.call("room:create", { game: "goofspiel" });
      await bob.call("room:join", { room_id: room.room_id });
      await ann.call("room:start", { room_id: room.room_id });
      await ann.call("game:action", { room_id: room.room_id, action: "bid", args: { card: 7 } });
      const carol = await app.connect(matchmakingContract, "carol", { worker: 1 });
      const { ticket_id } = await carol.call("queue_join", { game_mode: "ranked" });
      const fighter = await app.connect(combatContract, "ann");
      const participants = [
        { id: "ann", kind: "player" as const, team: 1 },
        { id: "wolf", kind: "monster" as const, team: 2 },
      ];
      const { combat_session_id } = await fighter.call("combat_create", { participants });
      await fighter.call("combat_join", { combat_session_id });
      const walker = await app.connect(worldContract, "bob", { worker: 1, claims: { name: LONG } });
      await walker.call("enter", { zone: LONG, x: 1, y: 2 });
      await walker.call("entity_spawn", { entity_id: LONG, kind: "tree", x: 1, y: 2, data: { note: LONG } });
      const chat = await app.connect(chatContract, "ann");
      await chat.call("chat_message", { channel: "global", content: "<b>hello</b> all" });
      return { room: room.room_id, ticket: ticket_id, fight: combat_session_id, chat };
    }

    it("shows every part on a desktop and a phone, light and dark, without errors or serious findings", async () => {
      const app = await startWith(setup, { yaml });
      const { room, ticket, fight, chat } = await busy(app);
      for (const [shown, device] of setup.name.startsWith("embedded") ? DEVICES : DEVICES.slice(0, 1)) {
        const { page, errors } = await open(app.url, device);
        await page.waitForSelector("#login:not([hidden])");
        assert.deepEqual(await accessibilityProblems(page), [], "log-in");
        await logIn(page, OPERATOR);
        const isAll = shown === "desktop" && setup.name.startsWith("embedded");
        const paths = [
          ...(isAll ? PARTS : PARTS.slice(0, 2)),
          "users/ann",
          `rooms/${room}`,
          `fights/${fight}`,
          `zones/${LONG}`,
          `queues/ranked/${ticket}`,
          "channels/global",
        ];
        for (const part of paths) {
          await page.evaluate(`location.hash = "#/${part}"`);
          await page.waitForSelector(`nav a[href="#/${part.split("/", 1)}"][aria-current]`);
          await page.waitForSelector("#view table");
          const wide = await page.evaluate("document.documentElement.scrollWidth");
          assert.ok(Number(wide) <= (device.viewport?.width ?? 0), `${part} is ${wide} wide`);
          assert.deepEqual(await accessibilityProblems(page), [], `${part} on a ${shown}`);
          assert.equal(await page.textContent("#problem"), "", part);
        }
        await page.evaluate(`location.hash = "#/overview"`);
        await page.waitForSelector(".plot canvas >> nth=3");
        for (let round = 0; process.env.UPDATE_IMAGES && round < 8; round++) {
          for (let say = 0; say < 1 + (round % 4); say++)
            await chat.raw("chat_message", { channel: "global", content: "hello" });
          await page.waitForResponse(/workers/);
        }
        await picture(page, `console-overview-${shown}`);
        await page.evaluate(`location.hash = "#/rooms/${room}"`);
        await page.getByRole("heading", { name: "A spectator" }).waitFor();
        await picture(page, `console-room-${shown}`);
        assert.deepEqual(errors, []);
      }
    });

    it("lets an operator mute a user and shows it in the audit; what players write is no markup", async () => {
      const app = await startWith(setup, { yaml });
      const { chat } = await busy(app);
      const { page, errors } = await open(app.urls.at(-1) ?? "");
      await logIn(page, OPERATOR);
      await page.click("text=Channels");
      await page.click("text=Open >> nth=-1");
      await page.getByRole("cell", { name: "<b>hello</b> all" }).waitFor();
      await page.click("nav >> text=Users");
      await page.click("role=link[name='ann']");
      await page.click("role=button[name='Mute']");
      await page.fill("dialog input[name=reason]", "too loud");
      await page.fill("dialog input[name=duration_s]", "60");
      await page.click("dialog button[type=submit]");
      await page.getByText('"too loud"').waitFor();
      const refused = await chat.refused("chat_message", { channel: "global", content: "?" });
      assert.equal(refused.code, "muted");
      await page.click("nav >> text=Audit");
      await page.getByRole("cell", { name: `console:${OPERATOR.username}` }).waitFor();
      await picture(page, "console-audit");
      await page.click("#logout");
      await page.waitForSelector("#login:not([hidden])");
      await page.reload();
      await page.waitForSelector("#login:not([hidden])");
      assert.deepEqual(errors, []);
    });

    it("shows a viewer no actions, below a path of a proxy's, and asks nothing while it is hidden", async () => {
      const app = await startWith(setup, { yaml });
      await busy(app);
      const proxy = await startPrefixProxy(app.url, "/play");
      try {
        const { page, errors } = await open(proxy.url);
        await page.fill("#username", VIEWER.username);
        await page.fill("#password", "not the password");
        await page.click("#login button");
        await page.getByText("invalid credentials").waitFor();
        await logIn(page, VIEWER);
        await page.waitForSelector(".plot canvas");
        await page.goto(`${proxy.url}/console#/users/ann`);
        await page.getByText("anns-phone").waitFor();
        assert.equal(await page.getByRole("button", { name: "Mute" }).count(), 0);
        let asked = 0;
        page.on("request", () => asked++);
        await page.click("nav >> text=Queues");
        await page.getByRole("link", { name: "ranked" }).waitFor();
        assert.equal(asked, 1, "the figures of the overview are not asked for elsewhere");
        // The browser tells of the one refused log-in.
        assert.deepEqual(
          errors.filter((text) => !text.includes("401")),
          [],
        );
      } finally {
        await proxy.close();
      }
    });

    // What the page does by itself; that a session ends on every worker, look.test.ts has.
    if (!setup.name.startsWith("embedded")) return;
    it("has one log-in in all windows, keeps its place when reloaded, and asks again when the session has ended", async () => {
      const app = await startWith(setup, { yaml, env: { RATE_LIMITS_EVENTS: "entity_spawn=off" } });
      const svc = await app.connect(worldContract, "svc", { claims: { roles: ["service"] } });
      await svc.call("enter", { zone: "mine", x: 0, y: 0 });
      const ids = Array.from({ length: 55 }, (_, at) => `ore-${String(at).padStart(2, "0")}`);
      for (const entity_id of ids) await svc.call("entity_spawn", { entity_id, kind: "ore", x: 1, y: 1 });
      const { page, errors } = await open(app.url);
      await logIn(page, OPERATOR);
      const other = await page.context().newPage();
      other.setDefaultTimeout(15_000);
      other.on("pageerror", ({ message }) => errors.push(message));
      await other.goto(`${app.url}/console#/zones/mine`);
      await other.getByRole("cell", { name: "ore-00" }).waitFor();
      assert.equal(await other.getByRole("cell", { name: "ore-54" }).count(), 0, "a page at a time");
      await other.reload();
      await other.getByRole("cell", { name: "ore-00" }).waitFor();
      await other.click("text=More >> visible=true");
      await other.getByRole("cell", { name: "ore-54" }).waitFor();

      await page.click("#logout");
      await other.waitForSelector("#login:not([hidden])");
      await logIn(other, OPERATOR);
      await other.getByRole("cell", { name: "ore-00" }).waitFor();
      await page.waitForSelector("nav:not([hidden])");

      await page.click("nav >> text=Zones");
      await page.getByRole("link", { name: "mine" }).waitFor();
      const session = String(await page.evaluate("localStorage.getItem('muster_console')"));
      assert.equal((await post(`${app.url}/api/console/logout`, {}, { token: session })).status, 200);
      await page.click("nav >> text=Users");
      await page.getByText("Your log-in has ended").waitFor();
      assert.equal(await page.isVisible("#login"), true);
      await other.waitForSelector("#login:not([hidden])");
      await logIn(page, VIEWER);
      await page.getByRole("link", { name: "svc" }).click();
      await page.getByText("Devices and connections").waitFor();
      assert.equal(await page.getByRole("button", { name: "Ban" }).count(), 0);
      const refused = await page.evaluate(
        `fetch("api/console/ban", {method: "POST", body: '{"user_id": "svc"}', headers: {"content-type": "application/json",
          authorization: "Bearer " + localStorage.getItem("muster_console")}}).then((answer) => answer.status)`,
      );
      assert.equal(refused, 403);
      // The browser tells of what was refused.
      assert.deepEqual(
        errors.filter((text) => !/40[13]/.test(text)),
        [],
      );
    });
  });
});
