import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Store } from "../../../core/ports/store/store.ts";
import type { RealtimeGame } from "../../../core/realtime/game.ts";
import { replayJournal } from "../../../core/realtime/journal.ts";
import { hashOf } from "../../../core/realtime/state.ts";
import { arena } from "../../../games/arena.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { auditRealtime } from "../../../namespaces/game/realtime/audit.ts";
import { onEachSetup, type Setup, type StartOptions } from "../../support/app.ts";
import { workersRedisUrl } from "../../support/shared-redis.ts";
import { until } from "../../support/until.ts";
import { type Client, gameOf } from "./playing.ts";

const game: RealtimeGame = arena;
const SHORT = { seconds: 10, target: 1, bots: 5 };

/** An arena that has been played to its end by two players and bots. */
async function played(setup: Setup, start: StartOptions = {}) {
  const table = await gameOf(setup, ["ann", "bob"], { ...start, game: "arena", options: SHORT });
  const [ann, bob] = table.clients as [Client, Client];
  let seq = 0;
  ann.socket.on("game_frame", ({ epoch }: { epoch: number }) => {
    const inputs = [[++seq, Math.sin(seq / 9), Math.cos(seq / 7), seq / 20, seq % 10 === 0 ? 1 : 0]];
    ann.socket.emit("game:input", { room_id: table.room_id, epoch, inputs });
  });
  return { ...table, ann, bob };
}

async function journalOf(client: Client, room_id: string, limit: number) {
  const journal: unknown[] = [];
  let cursor: number | undefined;
  let pages = 0;
  do {
    const page = await client.call("match:replay", {
      room_id,
      limit,
      ...(cursor !== undefined && { cursor }),
    });
    assert.deepEqual([page.entries, page.complete, page.game], [[], true, "arena"]);
    journal.push(...(page.journal ?? []));
    cursor = page.cursor;
    pages++;
    assert.ok((page.journal?.length ?? 0) <= limit);
  } while (cursor !== undefined);
  return { journal, pages };
}

describe("/game replays of real-time games", () => {
  onEachSetup((setup) => {
    it("a player gets the journal in pages, and the game played again comes to the same result", async () => {
      const { room_id, ann, bob } = await played(setup);
      assert.equal((await bob.refused("match:replay", { room_id })).code, "not_found");
      const { result } = await ann.next("game_ended");
      await bob.next("game_ended");
      const { journal, pages } = await journalOf(bob, room_id, 5);
      assert.ok(pages > 1);
      const states: string[] = [];
      const replay = replayJournal(game, journal, ({ state }) => states.push(hashOf(game.state, state)));
      assert.deepEqual([replay.problems, replay.problemCount], [[], 0]);
      assert.deepEqual(replay.result, result);
      assert.ok(replay.proved >= Math.floor(states.length / game.hz) && replay.acks.get("ann" as never));
    });

    it("nobody else gets it: not a spectator, not a stranger, and no player before the end", async () => {
      const { app, room_id, ann } = await played(setup);
      const eve = await app.connect(gameContract, "eve", { worker: 1 });
      await eve.call("room:join", { room_id, spectate: true });
      const stranger = await app.connect(gameContract, "sam");
      const refused = async (client: Client) => (await client.refused("match:replay", { room_id })).code;
      assert.deepEqual([await refused(eve), await refused(ann)], ["not_found", "not_found"]);
      await ann.next("game_ended");
      assert.deepEqual([await refused(eve), await refused(stranger)], ["not_found", "not_found"]);
    });

    it("an audit proves a game that is over, with the result that was told, and one that still runs", async () => {
      const { app, room_id, ann } = await played(setup);
      const store = app.workers[0]?.services.store as Store;
      await until("a second is hashed", async () => {
        const audit = await auditRealtime(store, [game], room_id);
        return audit?.verdict === "proved" && audit.told === undefined;
      });
      const { result } = await ann.next("game_ended");
      const audit = await auditRealtime(store, [game], room_id);
      assert.deepEqual([audit?.verdict, audit?.problems, audit?.from], ["proved", [], 0]);
      assert.deepEqual([audit?.result, audit?.told], [result, result]);
      assert.equal(await auditRealtime(store, [game], room_id, { round: 2 }), undefined);
      assert.equal(await auditRealtime(store, [game], "no-such-room"), undefined);
      await assert.rejects(auditRealtime(store, [], room_id), /"arena", which is not among/);
    });

    it("an audit refutes a result that the game did not come to, and a journal with a gap", async () => {
      const { app, room_id, ann } = await played(setup);
      await ann.next("game_ended");
      const store = app.workers[0]?.services.store as Store;
      const { documents, streams } = store;
      const forged = await auditRealtime(
        {
          streams,
          documents: {
            ...documents,
            async load(key) {
              const found = await documents.load(key);
              if (typeof found?.state !== "object" || found.state === null || !("result" in found.state))
                return found;
              return { ...found, state: { ...found.state, result: { winners: ["bob"], reason: "target" } } };
            },
          },
        },
        [game],
        room_id,
      );
      assert.equal(forged?.verdict, "refuted");
      assert.match(String(forged?.problems), /told another result/);
      const torn = await auditRealtime(
        {
          documents,
          streams: {
            ...streams,
            async read(key, range) {
              const page = await streams.read(key, range);
              return { ...page, entries: page.entries.filter(({ offset }) => offset !== 3) };
            },
          },
        },
        [game],
        room_id,
      );
      assert.equal(torn?.verdict, "refuted");
      assert.match(String(torn?.problems), /is followed by ticks after/);
    });

    it("npm run replay proves it from the store of a server that runs, and says what is wrong with its arguments", async () => {
      const folder = await mkdtemp(join(tmpdir(), "muster-replay-"));
      try {
        const { app, room_id, ann } = await played(setup, { env: { DATA_DIR: folder } });
        const redis =
          setup.name === "embedded, one process"
            ? {}
            : {
                REDIS_URL: await workersRedisUrl(),
                REDIS_PREFIX: String(app.workers[0]?.worker).replace("w0-", ""),
              };
        const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
          new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
            const command = [
              "--import",
              import.meta.resolve("tsx"),
              resolve("server/cli.ts"),
              "replay",
              ...args,
            ];
            const given = { PATH: process.env.PATH, DATA_DIR: folder, ...redis, ...env };
            execFile(process.execPath, command, { env: given, cwd: folder }, (error, stdout, stderr) =>
              done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
            );
          });
        const { result } = await ann.next("game_ended");
        const own = join(folder, "games.mjs");
        await writeFile(own, `export const nothing = 1;`);
        const [proved, json, unknown, none, noGames, help] = await Promise.all([
          run([room_id]),
          run([room_id, "--json", "--round", "1"]),
          run(["no-such-room"]),
          run(["--round", "x", room_id]),
          run([room_id, "--games", own]),
          run(["--help"]),
        ]);
        assert.deepEqual([proved.code, proved.stderr], [0, ""]);
        assert.match(proved.stdout, /hashes and snapshots agree\n.*\n.*\nproved\n$/s);
        assert.deepEqual(JSON.parse(json.stdout).result, result);
        assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
        assert.match(unknown.stderr, /no journal of a real-time game in room no-such-room is kept/);
        assert.deepEqual([none.code, noGames.code, help.code], [64, 64, 0]);
        assert.match(none.stderr, /--round is a whole number from 1\n\nusage: /);
        assert.match(noGames.stderr, /exports no game that defineGame or defineRealtime has made/);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  });
});
