/** Pages as they are shipped: compiled, on two workers of PM2 with Redis. */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { connectMuster } from "../../client/index.ts";
import { openBrowser } from "../support/browser.ts";
import { openPage } from "../support/page.ts";
import { startPm2 } from "../support/pm2.ts";
import { startRedis } from "../support/redis.ts";

const LOGIN = { username: "olga", password: "rather-long-and-not-obvious" };
const ENV = { AUTH_MODE: "dev", ADMIN_USERNAME: LOGIN.username, ADMIN_PASSWORD: LOGIN.password };

describe("pages under PM2", () => {
  let redis: Awaited<ReturnType<typeof startRedis>> | undefined;
  let pm2: Awaited<ReturnType<typeof startPm2>>;
  let browser: Browser;

  before(async () => {
    redis = await startRedis();
    pm2 = await startPm2({ redisUrl: redis.url, env: ENV });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await pm2?.stop();
    await redis?.close();
  });
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

  it("the console shows both workers and their plots, and disconnects a user wherever they are", async () => {
    const ann = connectMuster({ url: pm2.url, auth: { user_id: "ann" } });
    try {
      await ann.in("/chat").call("history", { channel: "global" });
      const problems: string[] = [];
      const page = await openPage(browser, `${pm2.url}/console`, problems);
      await page.fill("#username", LOGIN.username);
      await page.fill("#password", LOGIN.password);
      await page.click("#login button");
      await page.waitForSelector(".plot canvas");
      for (const pid of (await pm2.pids()).values())
        await page.getByRole("cell", { name: `process ${pid}` }).waitFor();
      await page.goto(`${pm2.url}/console#/users/ann`);
      await page.getByRole("cell", { name: "/chat", exact: true }).waitFor();
      const ended = new Promise((resolve) => ann.in("/chat").socket.once("disconnect", resolve));
      await page.getByRole("button", { name: "Disconnect" }).click();
      await page.click("dialog button[type=submit]");
      await ended;
      assert.deepEqual(problems, []);
    } finally {
      ann.close();
    }
  });

  it("the playground has users on both workers who hear each other, over each transport", async () => {
    const problems: string[] = [];
    const page = await openPage(browser, `${pm2.url}/playground`, problems);
    const users = ["uma", "vic", "wes", "xia"];
    for (const [at, user] of users.entries()) {
      await page.fill("#user", user);
      await page.selectOption("#over", at % 2 === 0 ? "socket.io" : "plain");
      await page.click("#add button");
      const column = page.locator(`.column:has(h2:text-is("${user}"))`);
      await column.locator("select.namespace").selectOption("/");
      await column.locator("select.name").selectOption("subscribe");
      await column.locator(".fields [name=room]").fill("lobby");
      await column.locator(".send").click();
      await column.locator(".timeline .answer", { hasText: "subscribe: done" }).waitFor();
    }
    const first = page.locator(`.column:has(h2:text-is("uma"))`);
    await first.locator("select.name").selectOption("publish");
    await first.locator(".fields [name=room]").fill("lobby");
    await first.locator(".fields [name=data]").fill('{"hello":"all"}');
    await first.locator(".send").click();
    for (const user of users)
      await page
        .locator(`.column:has(h2:text-is("${user}")) .timeline .event`, { hasText: '"hello":"all"' })
        .waitFor();
    assert.deepEqual(problems, []);
  });
});
