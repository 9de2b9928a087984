import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { Player } from "../../examples/demo/player.ts";
import { runScenario } from "../../examples/demo/scenario.ts";
import { embedded, running } from "../../examples/demo/servers.ts";
import type { RoomsContract } from "../../namespaces/rooms/schema.ts";
import { closeAll, startEmbedded } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";
import { openPage } from "../support/page.ts";
import { type Cluster, startCluster } from "./venues.ts";

describe("the story, from two tokens to a finished game, chat, combat, world and an announcement", () => {
  const say = () => undefined;

  it("is told to its end on one process, with no service installed", async () => {
    const venue = await embedded(say);
    try {
      const { winner, duoWinners } = await runScenario({ ...venue, say });
      assert.match(winner, /^(ann|bob)-/);
      assert.equal(duoWinners.length, 2, "a match of two against two, and its rematch");
    } finally {
      await venue.close();
    }
  });

  it("`npm run demo` shows it, line by line: a party of two against two strangers among it", async () => {
    const root = path.resolve(import.meta.dirname, "../..");
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--import=tsx", path.join(root, "examples/demo/index.ts")],
      { cwd: root, timeout: 40_000, killSignal: "SIGKILL" },
    );
    const told = [
      "ann founds a party and invites bob",
      "ann queues for both of them",
      "dora queues alone",
      "emil queues alone",
      "Is everybody ready?",
      "emil is ready \\(4 of 4\\)",
      "all are ready. The game begins",
      "wins with",
      "emil wants a rematch",
      "The game begins again",
      "wins with",
      "all of it worked",
    ];
    assert.match(stdout, new RegExp(told.join("[^]*")));
  });

  it("a server without that mode is told so, and the rest is shown", async () => {
    const app = await startEmbedded({ env: { AUTH_MODE: "dev" } });
    try {
      const lines: string[] = [];
      const venue = running(app.url, undefined);
      const { duoWinners } = await runScenario({ ...venue, say: (line) => lines.push(line) });
      assert.deepEqual(duoWinners, []);
      assert.ok(lines.some((line) => line.includes("left out")));
    } finally {
      await closeAll();
    }
  });

  describe("on PM2", () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster();
    });
    after(() => cluster?.close());

    for (const transports of [undefined, ["polling"]] as const)
      it(`20 of 20 clients connect without a sticky proxy: ${transports ?? "the default, polling first"}`, async () => {
        const { url, token } = cluster.stage;
        const players = await Promise.all(
          Array.from({ length: 20 }, async (_, at) => {
            const userId = `guest-${at}`;
            const options = { url, userId, token: await token(userId, { name: userId }) };
            return new Player(
              transports === undefined ? options : { ...options, transports: [...transports] },
            );
          }),
        );
        try {
          const rooms = await Promise.all(players.map((player) => player.enter<RoomsContract>("/")));
          await Promise.all(rooms.map((room) => room.call("subscribe", { room: "hall" })));
          assert.equal(new Set(players.map(({ worker }) => worker)).size, 2, "PM2 spreads them");
          await rooms[0]?.call("publish", { room: "hall", data: "hello" });
          for (const room of rooms) await room.next("message", ({ data }) => data === "hello");
        } finally {
          for (const player of players) player.close();
        }
      });

    it("the demo page plays on it, and a reload comes back into the game", async () => {
      const { url, token } = cluster.stage;
      const browser = await openBrowser();
      const problems: string[] = [];
      try {
        const pages = await Promise.all(
          ["page-ann", "page-bob"].map(async (name) => {
            const page = await openPage(browser, url, problems);
            await page.fill("#name", name);
            await page.click("#login button");
            // This server hands out no tokens.
            await page.fill("#token", await token(name, { name }));
            await page.click("#login button:enabled");
            await page.waitForSelector("#rooms");
            await page.click("#queue");
            return page;
          }),
        );
        await Promise.all(pages.map((page) => page.waitForSelector("#scores tbody tr >> nth=1")));
        await Promise.race(pages.map((page) => page.click("#roll:enabled")));
        await Promise.all(pages.map((page) => page.waitForSelector("#game-status:has-text('rolled')")));
        await pages[0]?.reload();
        await pages[0]?.waitForSelector("#game-status:has-text('turn')");
        assert.deepEqual(
          problems.filter((line) => !line.includes("404")),
          [],
        );
      } finally {
        await browser.close();
      }
    });

    it("is told to its end with the users on different workers", async () => {
      const { winner, duoWinners, workers } = await runScenario(cluster.stage);
      assert.match(winner, /^(ann|bob)-/);
      assert.equal(duoWinners.length, 2);
      assert.equal(workers.size, 2);
      const known = await cluster.pm2.pids();
      for (const worker of workers) assert.ok(known.has(worker), `${worker} is a worker of PM2`);
      assert.equal(await cluster.pm2.errors(), "");
    });
  });
});
