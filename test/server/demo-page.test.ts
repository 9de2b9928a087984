/**
 * The demo page in a real browser: a desktop in the light and a phone in the dark, on one worker and on two. With UPDATE_IMAGES=1 the
 * pictures in docs/images are taken anew.
 */
import assert from "node:assert/strict";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { asId, type UserId } from "../../core/ids.ts";
import { closeAll, startEmbedded, startTwoWorkers } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";
import { accessibilityProblems, DESKTOP, openPage, PHONE } from "../support/page.ts";
import { until } from "../support/until.ts";

const IMAGES = path.resolve(import.meta.dirname, "../../docs/images");
const DARK_PHONE: BrowserContextOptions = { ...PHONE, colorScheme: "dark" };
/** Twelve points win, and every throw is the highest: games end soon. */
const options = {
  env: { AUTH_MODE: "dev" },
  yaml: `matchmaking:
  modes:
    classic: { game: dash-dice, options: { target: 12 } }
    duos: { game: dash-dice, teams: 1, players_per_team: 2 }`,
  random: { int: (_min: number, max: number) => max },
};

/** In pictures words like those of people. */
const [LONG_NAME, LONG_WORD] = process.env.UPDATE_IMAGES
  ? ["bob", "long, goblin"]
  : [`bob${"o".repeat(40)}`, "long".repeat(60)];

const tab = (page: Page, panel: "play" | "fight" | "walk" | "talk" | "meet") =>
  page.click(`#tabs [data-panel=${panel}]`);
const sees = (page: Page, selector: string, words: string) =>
  page.waitForSelector(`${selector}:has-text('${words}')`);

/** By a finger or the mouse: where the server has the player. */
const placeOf = (page: Page) =>
  page.locator("#world").evaluate(({ dataset: { x, y } }) => ({ x: Number(x), y: Number(y) }));

