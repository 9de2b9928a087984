import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { LoadResult } from "../../load/report/result.ts";
import { textOfResult } from "../../load/report/text.ts";
import { makePage } from "../../server/commands/load/html.ts";
import { openBrowser } from "../support/browser.ts";

const HOSTILE = `</script><img src=x onerror="document.title='caught'">`;
const latency_ms = { p50: 1.5, p95: 20, p99: 123.4, max: 200, mean: 3 };

/** As the command writes it. */
const RESULT: LoadResult = {
  ...{ kind: "muster-load", version: 1, began_at: "2026-11-27T06:00:00.000Z", ended: "time" },
  ...{ seconds: 3, hold_seconds: 2, unfinished: 0, node: "v20.20.2", muster: "0.1.0" },
  scenario: { name: "lobby", summary: HOSTILE, file: "lobby.ts" },
  plan: {
    ...{ run: "r", urls: ["http://127.0.0.1:1"], users: 5, group_size: 1, processes: 2 },
    ...{ ramp_seconds: 1, duration_seconds: 2, seed: 1, params: { word: HOSTILE } },
  },
  machine: { cores: 2, load_average: 1.5 },
  users: { begun: 5, most_active: 5, left: 0, restarts: 1 },
  actions: [
    { name: "say", phase: "hold", rate: 12.5, count: 25, failed: 3, latency_ms },
    { name: "connect /", phase: "ramp", rate: 5, count: 5, failed: 0, latency_ms },
  ],
  counters: [{ name: "heard", total: 7, rate: 3.5 }],
  errors: [{ action: "say", code: "forbidden", count: 3, example: HOSTILE }],
  server: [
    {
      ...{ url: "http://127.0.0.1:1", refused: { "events: event": 2 } },
      points: [1, 2].map((t) => ({
        t,
        cpu: 0.5,
        rss_bytes: 2 ** 27,
        event_loop_delay_ms: 4,
        connections: 5,
      })),
    },
  ],
  processes: [0.4, 0.9].map((mean) => ({
    ...{
      users: 3,
      cpu: { mean, max: 1 },
      event_loop_delay_ms: { mean: 3, max: 9 },
      rss_bytes: 2 ** 26,
      too_busy: mean > 0.8,
    },
  })),
  thresholds: [
    { fail: "p99:say>50ms", value: 123.4, passed: false },
    { fail: "errors>9", value: 3, passed: true },
  ],
  points: [0, 1, 2].map((t) => ({
    ...{ t, users: 5, actions: { say: { rate: 12.5, failed: 1, p50: 1.5, p95: 20, p99: 123.4 } } },
  })),
};

describe("the report of a load run", () => {
  let folder = "";
  let browser: Browser;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "muster-test-"));
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(result: LoadResult, width = 1280) {
    const file = join(folder, "report.html");
    await writeFile(file, await makePage(result));
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    const troubles: string[] = [];
    page.on("console", (message) => troubles.push(message.text()));
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("request", (request) => {
      const address = request.url();
      if (!/^(file|data):/.test(address)) troubles.push(address);
    });
    await page.goto(`file://${file}`);
    return { page, troubles };
  }

  it("shows plots, tables and what went wrong, without network, on a desktop and on a phone", async () => {
    for (const width of [1280, 390]) {
      const { page, troubles } = await open(RESULT, width);
      assert.equal(await page.locator(".uplot canvas").count(), 5);
      const text = (await page.locator("main").textContent()) ?? "";
      for (const part of [
        "failed",
        "p99:say>50ms",
        "123",
        "forbidden",
        "heard",
        "events: event",
        "too busy",
        HOSTILE,
      ])
        assert.ok(text.includes(part), `${part} in ${text}`);
      assert.ok(
        (await page.evaluate("document.documentElement.scrollWidth")) === width,
        `wider than ${width}`,
      );
      await page.getByRole("button", { name: "p50" }).click();
      assert.equal(await page.getByRole("button", { name: "p50" }).getAttribute("aria-pressed"), "true");
      assert.equal(await page.locator(".uplot canvas").count(), 5);
      assert.deepEqual([await page.title(), troubles], ["lobby: load report", []]);
      await page.close();
    }
  });

  it("is readable where next to nothing was measured", async () => {
    const empty = { actions: [], counters: [], errors: [], thresholds: [], points: [], processes: [] };
    const server = [{ url: "http://127.0.0.1:1", points: [], refused: {}, problem: "it answered with 401" }];
    const { page, troubles } = await open({ ...RESULT, ...empty, server });
    assert.match(
      (await page.locator("main").textContent()) ?? "",
      /no conditions[\s\S]*it answered with 401/,
    );
    assert.deepEqual(troubles, []);
    await page.close();
    assert.match(textOfResult({ ...RESULT, ...empty, server }), /no figures of the server .* 401/);
  });

  it("in the terminal it marks a load process that was too busy, and what failed", () => {
    const text = textOfResult(RESULT);
    assert.match(text, /^say +12\.5 +25 +3 +1\.50 +20\.0 +123 +200$/m);
    assert.match(
      text,
      /load processes, of a core: 0\.40 \(late by 3\.00 ms\), 0\.90 \(late by 3\.00 ms\)!; load average 1\.50 on 2 cores\n! above 0\.8/,
    );
    assert.match(text, /FAIL p99:say>50ms \(123\.4\)\nok {3}errors>9 \(3\)/);
    assert.match(text, /it refused: 2 events: event/);
  });
});
