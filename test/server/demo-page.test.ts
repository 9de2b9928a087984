import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { closeAll, startEmbedded } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";

async function enter(browser: Browser, url: string, name: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1000, height: 760 } })).newPage();
  await page.goto(url);
  await page.fill("#name", name);
  await page.click("#login button");
  await page.waitForSelector("#rooms:not([hidden])");
  return page;
}

describe("the demo page", function () {
  this.timeout(40_000);
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());
  afterEach(closeAll);

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
