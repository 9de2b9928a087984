/** Holds back on this worker what spectators of a delayed game are sent. The past comes from the game's action log. */
import type { Game } from "../../../core/games/game.ts";
import type { LogEntry } from "../../../core/games/replay.ts";
import { replay } from "../../../core/games/replay.ts";
import type { Play, Room, RoomEntry } from "../rooms/stored.ts";
import { roomView } from "./view.ts";

/** Entries held back per room, and about their bytes; beyond, states in between are dropped. The newest is always whole. */
const MAX_HELD = 1_000;
const MAX_HELD_BYTES = 4 * 2 ** 20;
/** The queue is checked at least so often. */
const MAX_WAIT_MS = 1_000;

export interface DelayOptions {
  readonly delayMs: number;
  now(): number;
  /** The entry's time has come. */
  release(entry: RoomEntry): void;
}

export type Delay = ReturnType<typeof createDelay>;

interface HeldEntry {
  readonly due: number;
  readonly entry: RoomEntry;
  readonly bytes: number;
}

/** Entries in the order in which they are due, within their bounds. */
class HeldEntries {
  readonly list: HeldEntry[] = [];
  #bytes = 0;

  push(due: number, entry: RoomEntry): void {
    this.add({ due, entry, bytes: JSON.stringify(entry).length });
  }

  add(one: HeldEntry): void {
    this.list.push(one);
    this.#bytes += one.bytes;
    while (this.list.length > MAX_HELD || this.#bytes > MAX_HELD_BYTES) {
      // Each state is whole, and so is each view of the room: a later one of its kind takes its place.
      const least = this.list.findIndex(
        ({ entry: { kind } }, at) =>
          (kind === "played" || kind === "updated") &&
          this.list.findLastIndex((other) => other.entry.kind === kind) > at,
      );
      if (least < 0) return;
      for (const { bytes } of this.list.splice(least, 1)) this.#bytes -= bytes;
    }
  }

  takeDue(time: number): HeldEntry[] {
    const due = this.list.findIndex((one) => one.due > time);
    const taken = this.list.splice(0, due < 0 ? this.list.length : due);
    for (const { bytes } of taken) this.#bytes -= bytes;
    return taken;
  }
}

export function createDelay({ delayMs, now, release }: DelayOptions) {
  let held = new HeldEntries();
  let timer: NodeJS.Timeout | undefined;
  let shown: { readonly play: Play | null; readonly over: boolean } = { play: null, over: false };

  function arm(): void {
    const [next] = held.list;
    if (timer !== undefined || next === undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        releaseDue();
        arm();
      },
      Math.min(Math.max(next.due - now(), 0), MAX_WAIT_MS),
    );
    timer.unref();
  }

  function show(entry: RoomEntry): void {
    if (entry.kind === "started" || entry.kind === "played") shown = { play: entry.play, over: false };
    if (entry.kind === "ended") shown = { ...shown, over: true };
  }

  function releaseDue(): void {
    for (const { entry } of held.takeDue(now())) {
      show(entry);
      release(entry);
    }
  }

  return {
    /** Whether nothing is held back. */
    get idle(): boolean {
      return held.list.length === 0;
    },

    /** The newest play that spectators may know, and whether they know that it is over. What is due is released first. */
    shown() {
      releaseDue();
      return shown;
    },

    hold(entry: RoomEntry): void {
      held.push(now() + delayMs, timeless(entry));
      arm();
    },

    /**
     * Entries before the first that was held: shown where they are old enough, else held back too.
     * @param log of the room's present game; one that cannot be replayed shows nothing of what was
     */
    fill(room: Room, game: Game, log: readonly LogEntry[]): void {
      const first = held.list.find(({ entry }) => entry.kind === "started" || entry.kind === "played")?.entry;
      const until = first !== undefined && "play" in first ? first.play.version : Number.POSITIVE_INFINITY;
      const known = shown.play?.version ?? 0;
      const endHeld = held.list.some(({ entry }) => entry.kind === "ended");
      const all = new HeldEntries();
      for (const { at, entry } of entriesOf(room, game, log)) {
        const version = versionOf(entry);
        if (entry.kind === "ended" ? endHeld || first !== undefined : version >= until || version <= known)
          continue;
        if (at + delayMs <= now()) show(entry);
        else all.push(at + delayMs, entry);
      }
      for (const one of held.list) all.add(one);
      held = all;
      arm();
    },

    close(): void {
      clearTimeout(timer);
      held = new HeldEntries();
    },
  };
}

const versionOf = (entry: RoomEntry) =>
  entry.kind === "started" || entry.kind === "played" ? entry.play.version : 0;

/** Without the deadline, which is over when spectators get the turn. */
function timeless(entry: RoomEntry): RoomEntry {
  return entry.kind === "started" || entry.kind === "played"
    ? { ...entry, play: { ...entry.play, turn: null } }
    : entry;
}

/** A log as the entries that members were sent. */
function* entriesOf(
  room: Room,
  game: Game,
  log: readonly LogEntry[],
): Generator<{ readonly at: number; readonly entry: RoomEntry }> {
  if (log[0]?.kind !== "start") return;
  const round = room.play?.round ?? 1;
  const first = log[0].version;
  let version = 0;
  for (const { entry, players, state, events } of replay(game, log)) {
    const { at } = entry;
    if (entry.kind === "end") {
      yield { at, entry: { kind: "ended", result: entry.result } };
      continue;
    }
    if (entry.version === version) continue;
    version = entry.version;
    const play: Play = { players, state, version, round, first, turn: null };
    yield entry.kind === "start"
      ? { at, entry: { kind: "started", game: game.name, room: roomView(room), play } }
      : { at, entry: { kind: "played", game: game.name, play, events } };
  }
}
