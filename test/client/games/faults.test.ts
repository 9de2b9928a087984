import assert from "node:assert/strict";
import fc from "fast-check";
import { connectMuster, type Muster } from "../../../client/index.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { closeAll, startEmbedded, startTwoWorkers, type TestApp } from "../../support/app.ts";
import { freePort } from "../../support/free-port.ts";
import { uniquePrefix } from "../../support/redis.ts";
import { startRoundRobin } from "../../support/round-robin.ts";
import { serverFolder } from "../../support/server-process.ts";
import { workersRedisUrl } from "../../support/shared-redis.ts";
import { closeTyped, cut, openTyped } from "../../support/typed-client.ts";
import {
  add,
  dropEvents,
  finish,
  gameIn,
  startTally,
  type TallyEvent,
  type TallyView,
  told,
} from "./table.ts";

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("add" as const), n: fc.nat(9), events: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("drop" as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "finish" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "cut" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "settle" as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A game with these steps, followed by a player and a spectator whose messages are lost and whose connections go. */
async function play(app: TestApp, steps: readonly Step[]): Promise<void> {
  const bob = await app.connect(gameContract, "bob", { worker: 1 });
  const { room_id } = (await bob.call("room:create", { game: "tally" })).room;
  const ann = openTyped(app, "ann");
  await gameIn(ann).call("room:join", { room_id });
  const eve = openTyped(app, "eve", { worker: 1 });
  let losses = 0;
  const followers = [ann, eve].map((muster) => {
    dropEvents(gameIn(muster), (event) => event === "game_state" && losses-- > 0);
    const game = muster.games.follow<TallyView, TallyEvent>(room_id, { spectate: muster === eve });
    return { muster, game, log: told(game) };
  });
  await Promise.all(followers.map(({ game }) => game.ready));
  await bob.call("room:start", { room_id });
  let over = false;
  const restart = async () => {
    // The first of the two alone agrees; the game starts when both do.
    await Promise.all([bob.call("room:rematch", { room_id }), gameIn(ann).call("room:rematch", { room_id })]);
    over = false;
  };
  const under: Promise<unknown>[] = [];
  for (const one of steps) {
    if (over) await restart();
    if (one.do === "add") under.push(add(ann, room_id, one.n, one.events));
    if (one.do === "drop") losses = one.count;
    if (one.do === "cut")
      for (const { muster } of followers) if (gameIn(muster).connected) cut(gameIn(muster));
    if (one.do === "settle") await Promise.all(under.splice(0));
    if (one.do === "finish") {
      await Promise.all(under.splice(0));
      await finish(ann, room_id);
      over = true;
    }
  }
  await Promise.all(under);
  losses = 0;
  if (over) await restart();
  // What is still wrong shows with the next change.
  const { version } = await add(ann, room_id, 1);
  for (const { muster, game, log } of followers) {
    const view = await game.until((now) => now.version === version);
    const asked = await gameIn(muster).call("room:state", { room_id });
    assert.deepEqual(view.state, asked.state);
    assert.deepEqual(
      [view.version, view.deadline, view.result],
      [asked.version, asked.deadline, asked.result],
    );
    await game.until(({ room }) => room.phase === "playing" && room.round === asked.room.round);
    checkEvents(
      bob.log.filter(({ event }) => event === "game_state").map(({ payload }) => payload as Told),
      log,
    );
    muster.close();
  }
  bob.disconnect();
}

interface Told {
  readonly version: number;
  readonly events: readonly TallyEvent[];
}

/** Of a version all events are told, in order, or none; those of later versions come later; what is missed is no event that was told. */
function checkEvents(all: readonly Told[], log: readonly string[]): void {
  const events = log.filter((line) => line.startsWith("event"));
  const versions = [...new Set(events.map((line) => Number.parseInt(line.slice("event ".length), 10)))];
  const missed = (version: number) =>
    log.some((line) => {
      const [, from, to] = /^gap (\d+)-(\d+)$/.exec(line) ?? [];
      return version >= Number(from) && version <= Number(to);
    });
  const expected = all
    .filter(({ version }) => versions.includes(version))
    .flatMap(({ version, events: own }) => own.map(({ n }) => `event ${version}: ${n}`));
  assert.deepEqual(events, expected);
  const last = versions.at(-1) ?? 0;
  for (const { version, events: own } of all)
    if (own.length > 0 && version <= last)
      assert.notEqual(versions.includes(version), missed(version), `version ${version}: ${log}`);
}

describe("a followed game under faults", () => {
  afterEach(() => {
    closeTyped();
    return closeAll();
  });

  for (const [name, start, numRuns] of [
    ["embedded, one process", startEmbedded, 8],
    ["Redis, two workers", startTwoWorkers, 4],
  ] as const)
    it(`is that of the server after random losses and reconnects: ${name}`, async () => {
      const app = await startTally({ start });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => play(app, steps)),
        { numRuns, endOnFailure: true },
      );
    });

  it("goes on where a worker was killed in the middle of it, for players and spectators", async function () {
    this.timeout(120_000);
    const folder = await serverFolder();
    const env = { REDIS_URL: await workersRedisUrl(), REDIS_PREFIX: uniquePrefix(), AUTH_MODE: "dev" };
    const doomed = folder.start(env);
    await doomed.listening;
    const other = folder.start({ ...env, WEBSOCKET_PORT: String(await freePort()) });
    await other.listening;
    // The first connection of each goes to the worker that is killed.
    const balancers = await Promise.all([0, 1].map(() => startRoundRobin([doomed.url, other.url])));
    const musters: Muster[] = [];
    const connect = (url: string, user_id: string) => {
      const muster = connectMuster({
        url,
        auth: { user_id },
        minDelayMs: 20,
        maxDelayMs: 50,
        manager: { transports: ["websocket"] },
      });
      musters.push(muster);
      return muster;
    };
    try {
      const ann = connect(balancers[0]?.url ?? "", "ann");
      const { room } = await gameIn(ann).call("room:create", { game: "goofspiel", options: { cards: 8 } });
      const { room_id } = room;
      const bob = connect(other.url, "bob");
      await gameIn(bob).call("room:join", { room_id });
      await gameIn(ann).call("room:start", { room_id });
      const eve = connect(balancers[1]?.url ?? "", "eve");
      const games = [ann, bob, eve].map((muster) =>
        muster.games.follow(room_id, { spectate: muster === eve }),
      );
      await Promise.all(games.map(({ ready }) => ready));
      const bid = (muster: Muster, card: number) =>
        gameIn(muster).call("game:action", { room_id, action: "bid", args: { card } });
      for (let card = 1; card <= 8; card++) {
        const bids = Promise.all([bid(ann, card), bid(bob, 9 - card)]);
        if (card === 3) doomed.kill("SIGKILL");
        await bids;
      }
      for (const [at, muster] of [ann, bob, eve].entries()) {
        const view = await games[at]?.until(({ result }) => result !== undefined);
        const asked = await gameIn(muster).call("room:state", { room_id });
        assert.deepEqual(
          [view?.state, view?.version, view?.result],
          [asked.state, asked.version, asked.result],
        );
        assert.equal(view?.version, 17);
      }
    } finally {
      for (const muster of musters) muster.close();
      for (const balancer of balancers) await balancer.close();
      await folder.close();
    }
  });
});
