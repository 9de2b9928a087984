/**
 * The dashboard in a real browser: through our page into the Admin UI. With UPDATE_IMAGES=1 the picture in docs/images is taken anew.
 */
import assert from "node:assert/strict";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { NAMESPACES } from "../../core/contract/contract.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { contracts } from "../../server/contracts.ts";
import { closeAll, startTwoWorkers, type TestApp } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";
import { WAIT_MS } from "../support/patience.ts";

const PICTURE = path.join(import.meta.dirname, "../../docs/images/admin-ui.png");
const USER = "operator";
const PASSWORD = "rather-long-and-not-obvious";
interface Watched {
  readonly page: Page;
  /** Requests to other hosts, and what the page's policy refused. */
  readonly problems: string[];
}

describe("dashboard in a browser", () => {
  let browser: Browser;

  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());
  afterEach(closeAll);

  const start = (env: Readonly<Record<string, string>> = {}) =>
    startTwoWorkers({
      env: { ADMIN_USERNAME: USER, ADMIN_PASSWORD: PASSWORD, ADMIN_MODE: "production", ...env },
    });

  async function open(app: TestApp): Promise<Watched> {
    const context = await browser.newContext({ viewport: { width: 1360, height: 840 } });
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const problems: string[] = [];
    page.on("request", (request) => {
      if (!/^(?:data:|blob:)/.test(request.url()) && !request.url().startsWith(app.url))
        problems.push(request.url());
    });
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    return { page, problems };
  }

  async function logIn(page: Page, app: TestApp, password = PASSWORD): Promise<void> {
    await page.goto(`${app.url}/admin`);
    await page.fill("#username", USER);
    await page.fill("#password", password);
    await page.click("button[type=submit]");
  }

  /** Each worker has its line on the page of servers. */
  async function seeServers(page: Page, app: TestApp): Promise<void> {
    await page.getByText("Servers", { exact: true }).first().click();
    for (const { worker } of app.workers) await page.getByText(worker).first().waitFor();
  }

  async function takePicture(page: Page): Promise<void> {
    if (!process.env.UPDATE_IMAGES) return;
    // The diagrams and pages slide into place.
    await page.waitForTimeout(1_500);
    await page.screenshot({ path: PICTURE });
  }

  /** Players on both workers, some of them in several namespaces. */
  async function populate(app: TestApp): Promise<void> {
    for (const [at, contract] of contracts.entries())
      for (let player = 0; player <= at; player++)
        await app.connect(contract, `player${player}`, { worker: player % 2 === 0 ? 0 : 1 });
  }

  it("shows both workers and all namespaces after the log-in, with everything from this server", async () => {
    const app = await start();
    const { page, problems } = await open(app);
    await logIn(page, app);
    await page.waitForURL("**/admin/ui/**");
    await page.getByText("connected", { exact: true }).first().waitFor();
    await populate(app);
    const rows = await Promise.all(
      contracts.map(async ({ namespace }, at) => {
        const cell = (text: string | number) =>
          page.locator("td", { hasText: new RegExp(`^\\s*${text}\\s*$`) });
        await page
          .locator("tr", { has: cell(namespace) })
          .filter({ has: cell(at + 1) })
          .waitFor();
        return namespace;
      }),
    );
    assert.deepEqual(rows, [...NAMESPACES]);
    await takePicture(page);
    await seeServers(page, app);
    assert.deepEqual(problems, []);
  });

  it("tells of a wrong password on the page and opens nothing", async () => {
    const app = await start();
    const { page } = await open(app);
    await logIn(page, app, "wrong");
    await page.getByText("The user or the password is wrong.").waitFor();
    assert.equal(new URL(page.url()).pathname, "/admin");
    assert.equal(await page.evaluate("localStorage.getItem('session_id')"), null);
  });

  it("goes on with its session at the other worker, without a password", async () => {
    const app = await start();
    const { page } = await open(app);
    await logIn(page, app);
    await page.waitForURL("**/admin/ui/**");
    const session: string = await page.evaluate("localStorage.getItem('session_id')");
    const other = await open(app);
    const url = app.urls[1] ?? "";
    await other.page.goto(`${url}/admin?logout`);
    await other.page.evaluate(`localStorage.setItem("session_id", ${JSON.stringify(session)})`);
    await other.page.goto(`${url}/admin`);
    await other.page.waitForURL("**/admin/ui/**");
    await seeServers(other.page, app);
  });

  it("lists who comes where nobody was, and its button disconnects them", async () => {
    const app = await start({ ADMIN_MODE: "development" });
    const { page, problems } = await open(app);
    await logIn(page, app);
    await page.waitForURL("**/admin/ui/**");
    await page.getByText("connected", { exact: true }).first().waitFor();
    await page.goto(`${app.url}/admin/ui/#/sockets/`);
    const ann = await app.connect(roomsContract, "ann", { worker: 1 });
    const row = page.locator("tr", { hasText: ann.socket.id ?? "" });
    await row.locator("button:has(.mdi-logout)").click();
    assert.equal(await ann.nextAny("(disconnect)"), "io server disconnect");
    // The click opened the socket's own page.
    await page.goto(`${app.url}/admin/ui/#/sockets/`);
    await row.waitFor({ state: "detached" });
    assert.deepEqual(problems, []);
  });

  it("shows no such button where it is read-only", async () => {
    const app = await start({ ADMIN_MODE: "development", ADMIN_READ_ONLY: "true" });
    const ann = await app.connect(roomsContract, "ann");
    const { page } = await open(app);
    await logIn(page, app);
    await page.waitForURL("**/admin/ui/**");
    await page.goto(`${app.url}/admin/ui/#/sockets/`);
    const row = page.locator("tr", { hasText: ann.socket.id ?? "" });
    await row.waitFor();
    assert.equal(await row.locator(".mdi-logout").count(), 0);
  });

  it("lists the sockets of both workers in development mode", async () => {
    const app = await start({ ADMIN_MODE: "development" });
    const ann = await app.connect(roomsContract, "ann", { worker: 0 });
    const bob = await app.connect(roomsContract, "bob", { worker: 1 });
    const { page } = await open(app);
    await logIn(page, app);
    await page.waitForURL("**/admin/ui/**");
    await page.goto(`${app.url}/admin/ui/#/sockets/`);
    for (const client of [ann, bob])
      await page
        .getByText(client.socket.id ?? "")
        .first()
        .waitFor();
  });
});
