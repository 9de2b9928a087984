/**
 * A client's copy of a room and its game. Joins the answers of `room:state` with what comes live, so that the copy is that of one version,
 * and each event is told once and in order. Pure: no connection, no time.
 */
import type { PayloadOf } from "../../core/contract/contract.ts";
import type { GameResult } from "../../core/games/game.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import { sizeOf } from "../payloads.ts";
import { PatchError, patched } from "./json-patch.ts";

/** By its contract: the client's own package has that, and nothing else of the namespace. */
type RoomView = PayloadOf<GameContract, "room:updated">["room"];

/** A room and the user's view of its game, at one version. A change makes a new one; what stays the same is shared. */
export interface GameView<S = unknown> {
  readonly room: RoomView;
  /** Null before the room's first game. It is not to be changed: patches continue it. */
  readonly state: S | null;
  /** 0 before the room's first game; goes on from one game to the next. */
  readonly version: number;
  /** When the present turn's time is over, where it has a limit; ISO 8601. */
  readonly deadline?: string;
  /** Once the game is over, until the next one starts. */
  readonly result?: GameResult;
}

/** Events of these versions are gone: the connection was lost, or a message was. */
export interface MissedEvents {
  readonly from: number;
  readonly to: number;
}

/** What the application is told, in order. */
export type GameNews =
  | { readonly kind: "change" }
  | { readonly kind: "event"; readonly event: unknown; readonly version: number }
  | { readonly kind: "gap"; readonly missed: MissedEvents }
  | { readonly kind: "end"; readonly result: GameResult };

interface Versioned {
  readonly version: number;
  readonly deadline?: string | undefined;
}

/** A message about the room, of its stream or of the inbox. */
export type GameMessage =
  | { readonly kind: "room"; readonly room: RoomView }
  | ({ readonly kind: "started"; readonly state: unknown } & Versioned)
  | ({
      readonly kind: "played";
      readonly events: readonly unknown[];
      /** Left out where there is a patch. */
      readonly state?: unknown;
      readonly from?: number | undefined;
      readonly patch?: readonly unknown[] | undefined;
      /** It comes because changes may have been missed: nothing is known of their events. */
      readonly missed?: true | undefined;
    } & Versioned)
  | { readonly kind: "ended"; readonly result: GameResult };

type Played = Extract<GameMessage, { kind: "played" }>;

/** The answer of `room:state`. */
export interface GameAnswer extends Versioned {
  readonly room: RoomView;
  readonly state: unknown;
  readonly result?: GameResult | undefined;
}

/** Messages that wait for an answer. Beyond, they are dropped, and the state is asked for once more. */
const MAX_WAITING = 1_000;
const MAX_WAITING_SIZE = 4 * 1024 * 1024;

export class GameCopy {
  #view: GameView | undefined;
  /** Of the last change whose events were told, or reported as missed. */
  #told = 0;
  /** The version after this one is a start, which has no events: its message may come late. */
  #startsAfter: number | undefined;
  #toldEnd: number | undefined;
  /** Of the newest message with the room, which can be older than an answer. */
  #liveRound: number | undefined;
  #waiting: GameMessage[] | undefined = [];
  #waitingSize = 0;
  #overflowed = false;

  /** Undefined before the first answer. */
  get view(): GameView | undefined {
    return this.#view;
  }

  /** Whether an answer is needed: until it comes, messages wait. */
  get isBehind(): boolean {
    return this.#waiting !== undefined;
  }

  /** The connection was lost, with what was under way. */
  interrupt(): void {
    this.#wait();
    this.#overflowed = false;
    this.#liveRound = undefined;
  }