describe("the demo page", () => {
  let browser: Browser;
  const problems: string[] = [];
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());
  beforeEach(() => {
    problems.length = 0;
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await closeAll();
    assert.deepEqual(problems, []);
  });

  const open = (url: string, context?: BrowserContextOptions) => openPage(browser, url, problems, context);

  async function enter(url: string, name: string, context: BrowserContextOptions = DESKTOP): Promise<Page> {
    const page = await open(url, context);
    await page.fill("#name", name);
    await page.click("#login button");
    await page.waitForSelector("#rooms");
    return page;
  }

  async function isAccessible(...pages: Page[]): Promise<void> {
    for (const page of pages) {
      assert.deepEqual(await accessibilityProblems(page), []);
      const [width, shown] = await page
        .locator("html")
        .evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth] as const);
      assert.equal(width, shown, "something is wider than the page");
    }
  }

  it("logs in once, however often Enter is pressed, and the form goes away", async () => {
    const app = await startEmbedded(options);
    const page = await open(app.url);
    await isAccessible(page);
    await page.fill("#name", "ann");
    await page.evaluate("for (let at = 0; at < 3; at++) document.forms.login.requestSubmit()");
    await page.waitForSelector("#rooms");
    await page.waitForSelector("#login", { state: "hidden" });
    for (const content of ["once", "more"]) {
      await page.fill("#content", content);
      await page.press("#content", "Enter");
      await sees(page, "#messages li", content);
    }
    assert.deepEqual(await page.locator("#messages li").allTextContents(), ["annonce", "annmore"]);
    await sees(page, "#people li", "ann");
    assert.equal(await page.locator("#people li").count(), 1);
    assert.equal(await page.locator("header a").getAttribute("href"), "arena");
  });

  it("asks for a token where the server makes none, says what is wrong with one, and tells when it is revoked", async () => {
    const app = await startEmbedded();
    const page = await open(app.url);
    await page.fill("#name", "ann");
    await page.click("#login button");
    await page.waitForSelector("#token");
    for (const [token, words] of [
      ["x", "That is no token"],
      [`${app.token("ann")}x`, "token"],
    ] as const) {
      await page.fill("#token", token);
      await page.click("#login button:enabled");
      await sees(page, "#login-error", words);
    }
    await page.fill("#token", app.token("ann"));
    await page.click("#login button:enabled");
    await sees(page, "#link", "Connected");
    await app.workers[0]?.revoke({ userId: asId<UserId>("ann") });
    await sees(page, "#link", "Logged out");
    await page.click("#log-in-again");
    await page.waitForSelector("#login");
    // The browser tells of the one request for a token that this server does not know.
    assert.deepEqual(
      problems.splice(0).filter((line) => !line.includes("404")),
      [],
    );
  });

  it("plays a game on two workers, through the queue, a lost connection, an absence and a reload", async () => {
    const app = await startTwoWorkers(options);
    const [first = "", second = ""] = app.urls;
    const ann = await enter(first, "ann");
    const bob = await enter(second, "bob", DARK_PHONE);
    await ann.click("#queue");
    await sees(ann, "#queue-status", "It waits for more players");
    await isAccessible(ann);
    await ann.click("#queue-leave");
    await ann.click("#queue");
    await bob.click("#queue");
    for (const page of [ann, bob]) await page.waitForSelector("#scores tbody tr >> nth=1");
    await until(
      "a turn",
      async () =>
        (await ann.locator("#roll:enabled").count()) + (await bob.locator("#roll:enabled").count()) > 0,
    );
    const [onTurn, other, missing, worker] =
      (await ann.locator("#roll:enabled").count()) > 0
        ? ([ann, bob, "bob", app.workers[0]] as const)
        : ([bob, ann, "ann", app.workers[1]] as const);
    const left = await onTurn.locator("#turn-left").textContent();
    await onTurn.click("#roll");
    await sees(onTurn, "tr.turn td:nth-child(3)", "6");
    await sees(other, "#game-status", "rolled 6");
    assert.equal(await onTurn.locator(".pip").count(), 6);
    await isAccessible(ann, bob);

    for (const { conn } of worker?.io.of("/game").sockets.values() ?? []) conn.close(true);
    await sees(onTurn, "#link", "Reconnecting");
    await sees(onTurn, "#link", "Connected");

    await other.close();
    await sees(onTurn, "#absent", `${missing} lost the connection`);
    await onTurn.reload();
    await sees(onTurn, "tr.turn td:nth-child(3)", "6");
    await sees(onTurn, "#absent", missing);
    assert.notEqual(await onTurn.locator("#turn-left").textContent(), left);
    const back = await enter(first, missing);
    await sees(back, "#game-status", "turn");
    await onTurn.waitForSelector("#absent", { state: "hidden" });

    await onTurn.click("#roll");
    await sees(onTurn, "tr.turn td:nth-child(3)", "12");
    await onTurn.click("#bank");
    await sees(onTurn, "#game-status", "You have won!");
    await sees(back, "#game-status", "has won");
    await onTurn.click("#rematch");
    await sees(back, "#rematch-status", "would play again");
    await back.click("#rematch");
    for (const page of [onTurn, back]) await sees(page, "#game-status", "turn");
  });

  it("fights, walks by touch, and makes a party that talks, fights and queues, on a phone too", async () => {
    const app = await startEmbedded(options);
    const ann = await enter(app.url, "ann");
    const bob = await enter(app.url, LONG_NAME, DARK_PHONE);

    await ann.click("#fight-monster");
    for (let blow = 1; blow <= 3; blow++) {
      await ann.click("#fight-moves button:has-text('Attack')");
      await ann.waitForSelector(`#fight-log li:has-text('You: attack') >> nth=${blow - 1}`);
    }
    await sees(ann, "#fight-status", "you have won");

    await tab(bob, "walk");
    await until("a place", async () => Number.isFinite((await placeOf(bob)).x));
    const from = await placeOf(bob);
    const box = await bob.locator("#world").boundingBox();
    assert.ok(box);
    await bob.touchscreen.tap(box.x + (from.x > 0 ? 20 : box.width - 20), box.y + box.height / 2);
    await until("steps", async () => Math.abs((await placeOf(bob)).x - from.x) > 4);
    await isAccessible(bob);

    await ann.click("[aria-label^='Invite bob']");
    await bob.click("#invitations button:has-text('Accept')");
    await ann.waitForSelector("#party-members li >> nth=1");
    await tab(bob, "talk");
    await bob.click("[data-channel=party]");
    await bob.fill("#content", `so ${LONG_WORD}`);
    await bob.press("#content", "Enter");
    await ann.click("[data-channel=party]");
    await sees(ann, "#messages li", "so long");
    await isAccessible(bob);

    await ann.click("#party-fight");
    await bob.click("#invitations button:has-text('Accept')");
    await ann.click("#fight-moves button:has-text('Attack: ogre 1')");
    await sees(bob, "#fight-log li", "ann: attack");
    await bob.reload();
    await tab(bob, "fight");
    await sees(bob, "#fight-log li", "ann: attack");
    await bob.waitForSelector("#fight-moves button:has-text('Attack: ogre 2')");
    await isAccessible(bob);

    await ann.click("#party-find");
    for (const page of [ann, bob])
      await page.waitForSelector("#scores tbody tr >> nth=1", { state: "attached" });
    for (const panel of ["play", "meet"] as const) {
      await tab(bob, panel);
      await isAccessible(bob);
    }
    await isAccessible(ann);
    if (process.env.UPDATE_IMAGES) await takePictures(ann, bob);
  });
});

/** For the documentation: a turn, and a fight on the phone. */
async function takePictures(desktop: Page, phone: Page): Promise<void> {
  await desktop.locator("#roll:enabled").click();
  await sees(desktop, "#game-status", "rolled");
  await desktop.screenshot({ path: path.join(IMAGES, "demo-page.png"), fullPage: true });
  await tab(phone, "fight");
  await phone.screenshot({ path: path.join(IMAGES, "demo-page-phone.png") });
}
