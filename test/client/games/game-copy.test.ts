import assert from "node:assert/strict";
import fc from "fast-check";
import jsonPatch from "fast-json-patch";
import { GameCopy, type GameMessage, type GameNews } from "../../../client/games/game-copy.ts";
import type { GameResult } from "../../../core/games/game.ts";
import type { RoomView } from "../../../namespaces/game/schema.ts";

interface State {
  readonly n: number;
  readonly list: readonly number[];
}

const roomOf = (phase: RoomView["phase"], round: number): RoomView => ({
  room_id: "r",
  name: "r",
  game: "tally",
  owner: "ann",
  players: [],
  max_players: 2,
  private: false,
  phase,
  round,
});

/** A server's room, without its network: what it sends, and what it answers. */
class Server {
  version = 0;
  state: State | null = null;
  result: GameResult | undefined;
  round = 0;
  /** The versions that are starts: those have no events. */
  readonly starts = new Set<number>();

  get room(): RoomView {
    return roomOf(this.round === 0 ? "lobby" : this.result ? "ended" : "playing", this.round);
  }

  start(): GameMessage[] {
    this.version++;
    this.starts.add(this.version);
    this.round++;
    this.result = undefined;
    this.state = { n: 0, list: [] };
    const { room, version, state } = this;
    return [
      { kind: "room", room },
      { kind: "started", version, state },
    ];
  }

  play(n: number, whole: boolean): GameMessage[] {
    if (this.state === null || this.result) return this.start();
    const before = this.state;
    const from = this.version++;
    const after = { n: before.n + n, list: [...before.list, n].slice(-3) };
    this.state = after;
    const body = whole ? { state: after } : { from, patch: jsonPatch.compare(before, after) };
    return [{ kind: "played", version: this.version, events: [`e${this.version}`], ...body }];
  }

  finish(): GameMessage[] {
    if (this.state === null || this.result) return this.start();
    const last = this.play(1, false);
    const result = { winners: [], reason: "over" };
    this.result = result;
    return [...last, { kind: "room", room: this.room }, { kind: "ended", result }];
  }

  answer() {
    const { room, state, version, result } = this;
    return { room, state, version, ...(result === undefined ? {} : { result }) };
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("play" as const),
      n: fc.integer({ min: 0, max: 9 }),
      whole: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "finish" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("drop" as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "cut" as const }) },
  // The server answers what was asked; the answer is under way behind what was sent before, and perhaps before that.
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("answer" as const), late: fc.integer({ min: 0, max: 3 }) }),
  },
);

/** A start that comes late, with the state of a version whose own message is lost. */
const LATE_START = [
  { do: "play" as const, n: 0, whole: false },
  { do: "play" as const, n: 0, whole: false },
  { do: "finish" as const },
  { do: "play" as const, n: 0, whole: false },
  { do: "play" as const, n: 0, whole: false },
  { do: "drop" as const, count: 2 },
  { do: "play" as const, n: 0, whole: false },
  { do: "drop" as const, count: 1 },
];

describe("a client's copy of a game", () => {
  it("is that of the server after any drops, reconnects and late answers, and tells each event once, in order, or as missed", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const server = new Server();
        const copy = new GameCopy();
        const told: GameNews[] = [];
        const network: GameMessage[] = [];
        /** Starts come by another way, some of them late. */
        const inbox: GameMessage[] = [];
        /** One that is sent late has the state of then. */
        const asItIs = (message: GameMessage): GameMessage =>
          message.kind === "started" && server.result === undefined
            ? { ...message, version: server.version, state: server.state }
            : message;
        let lost = 0;
        const deliver = (keep = 0) => {
          while (network.length > keep) told.push(...copy.take(network.shift() as GameMessage));
        };
        const send = (messages: readonly GameMessage[]) => {
          for (const message of messages)
            if (message.kind === "started" && message.version % 2 === 0) inbox.push(message);
            else if (message.kind !== "played" || lost-- <= 0) network.push(message);
        };
        told.push(...copy.answered(server.answer()));
        for (const one of steps) {
          if (one.do === "play") send(server.play(one.n, one.whole));
          if (one.do === "finish") send(server.finish());
          if (one.do === "drop" && one.count === 1) network.push(...inbox.splice(0).map(asItIs));
          if (one.do === "drop") lost = one.count;
          if (one.do === "cut") {
            network.length = 0;
            copy.interrupt();
          }
          if (one.do !== "answer") {
            if (one.do === "play" && one.n % 2 === 0) deliver();
          } else if (copy.isBehind) {
            // Read at the server before the last messages were sent.
            const answer = server.answer();
            deliver(one.late);
            told.push(...copy.answered(answer));
          }
        }
        lost = 0;
        deliver();
        send(server.play(1, true));
        network.push(...inbox.splice(0).map(asItIs));
        deliver();
        while (copy.isBehind) told.push(...copy.answered(server.answer()));

        assert.deepEqual(copy.view, server.answer());
        const versions = told.flatMap((news) => (news.kind === "event" ? [news.version] : []));
        assert.deepEqual(
          versions,
          [...new Set(versions)].toSorted((a, b) => a - b),
        );
        const known = new Set([...versions, ...server.starts]);
        for (const { missed } of told.filter((news) => news.kind === "gap"))
          for (let at = missed.from; at <= missed.to; at++) {
            assert.ok(!versions.includes(at), `${at} was told, and reported as missed`);
            known.add(at);
          }
        const last = versions.at(-1) ?? 0;
        for (let at = 1; at <= last; at++) assert.ok(known.has(at), `${at} was neither told nor reported`);
      }),
      { numRuns: 2_000, examples: [[LATE_START]] },
    );
  });

  it("keeps a bounded number of messages while it waits for an answer, and asks once more", () => {
    const server = new Server();
    const copy = new GameCopy();
    copy.answered(server.answer());
    server.start();
    copy.interrupt();
    for (let i = 0; i < 5_000; i++) for (const message of server.play(1, true)) copy.take(message);
    copy.answered(server.answer());
    assert.ok(copy.isBehind);
    for (const message of server.play(1, false)) copy.take(message);
    copy.answered(server.answer());
    assert.ok(!copy.isBehind);
    assert.deepEqual(copy.view, server.answer());
  });

  it("asks again where a patch does not fit, and where an end may be that of an earlier game", () => {
    const server = new Server();
    const copy = new GameCopy();
    server.start();
    copy.answered(server.answer());
    const from = server.version;
    copy.take({
      kind: "played",
      version: from + 1,
      from,
      patch: [{ op: "replace", path: "/x/y", value: 1 }],
      events: [],
    });
    assert.ok(copy.isBehind);
    copy.take({ kind: "ended", result: { winners: [], reason: "earlier" } });
    assert.equal(copy.answered(server.answer()).length > 0, true);
    server.play(2, true);
    copy.answered(server.answer());
    assert.deepEqual([copy.isBehind, copy.view], [false, server.answer()]);
  });

  it("tells an end once, whether it comes live, with the answer, or both", () => {
    const server = new Server();
    const copy = new GameCopy();
    copy.answered(server.answer());
    const messages = [...server.start(), ...server.finish()];
    const news = messages.flatMap((message) => copy.take(message));
    copy.interrupt();
    news.push(...copy.answered(server.answer()));
    assert.equal(news.filter(({ kind }) => kind === "end").length, 1);
  });
});