  #wait(): void {
    this.#waiting = [];
    this.#waitingSize = 0;
  }

  take(message: GameMessage): GameNews[] {
    const view = this.#view;
    if (this.#waiting === undefined && view !== undefined) return this.#apply(view, message);
    this.#keep(message);
    return [];
  }

  #keep(message: GameMessage): void {
    if (this.#waiting === undefined) this.#wait();
    this.#waitingSize += sizeOf(message);
    if ((this.#waiting?.length ?? 0) >= MAX_WAITING || this.#waitingSize > MAX_WAITING_SIZE) {
      this.#wait();
      this.#overflowed = true;
    } else if (!this.#overflowed) this.#waiting?.push(message);
  }

  /** The server's answer counts, whatever was known before. It may still be behind afterwards: too much came meanwhile. */
  answered({ room, state, version, deadline, result }: GameAnswer): GameNews[] {
    // What happened before the first answer is the past.
    this.#told = this.#view === undefined ? version : Math.min(this.#told, version);
    const view = shaped({ room, state, version, deadline, result });
    this.#view = view;
    const news: GameNews[] = [{ kind: "change" }, ...this.#tellEnd(view)];
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    if (this.#overflowed) {
      this.interrupt();
      return news;
    }
    let unsure = false;
    for (const message of waiting) {
      // The answer has an end that no newer state precedes, or it was made before that, or the end is that of the game before.
      if (message.kind !== "ended" || this.#view.version > version) news.push(...this.take(message));
      else if (result === undefined) unsure = true;
    }
    if (unsure && !this.isBehind) this.#wait();
    return news;
  }

  #apply(view: GameView, message: GameMessage): GameNews[] {
    switch (message.kind) {
      case "room":
        this.#liveRound = roundOf(message.room);
        if (this.#liveRound < roundOf(view.room)) return [];
        if (message.room.phase === "playing" && (view.version === 0 || view.result !== undefined))
          this.#startsAfter = view.version;
        this.#view = { ...view, room: message.room };
        return [{ kind: "change" }];
      case "started": {
        // It can have a later state of the game, whose events come by themselves.
        const { version, state } = message;
        const isStart = this.#told === this.#startsAfter || (this.#told === 0 && view.version === 0);
        if (isStart && version === this.#told + 1) this.#told = version;
        return version > view.version ? this.#become(view, message, state) : [];
      }
      case "played":
        return this.#played(view, message);
      case "ended": {
        // Of the game before.
        if ((this.#liveRound ?? Number.POSITIVE_INFINITY) < roundOf(view.room)) return [];
        const missed = this.#missedBefore(view.version + 1);
        this.#told = Math.max(this.#told, view.version);
        if (view.result !== undefined) return missed;
        const { deadline: _, ...rest } = view;
        const over = { ...rest, result: message.result };
        this.#view = over;
        return [...missed, { kind: "change" }, ...this.#tellEnd(over)];
      }
    }
  }

  #played(view: GameView, message: Played): GameNews[] {
    const { version, patch } = message;
    const eventsOf = () => (message.missed ? [] : this.#eventsOf(version, message.events));
    if (version <= view.version) return eventsOf();
    const state = patch === undefined ? message.state : continued(view, message.from, patch);
    if (state === undefined) {
      this.#keep(message);
      return [];
    }
    const change = this.#become(view, message, state);
    return [...eventsOf(), ...change];
  }

  #become({ room }: GameView, { version, deadline }: Versioned, state: unknown): GameNews[] {
    this.#view = shaped({ room, state, version, deadline });
    return [{ kind: "change" }];
  }

  #eventsOf(version: number, events: readonly unknown[]): GameNews[] {
    if (version <= this.#told) return [];
    const news = this.#missedBefore(version);
    this.#told = version;
    for (const event of events) news.push({ kind: "event", event, version });
    return news;
  }

  #missedBefore(version: number): GameNews[] {
    const from = this.#told + 1;
    const isStart = from === version - 1 && this.#told === this.#startsAfter;
    return from < version && !isStart ? [{ kind: "gap", missed: { from, to: version - 1 } }] : [];
  }

  #tellEnd({ version, result }: GameView): GameNews[] {
    if (result === undefined || this.#toldEnd === version) return [];
    this.#toldEnd = version;
    this.#startsAfter = version;
    return [{ kind: "end", result }];
  }
}

/** Which game of the room it is; 0 before the first. */
const roundOf = ({ round = 0 }: RoomView): number => round;

/** Undefined where the patch does not continue the view: messages were missed. */
function continued({ version, state }: GameView, from: number | undefined, patch: readonly unknown[]) {
  if (from !== version) return undefined;
  try {
    return patched(state, patch);
  } catch (thrown) {
    if (thrown instanceof PatchError) return undefined;
    throw thrown;
  }
}

const shaped = ({ room, state, version, deadline, result }: GameAnswer): GameView => ({
  room,
  state: state ?? null,
  version,
  ...(deadline === undefined ? {} : { deadline }),
  ...(result === undefined ? {} : { result }),
});
