/** A game that matchmaking starts knows its teams, and the end of it tells them. */
import assert from "node:assert/strict";
import { Type } from "typebox";
import { action, defineGame } from "../../../core/games/game.ts";
import { replay } from "../../../core/games/replay.ts";
import type { RoomId, UserId } from "../../../core/ids.ts";
import { asId } from "../../../core/ids.ts";
import { button, defineRealtime, entities, int, player } from "../../../core/realtime/index.ts";
import { type GameEnd, gameContract } from "../../../namespaces/game/index.ts";
import { keys } from "../../../namespaces/game/rooms/stored.ts";
import { onEachSetup } from "../../support/app.ts";
import { until } from "../../support/until.ts";
import { connectAll, storeOf } from "./clients.ts";

type Seen = readonly (readonly string[])[];
interface Match {
  readonly setup: Seen;
  readonly acted: Seen;
  readonly dropped: Seen;
  readonly joined: Seen;
  readonly winner: number | null;
}

/** Two against two; each hook keeps the teams that it was given. */
const duel = defineGame<Match>({
  name: "duel",
  players: { min: 3, max: 4 },
  setup: (_players, _options, { teams }) => ({
    ...{ setup: teams, acted: [], dropped: [], joined: [] },
    winner: null,
  }),
  actions: {
    look: action(Type.Object({}), (state: Match, _by, _args, { teams }) => ({
      state: { ...state, acted: teams },
    })),
    win: action(Type.Object({}), (state: Match, by, _args, { teams }) => ({
      state: { ...state, winner: teams.findIndex((members) => members.includes(by)) },
    })),
  },
  onDrop: (state, _player, { teams }) => ({ state: { ...state, dropped: teams } }),
  onJoin: (state, _player, { teams }) => ({ state: { ...state, joined: teams } }),
  result: ({ winner }, { teams }) =>
    winner === null
      ? undefined
      : { winners: teams[winner] ?? [], winning_team: winner, reason: "the team won" },
});

const race = defineRealtime({
  name: "team-race",
  players: { min: 2, max: 8 },
  hz: 20,
  input: { go: button() },
  state: { cars: entities({ owner: player(), team: int(-1, 8) }) },
  setup: (players, _options, { teams }) => ({
    cars: new Map(
      players.map((owner, at) => [
        `c${at}`,
        { owner, team: teams.findIndex((members) => members.includes(owner)) },
      ]),
    ),
  }),
  step: () => undefined,
});

const MODES =
  "matchmaking:\n  modes:\n" +
  "    pairs: { game: duel, players_per_team: 2, min_players_per_team: 2, backfill: true }\n" +
  "    race: { game: team-race, players_per_team: 2 }\n";

const GAMES = { games: [duel], realtimeGames: [race] };
const USERS = ["ann", "bob", "cid", "dan"];
const mapped = (teams: Seen) => teams.map((members) => [...members].sort());

