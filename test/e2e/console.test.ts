/** The console's page as it is shipped: compiled, on two workers of PM2 with Redis. */
import assert from "node:assert/strict";
import { connectMuster } from "../../client/index.ts";
import { openBrowser } from "../support/browser.ts";
import { openPage } from "../support/page.ts";
import { startPm2 } from "../support/pm2.ts";
import { startRedis } from "../support/redis.ts";

const LOGIN = { username: "olga", password: "rather-long-and-not-obvious" };

describe("the console under PM2", function () {
  this.timeout(60_000);

  it("shows both workers and their plots, and disconnects a user wherever they are", async () => {
    const redis = await startRedis();
    const env = { AUTH_MODE: "dev", ADMIN_USERNAME: LOGIN.username, ADMIN_PASSWORD: LOGIN.password };
    const pm2 = await startPm2({ redisUrl: redis.url, env }).catch(async (err) => {
      await redis.close();
      throw err;
    });
    const browser = await openBrowser();
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
      await browser.close();
      await pm2.stop();
      await redis.close();
    }
  });
});
