/** The arena's page in a real browser: played by two pages, with the room's worker killed in between. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { connectMuster, type Muster } from "../../client/index.ts";
import { arena } from "../../games/arena.ts";
import { animatedPng } from "../support/animated-png.ts";
import { openBrowser } from "../support/browser.ts";
import { freePort } from "../support/free-port.ts";
import { sharedRedis, uniquePrefix } from "../support/redis.ts";
import { type ServerFolder, serverFolder } from "../support/server-process.ts";
import { until } from "../support/until.ts";

const IMAGES = path.resolve(import.meta.dirname, "../../docs/images");
const errors: string[] = [];

async function enter(
  browser: Browser,
  url: string,
  name: string,
  context: BrowserContextOptions = { viewport: { width: 1100, height: 640 } },
): Promise<Page> {
  const page = await (await browser.newContext(context)).newPage();
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (line) => {
    // Chromium reports the transport that the killed worker took along; no page can keep it from that.
    if (line.type() === "error" && !/ERR_CONNECTION|WebSocket/.test(line.text())) errors.push(line.text());
  });
  await page.goto(url);
  await page.fill("#name", name);
  await page.click("#login button");
  await until("a ship", async () => (await shown(page)).tick > 3 && (await shown(page)).y > 0);
  return page;
}

interface Shown {
  readonly tick: number;
  readonly epoch: number;
  readonly y: number;
}

const shown = (page: Page): Promise<Shown> =>
  page.locator("canvas").evaluate(({ dataset: { tick, epoch, y } }) => ({
    tick: Number(tick),
    epoch: Number(epoch),
    y: Number(y),
  }));

/** Moves the page's own ship: where a wall or the edge is in the way, the other way. @param steer goes on until `rest` */
async function move(page: Page, steer: (down: boolean) => Promise<void>, rest: () => Promise<void>) {
  const { y: from } = await shown(page);
  const hasMoved = async () => Math.abs((await shown(page)).y - from) > 0.5;
  let down = from < 12;
  let turnAt = 0;
  await until("movement", async () => {
    if (await hasMoved()) return true;
    if (performance.now() < turnAt) return false;
    if (turnAt > 0) await rest();
    await steer(down);
    down = !down;
    turnAt = performance.now() + 2_000;
    return false;
  });
  await rest();
}

/** By keyboard. */
async function sail(page: Page): Promise<void> {
  let key = "s";
  await move(
    page,
    (down) => {
      key = down ? "s" : "w";
      return page.keyboard.down(key);
    },
    () => page.keyboard.up(key),
  );
}

/** Drags a finger on the left half of the canvas. */
async function swipe(page: Page): Promise<void> {
  const box = await page.locator("canvas").boundingBox();
  assert.ok(box);
  const cdp = await page.context().newCDPSession(page);
  const [x, y] = [box.x + box.width / 4, box.y + box.height / 2];
  const touch = async (type: "touchStart" | "touchMove" | "touchEnd", at: { x: number; y: number }[]) => {
    await cdp.send("Input.dispatchTouchEvent", { type, touchPoints: at });
  };
  await move(
    page,
    async (down) => {
      await touch("touchStart", [{ x, y }]);
      await touch("touchMove", [{ x, y: down ? y + 60 : y - 60 }]);
    },
    () => touch("touchEnd", []),
  );
}

describe("the arena's page", function () {
  this.timeout(90_000);
  let browser: Browser;
  let folder: ServerFolder;
  const clients: Muster[] = [];
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    errors.length = 0;
    folder = await serverFolder();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(browser.contexts().map((context) => context.close()));
    await folder.close();
  });

  it("fits a phone in the dark, is played by touch, and has a switch for delay", async () => {
    const server = folder.start({ AUTH_MODE: "dev" });
    await server.listening;
    const page = await enter(browser, `${server.url}/arena?bots=2`, "ann", {
      viewport: { width: 390, height: 800 },
      colorScheme: "dark",
      hasTouch: true,
    });
    assert.equal(await page.locator("html").evaluate(({ scrollWidth }) => scrollWidth), 390);
    await swipe(page);
    await page.waitForSelector("#scores tr >> nth=2");
    await page.check("#figures");
    await page.waitForSelector("pre:has-text('round trip')");
    await page.check("#delay");
    await until("the delay", async () =>
      /round trip +1[3-9]\d ms/.test((await page.locator("pre").textContent()) ?? ""),
    );
    await sail(page);
    assert.deepEqual(errors, []);
  });

  it("is played by two pages to an end, with the room's worker killed in between", async () => {
    const redis = await sharedRedis();
    const env = { REDIS_URL: redis.url, REDIS_PREFIX: uniquePrefix(), AUTH_MODE: "dev" };
    const first = folder.start(env);
    await first.listening;
    const second = folder.start({ ...env, WEBSOCKET_PORT: String(await freePort()) });
    await second.listening;

    // The room's worker is the one of the player who starts it.
    const starter = connectMuster({ url: first.url, auth: { user_id: "zoe" } });
    clients.push(starter);
    const game = starter.in("/game");
    // Long enough for two pages to come in on a busy machine.
    const options = { bots: 5, seconds: 35, target: 100 };
    const { room } = await game.call("room:create", { game: "arena", options });
    const play = starter.realtime(room.room_id, arena);
    const started = new Promise<void>((resolve) => {
      const end = play.onFrame(() => {
        if (play.tick < 3) return;
        end();
        resolve();
      });
    });
    await game.call("room:start", { room_id: room.room_id });
    await started;

    const url = `${second.url}/arena#${room.room_id}`;
    const ann = await enter(browser, url, "ann");
    const bob = await enter(browser, url, "bob");
    await Promise.all([sail(ann), sail(bob)]);
    if (process.env.UPDATE_IMAGES) await takePictures(ann);
    const before = await shown(ann);
    first.kill("SIGKILL");
    for (const page of [ann, bob])
      await until("the next owner", async () => {
        const { epoch, tick } = await shown(page);
        return epoch > before.epoch && tick > before.tick;
      });
    await Promise.all([sail(ann), sail(bob)]);
    for (const page of [ann, bob])
      await page.waitForSelector("#over:not([hidden]) >> text=won", { timeout: 50_000 });
    assert.deepEqual(errors, []);
  });
});

/** For the documentation: one picture, and one that moves. */
async function takePictures(page: Page): Promise<void> {
  mkdirSync(IMAGES, { recursive: true });
  await page.check("#figures");
  await page.screenshot({ path: path.join(IMAGES, "arena.png") });
  await page.uncheck("#figures");
  await page.setViewportSize({ width: 440, height: 700 });
  const pictures: Buffer[] = [];
  const canvas = page.locator("canvas");
  await canvas.hover({ position: { x: 300, y: 60 } });
  await page.mouse.down();
  for (let at = 0; at < 36; at++) {
    if (at % 12 === 0) await page.keyboard.down("sdw"[at / 12] ?? "s");
    pictures.push(await canvas.screenshot());
    if (at % 12 === 11) await page.keyboard.up("sdw"[(at - 11) / 12] ?? "s");
  }
  await page.mouse.up();
  writeFileSync(path.join(IMAGES, "arena-moving.png"), animatedPng(pictures, 80));
  await page.setViewportSize({ width: 1100, height: 640 });
}