describe("/matchmaking: teams of a match", () => {
  onEachSetup((setup) => {
    it("are given to every rule, told with the end, to the application too, and kept for a replay", async () => {
      const ends: GameEnd[] = [];
      const app = await setup.start({
        yaml: MODES,
        app: { ...GAMES, onGameEnded: (end) => void ends.push(end) },
      });
      const queued = await connectAll(app, USERS);
      const inGame = await Promise.all(
        USERS.map((user, at) => app.connect(gameContract, user, { worker: at % 2 === 0 ? 1 : 0 })),
      );
      for (const one of queued) await one.call("queue_join", { game_mode: "pairs" });
      const { match_id: room_id, teams } = await (queued[0] as (typeof queued)[0]).next("match_found");
      await Promise.all(inGame.map((one) => one.next("game_started")));
      const [ann, bob, cid, dan] = inGame as [
        (typeof inGame)[0],
        (typeof inGame)[0],
        (typeof inGame)[0],
        (typeof inGame)[0],
      ];
      await ann.call("game:action", { room_id, action: "look" });
      await dan.call("room:leave", { room_id });
      const { state } = await bob.call("room:state", { room_id });
      const seen = state as Match;
      assert.equal(teams.flat().length, 4);
      assert.deepEqual([seen.setup, seen.acted, seen.dropped].map(mapped), [teams, teams, teams].map(mapped));
      await cid.call("game:action", { room_id, action: "win" });
      const ended = await bob.next("game_ended");
      const told = await (queued[0] as (typeof queued)[0]).next("game_ended");
      assert.deepEqual(mapped(told.teams ?? []), mapped(teams));
      const winning = teams.findIndex((members) => members.includes("cid"));
      const result = ended.result as { winners: string[]; winning_team: number };
      assert.deepEqual(mapped(ended.teams ?? []), mapped(teams));
      assert.deepEqual([result.winning_team, [...result.winners].sort()], [winning, mapped(teams)[winning]]);
      await until("the application knows", () => ends.length > 0);
      for (const [team, members] of teams.entries())
        for (const user of members) assert.equal(ends[0]?.teams[asId<UserId>(user)], team);

      const id = asId<RoomId>(room_id);
      const { entries } = await storeOf(app).streams.read(keys.log(id, 1), { after: 0, limit: 100 });
      const states = [
        ...replay(
          duel,
          entries.map(({ entry }) => entry),
        ),
      ];
      assert.deepEqual(mapped((states.at(-1) as { state: Match }).state.dropped), mapped(teams));
    });

    it("have a newcomer in them who fills a free seat", async () => {
      const app = await setup.start({ yaml: MODES, app: GAMES });
      const queued = await connectAll(app, USERS);
      const inGame = await Promise.all(USERS.map((user) => app.connect(gameContract, user)));
      for (const one of queued) await one.call("queue_join", { game_mode: "pairs" });
      const [first] = queued as [(typeof queued)[0]];
      const { match_id, teams } = await first.next("match_found");
      await Promise.all(inGame.map((one) => one.next("game_started")));
      const leaver = teams[0]?.[1] as string;
      const owner = teams[0]?.[0] as string;
      await inGame[USERS.indexOf(leaver)]?.call("room:leave", { room_id: match_id });
      await queued[USERS.indexOf(owner)]?.call("match_backfill", { match_id });
      const [eve] = await connectAll(app, ["eve"]);
      await eve?.call("queue_join", { game_mode: "pairs" });
      await eve?.next("match_found");
      await eve?.next("game_started");
      const onGame = await app.connect(gameContract, "eve");
      const { state } = await onGame.call("room:state", { room_id: match_id });
      assert.deepEqual((state as Match).joined[0], [owner, leaver, "eve"]);
    });

    it("are known to the set-up of a real-time game", async () => {
      const app = await setup.start({ yaml: MODES, app: GAMES });
      const queued = await connectAll(app, USERS);
      const ann = await app.connect(gameContract, "ann");
      for (const one of queued) await one.call("queue_join", { game_mode: "race" });
      const { teams } = await (queued[0] as (typeof queued)[0]).next("match_found");
      const { state } = await ann.next("game_sync");
      const cars = Object.values((state as { cars: Record<string, { owner: string; team: number }> }).cars);
      assert.equal(cars.length, 4);
      for (const { owner, team } of cars) assert.ok(teams[team]?.includes(owner));
    });

    it("are none in a room that users made", async () => {
      const app = await setup.start({ app: GAMES });
      const [ann, bob, cid] = await Promise.all(
        ["ann", "bob", "cid"].map((user) => app.connect(gameContract, user)),
      );
      const { room } = (await ann?.call("room:create", { game: "duel" })) ?? {};
      const { room_id } = room ?? { room_id: "" };
      await bob?.call("room:join", { room_id });
      await cid?.call("room:join", { room_id });
      await ann?.call("room:start", { room_id });
      const started = await bob?.next("game_started");
      assert.deepEqual((started as { state: Match }).state.setup, []);
      await bob?.call("game:action", { room_id, action: "win" });
    });
  });
});
