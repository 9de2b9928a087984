/** Rooms of a small game for tests of `games.follow`: it has hidden parts, events, and states long enough for patches to be shorter. */
import { Type } from "typebox";
import type { FollowedGame, Muster } from "../../../client/index.ts";
import { action, defineGame, type GameDefinition } from "../../../core/games/game.ts";
import type { Setup, TestApp } from "../../support/app.ts";
import { openTyped, type TypedOptions } from "../../support/typed-client.ts";

interface Tally {
  readonly sum: number;
  readonly over: boolean;
  /** A change that is missed stays missing here. */
  readonly slots: Readonly<Record<string, number>>;
  readonly secret: Readonly<Record<string, number>>;
  readonly filler: string;
}

/** What one user sees of it. */
export interface TallyView {
  readonly sum: number;
  readonly slots: Readonly<Record<string, number>>;
  readonly own: number | null;
  readonly filler: string;
}

export interface TallyEvent {
  readonly type: "added";
  readonly n: number;
}

const rules: GameDefinition<Tally> = {
  name: "tally",
  players: { min: 1, max: 4 },
  options: Type.Object({ seconds: Type.Optional(Type.Integer()) }),
  setup: () => ({ sum: 0, over: false, slots: {}, secret: {}, filler: "x".repeat(300) }),
  actions: {
    /** With as many events as said. */
    add: action(Type.Object({ n: Type.Integer(), events: Type.Integer() }), (state: Tally, by, args) => ({
      state: {
        ...state,
        sum: state.sum + args.n,
        slots: { ...state.slots, [`slot ${args.n % 5}`]: state.sum },
        secret: { ...state.secret, [by]: args.n },
      },
      events: Array.from({ length: args.events }, (_, at) => ({ type: "added", n: args.n * 10 + at })),
    })),
    finish: action(Type.Object({}), (state: Tally) => ({ state: { ...state, over: true } })),
  },
  result: ({ over }) => (over ? { winners: [], reason: "finished" } : undefined),
  view: ({ sum, slots, secret, filler }, viewer) => ({
    sum,
    slots,
    own: (viewer === null ? undefined : secret[viewer]) ?? null,
    filler,
  }),
};

/** Spectators of the second see it later. */
const games = [defineGame(rules), defineGame({ ...rules, name: "late-tally", spectatorDelayMs: 200 })];

/** Limits are not what these tests are about. */
const UNLIMITED = {
  RATE_LIMITS_EVENTS: ["game:action", "room:state", "room:join", "room:create", "room:start", "room:rematch"]
    .map((name) => `${name}=off`)
    .join(","),
  RATE_LIMITS_USER: "off",
  RATE_LIMITS_CONNECTION: "off",
};

export const startTally = (setup: Pick<Setup, "start">): Promise<TestApp> =>
  setup.start({ env: UNLIMITED, app: { games } });

export type Tallies = FollowedGame<TallyView, TallyEvent>;

export const gameIn = (muster: Muster) => muster.in("/game");

/** A typed client with a room of the game. */
export async function owner(app: TestApp, user: string, options: TypedOptions = {}, wish: object = {}) {
  const muster = openTyped(app, user, options);
  const { room } = await gameIn(muster).call("room:create", { game: "tally", ...wish });
  return { muster, room_id: room.room_id, join_code: room.join_code };
}

export const add = (muster: Muster, room_id: string, n: number, events = 1) =>
  gameIn(muster).call("game:action", { room_id, action: "add", args: { n, events } });

export const finish = (muster: Muster, room_id: string) =>
  gameIn(muster).call("game:action", { room_id, action: "finish" });

/** Drops the events that it names, as if they had never come. */
export function dropEvents(
  { socket }: Pick<ReturnType<typeof gameIn>, "socket">,
  isDropped: (event: string, payload: Readonly<Record<string, unknown>>) => boolean,
): void {
  const inner = socket as unknown as { onevent(packet: { readonly data: readonly unknown[] }): void };
  const pass = Object.getPrototypeOf(inner).onevent.bind(socket) as typeof inner.onevent;
  inner.onevent = (packet) => {
    const [event, payload] = packet.data;
    if (!isDropped(String(event), payload as Readonly<Record<string, unknown>>)) pass(packet);
  };
}

/** All that the application is told of a game, in order. */
export function told(game: Tallies): string[] {
  const log: string[] = [];
  game.onEvent(({ n }, version) => log.push(`event ${version}: ${n}`));
  game.onGap(({ from, to }) => log.push(`gap ${from}-${to}`));
  game.onEnd(({ reason }, { version }) => log.push(`end ${version}: ${reason}`));
  game.onClose((reason) => log.push(`closed ${reason}`));
  return log;
}
