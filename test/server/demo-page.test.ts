import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { closeAll, startEmbedded } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";

/** Errors of pages, and what they could not get. */
const problems: string[] = [];

async function open(browser: Browser, url: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1000, height: 760 } })).newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", ({ message }) => problems.push(message));
  page.on("console", (line) => {
    if (line.type() === "error") problems.push(line.text());
  });
  await page.goto(url);
  return page;
}

async function enter(browser: Browser, url: string, name: string): Promise<Page> {
  const page = await open(browser, url);
  await page.fill("#name", name);
  await page.click("#login button");
  await page.waitForSelector("#rooms");
  return page;
}

describe("the demo page", function () {
  this.timeout(40_000);
  let browser: Browser;
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

  it("logs in once, however often Enter is pressed, and the form goes away", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    const page = await open(browser, app.url);
    await page.fill("#name", "ann");
    await page.evaluate("for (let at = 0; at < 3; at++) document.forms.login.requestSubmit()");
    await page.waitForSelector("#rooms");
    await page.waitForSelector("#login", { state: "hidden" });
    for (const content of ["once", "more"]) {
      await page.fill("#content", content);
      await page.press("#content", "Enter");
      await page.waitForSelector(`#messages li:has-text('${content}')`);
    }
    assert.deepEqual(await page.locator("#messages li").allTextContents(), ["annonce", "annmore"]);
    await page.waitForSelector("#people li:has-text('ann')");
    assert.equal(await page.locator("#people li").count(), 1);
  });

  it("comes back into its game when it is loaded again, as the same user", async () => {
    const app = await startEmbedded({
      env: { AUTH_MODE: "dev" },
      random: { int: (_min, max) => max },
    });
    const pages = [await enter(browser, app.url, "ann"), await enter(browser, app.url, "bob")];
    for (const page of pages) await page.click("#queue");
    for (const page of pages) await page.waitForSelector("#scores tbody tr >> nth=1");
    const [onTurn] = await Promise.all(
      pages.map(async (page) => ((await page.locator("#roll:enabled").count()) > 0 ? page : undefined)),
    ).then((found) => found.filter((page) => page !== undefined));
    assert.ok(onTurn);
    await onTurn.click("#roll");
    await onTurn.waitForSelector("tr.turn td:nth-child(3):has-text('6')");
    await onTurn.reload();
    await onTurn.waitForSelector("tr.turn td:nth-child(3):has-text('6')");
    await onTurn.locator("#bank:enabled").click();
    await onTurn.waitForSelector("#bank:disabled");
  });

  it("lets two people meet, talk and play dash-dice to its end", async () => {
    const app = await startEmbedded({
      env: { AUTH_MODE: "dev", RATE_LIMITS_EVENTS: "game:action=1000/1s" },
      // Every throw is a six, so that the game has an end that is not far.
      random: { int: (_min, max) => max },
    });
    const ann = await enter(browser, app.url, "ann");
    const bob = await enter(browser, app.url, "bob");
    await ann.fill("#content", "hello bob");
    await ann.click("#chat button");
    await bob.waitForSelector("#messages li:has-text('hello bob')");
    await bob.waitForSelector("#people li:has-text('ann')");

    await ann.click("#queue");
    await bob.click("#queue");
    for (const page of [ann, bob]) await page.waitForSelector("#scores tbody tr >> nth=1");
    if (process.env.UPDATE_IMAGES) {
      const folder = path.resolve(import.meta.dirname, "../../docs/images");
      mkdirSync(folder, { recursive: true });
      await ann.screenshot({ path: path.join(folder, "demo-page.png") });
    }
    const over = (page: Page) => page.locator("#game-status:has-text('won')").count();
    for (let move = 0; (await over(ann)) === 0; move++) {
      assert.ok(move < 100, "the game has no end");
      const page = (await ann.locator("#roll:enabled").count()) > 0 ? ann : bob;
      await page.locator("#roll:enabled").click();
      await page.waitForSelector("tr.turn td:nth-child(3):has-text('6')");
      await page.locator("#bank:enabled").click();
      await page.waitForSelector("#bank:disabled");
    }
    await bob.waitForSelector("#game-status:has-text('won')");
  });
});
