import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import type { connectMuster as Connect, State } from "../../client/index.ts";
import { closeAll, startEmbedded } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";
import { ensureBuilt, ROOT } from "../support/built.ts";

const SOCKET_IO = "node_modules/socket.io-client/dist/socket.io.esm.min.js";

/** An empty page of the server's origin which can import the client as a bundler would give it: as it is, and socket.io-client. */
async function blankPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  const imports = {
    imports: { "muster-server/client": "/dist/client/index.js", "socket.io-client": `/${SOCKET_IO}` },
  };
  // What the test's own compiler puts around functions, also those that run in the page.
  await page.addInitScript({ content: "globalThis.__name = (named) => named;" });
  await page.route(`${url}/blank`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<!doctype html><script type="importmap">${JSON.stringify(imports)}</script>`,
    }),
  );
  for (const folder of ["dist", "node_modules"])
    await page.route(`${url}/${folder}/**/*.js`, async (route) => {
      const file = path.join(ROOT, new URL(route.request().url()).pathname);
      await route.fulfill({ contentType: "text/javascript", body: await readFile(file, "utf8") });
    });
  await page.goto(`${url}/blank`);
  return page;
}

describe("the client in a browser", function () {
  this.timeout(90_000);
  let browser: Browser;
  before(async () => {
    await ensureBuilt();
    browser = await openBrowser();
  });
  after(() => browser?.close());
  afterEach(closeAll);

  it("needs socket.io-client and nothing else: it talks, comes back after a loss, and ends", async () => {
    const app = await startEmbedded();
    const page = await blankPage(browser, app.url);
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    const told = await page.evaluate(
      async ({ url, given }) => {
        const name = "muster-server/client";
        const { connectMuster } = (await import(name)) as { connectMuster: typeof Connect };
        let asked = 0;
        const muster = connectMuster({
          url,
          token() {
            if (asked++ === 0) throw new Error("not yet");
            return given;
          },
          minDelayMs: 20,
          maxDelayMs: 50,
        });
        const states: State[] = [];
        const codes: string[] = [];
        muster.onState((state) => states.push(state));
        muster.onError(({ code }) => codes.push(code));
        const heard: unknown[] = [];
        let both = () => {};
        const done = new Promise<void>((resolve) => (both = resolve));
        await muster.rooms.follow("r", {
          message({ data }) {
            if (heard.push(data) === 2) both();
          },
        });
        await muster.rooms.publish("r", "one");
        muster.in("/").socket.io.engine.close();
        await muster.rooms.publish("r", "two");
        await done;
        muster.close();
        return { states, codes, heard, reason: muster.reason?.code };
      },
      { url: app.url, given: app.token("ann") },
    );
    assert.deepEqual(told, {
      states: ["connected", "reconnecting", "connected", "ended"],
      codes: ["token_failed"],
      heard: ["one", "two"],
      reason: "closed",
    });
    assert.deepEqual(errors, []);
  });
});
