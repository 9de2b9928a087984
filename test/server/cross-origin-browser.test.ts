/** A page of another origin in a real browser, with cookies, behind a balancer that keeps it at a worker by one. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { Browser, Page } from "playwright-core";
import { closeAll, startTwoWorkers, type TestApp } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";
import { type CookieProxy, startCookieProxy } from "../support/cookie-proxy.ts";
import { freePort } from "../support/free-port.ts";

interface Outcome {
  readonly sent?: unknown;
  readonly error?: string;
}

/** What the page can do: connect, say something in a room, and tell what it heard. */
const SCRIPT = `
  const talk = ({ url, token, withCredentials, transports }) =>
    new Promise((resolve) => {
      const options = { auth: { token }, withCredentials, transports, reconnection: false, forceNew: true };
      const socket = io(url, options);
      const done = (outcome) => {
        socket.disconnect();
        resolve(outcome);
      };
      socket.on("connect_error", ({ message }) => done({ error: message }));
      socket.on("message", ({ data }) => done({ sent: data }));
      socket.on("connect", () => {
        socket.emit("subscribe", { room: "r" });
        socket.emit("publish", { room: "r", data: "hello" });
      });
    });
  const look = async (url) => {
    const answer = await fetch(url, { credentials: "include" });
    return { status: answer.status, body: await answer.json() };
  };`;

interface Talk {
  readonly url: string;
  readonly token: string;
  readonly withCredentials: boolean;
  readonly transports: readonly string[];
}

const talk = (page: Page, asked: Talk): Promise<Outcome> => page.evaluate(`talk(${JSON.stringify(asked)})`);

describe("a page of another origin, in a browser", () => {
  let browser: Browser;
  const ends: (() => Promise<unknown>)[] = [];
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await closeAll();
  });

  /** A server of pages that have nothing but the client library. @returns its port, at which it has two origins */
  async function startPages(port: number, library: string): Promise<void> {
    const pages = http.createServer((_req, res) => {
      res.setHeader("content-type", "text/html");
      res.end(
        `<!doctype html><title>game</title><script src="${library}"></script><script>${SCRIPT}</script>`,
      );
    });
    pages.listen(port, "127.0.0.1");
    await once(pages, "listening");
    ends.push(async () => {
      pages.closeAllConnections();
      pages.close();
    });
  }

  async function start(): Promise<{ app: TestApp; proxy: CookieProxy; port: number }> {
    const port = await freePort();
    const app = await startTwoWorkers({
      env: { AUTH_MODE: "jwt", TRUST_PROXY: "1", CORS_ORIGINS: `http://127.0.0.1:${port}` },
    });
    const proxy = await startCookieProxy(app.urls);
    ends.push(() => proxy.close());
    await startPages(port, `${proxy.url}/socket.io/socket.io.js`);
    return { app, proxy, port };
  }

  async function open(url: string): Promise<Page> {
    const context = await browser.newContext();
    ends.push(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    // The library was asked for without cookies of its own.
    await context.clearCookies();
    return page;
  }

  for (const transports of [["polling"], ["polling", "websocket"], ["websocket"]])
    it(`is served over ${transports.join(", then ")} with its cookies, at one worker`, async () => {
      const { app, proxy, port } = await start();
      const page = await open(`http://127.0.0.1:${port}/`);
      const asked: Talk = { url: proxy.url, token: app.token("ann"), withCredentials: true, transports };
      assert.deepEqual(await talk(page, asked), { sent: "hello" });
      const [first, ...rest] = proxy.passed;
      assert.equal(first?.named, undefined);
      if (transports[0] === "polling") {
        assert.ok(rest.length > 1);
        for (const { named } of rest) assert.equal(named, first?.target, "the cookie came back");
      }
    });

  it("without credentials has no cookies, and is passed on between the workers all the same", async () => {
    const { app, proxy, port } = await start();
    const page = await open(`http://127.0.0.1:${port}/`);
    const asked = {
      url: proxy.url,
      token: app.token("ann"),
      withCredentials: false,
      transports: ["polling"],
    };
    assert.deepEqual(await talk(page, asked), { sent: "hello" });
    assert.ok(proxy.passed.every(({ named }) => named === undefined));
    assert.equal(new Set(proxy.passed.map(({ target }) => target)).size, 2);
  });

  it("reads why it was refused: a bad token, a session of a worker that has died", async () => {
    const { proxy, port } = await start();
    const page = await open(`http://127.0.0.1:${port}/`);
    const asked = { url: proxy.url, token: "x.y.z", withCredentials: true, transports: ["polling"] };
    assert.deepEqual(await talk(page, asked), { error: "token_invalid" });
    const lost = `${proxy.url}/socket.io/?EIO=4&transport=polling&sid=w_dead.0123456789`;
    const refusal: unknown = await page.evaluate(`look(${JSON.stringify(lost)})`);
    assert.deepEqual(refusal, { status: 400, body: { code: 1, message: "Session ID unknown" } });
  });

  it("that is not allowed is refused over every transport, though it differs in its name alone", async () => {
    const { app, proxy, port } = await start();
    const page = await open(`http://localhost:${port}/`);
    for (const transports of [["polling"], ["websocket"]]) {
      const asked = { url: proxy.url, token: app.token("ann"), withCredentials: true, transports };
      const { sent, error } = await talk(page, asked);
      assert.equal(sent, undefined);
      assert.match(error ?? "", /error/);
    }
  });
});
