/** The example of `deploy/nginx`, with which a site has Muster below `/play/`: its pages in a real browser, and its clients. */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { connectMuster } from "../../client/index.ts";
import { closeAll, startTwoWorkers, type TestApp } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";
import { get } from "../support/http.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { isInstalled, startProxy } from "../support/proxy.ts";

const LOGIN = { name: "operator", password: "rather-long-and-not-obvious" };

describe("below a path of a site, behind nginx", () => {
  let browser: Browser;
  let app: TestApp;
  let proxy: Awaited<ReturnType<typeof startProxy>>;

  before(async function () {
    if (!isInstalled("nginx")) {
      console.log("    skipped: nginx is not installed (`npm run setup`, or apt-get install nginx)");
      return this.skip();
    }
    browser = await openBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    app = await startTwoWorkers({
      env: {
        AUTH_MODE: "dev",
        TRUST_PROXY: "1",
        ADMIN_USERNAME: LOGIN.name,
        ADMIN_PASSWORD: LOGIN.password,
        ADMIN_MODE: "development",
      },
    });
    const [one = "", two = ""] = app.urls.map((url) => new URL(url).host);
    proxy = await startProxy("nginx", [one, two]);
  });
  afterEach(async () => {
    closePlain();
    await proxy?.close();
    await closeAll();
  });

  /** A page, and what of it was not found, refused or wrong. */
  async function open(path: string): Promise<{ page: Page; problems: string[] }> {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(15_000);
    const problems: string[] = [];
    page.on("response", (answer) => {
      if (answer.status() >= 400) problems.push(`${answer.status()} ${answer.url()}`);
    });
    page.on("request", (request) => {
      const url = request.url();
      if (!/^(?:data|blob):/.test(url) && !url.startsWith(`${proxy.url}/play`))
        problems.push(`asked for ${url}`);
    });
    page.on("pageerror", ({ message }) => problems.push(message));
    await page.goto(`${proxy.url}${path}`);
    return { page, problems };
  }

  for (const path of ["/play/", "/play"])
    it(`the demo page plays at ${path}`, async () => {
      const { page, problems } = await open(path);
      await page.fill("#name", "ann");
      await page.click("#login button");
      await page.waitForSelector("#rooms:not([hidden])");
      await page.fill("#content", "hello from below");
      await page.click("#chat button");
      await page.waitForSelector("#messages li:has-text('hello from below')");
      await page.click("#queue");
      await page.waitForSelector("#queue-status:has-text('It waits for more players')");
      await page.click("#fight-monster");
      await page.waitForSelector("#fighters li:has-text('goblin')");
      const links = await page
        .locator("footer a")
        .evaluateAll((all) => all.map((one) => (one as { href: string } & object).href));
      assert.deepEqual(
        links,
        ["admin", "health", "metrics"].map((name) => `${proxy.url}/play/${name}`),
      );
      assert.deepEqual(problems, []);
    });

  it("the playground sends commands over each transport, and gives them as code with the path", async () => {
    const { page, problems } = await open("/play/playground");
    for (const [user, over] of [
      ["ann", "socket.io"],
      ["bob", "plain"],
    ] as const) {
      await page.fill("#user", user);
      await page.selectOption("#over", over);
      await page.click("#add button");
      const column = page.locator(`.column:has(h2:text-is("${user}"))`);
      await column.locator(".state.connected").waitFor();
      await column.locator("select.name").selectOption("ping");
      await column.locator(".send").click();
      await column.locator(".timeline .answer", { hasText: "ping: done" }).waitFor();
      await column.locator(".copy").selectOption("curl");
      const text = (await column.locator(".copied").textContent()) ?? "";
      assert.ok(text.includes(`${proxy.url}/play/socket.io/?EIO=4`), text);
    }
    assert.deepEqual(problems, []);
  });

  it("the dashboard logs in, and shows the sockets of both workers", async () => {
    const ann = connectMuster({ url: `${proxy.url}/play`, auth: { user_id: "ann" } });
    await ann.in("/chat").call("history", { channel: "global" });
    const { page, problems } = await open("/play/admin");
    await page.fill("#username", LOGIN.name);
    await page.fill("#password", LOGIN.password);
    await page.click("button[type=submit]");
    await page.waitForURL("**/play/admin/ui/**");
    await page.getByText("connected", { exact: true }).first().waitFor();
    await page.getByText("Servers", { exact: true }).first().click();
    for (const { worker } of app.workers) await page.getByText(worker).first().waitFor();
    assert.deepEqual(problems, []);
    ann.close();
    for (const [from, to] of [
      ["/play/admin/", "../admin"],
      ["/play/admin/ui", "ui/"],
    ])
      assert.equal((await get(proxy.url + from)).headers.get("location"), to);
  });

  it("clients name the path: the typed one in its address, Socket.IO's as an option, plain ones before theirs", async () => {
    for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
      const typed = connectMuster({
        url: `${proxy.url}/play/`,
        auth: { user_id: "ann" },
        manager: { transports },
      });
      const { epoch } = await typed.in("/").call("subscribe", { room: "r" });
      assert.ok(epoch);
      typed.close();
    }
    const plain = openPlain(proxy.url, "/play/ws/studio", { query: { user_id: "bob" } });
    await plain.next("SERVER_HELLO");
    const { body } = await get(`${proxy.url}/play/api/openapi.json`);
    const [{ url } = { url: "" }] = body.servers as { url: string }[];
    assert.equal(new URL(url, `${proxy.url}/play/api/openapi.json`).href, `${proxy.url}/play/`);
    assert.equal((await get(`${proxy.url}/play/health`)).status, 200);
    for (const path of ["/play/metrics", "/metrics"]) assert.equal((await get(proxy.url + path)).status, 404);
  });
});

describe("the typed client's address", () => {
  afterEach(closeAll);

  it("needs no path where there is none, and may have one of the application's own choice", async () => {
    const app = await startTwoWorkers({ env: { AUTH_MODE: "dev" } });
    for (const url of [app.url, `${app.url}/`, `${app.url}/?x=/y`]) {
      const muster = connectMuster({ url, auth: { user_id: "ann" } });
      assert.equal((await muster.in("/").call("subscribe", { room: "r" })).room, "r");
      muster.close();
    }
    const elsewhere = connectMuster({
      url: `${app.url}/play`,
      manager: { path: "/socket.io/" },
      auth: { user_id: "ann" },
    });
    assert.equal((await elsewhere.in("/").call("subscribe", { room: "r" })).room, "r");
    elsewhere.close();
  });
});
