/** One real-time room that connections of this worker follow: who steps it, what is known of it, and who is sent its frames. */
import type { RoomId, UserId } from "../../../../core/ids.ts";
import type { Shedding } from "../../../../core/ports/outbound.ts";
import { type ObjectsForm, objectsOfView } from "../../../../core/realtime/delta.ts";
import type { RealtimeEvent, RealtimeGame } from "../../../../core/realtime/game.ts";
import type { GameSession } from "../../delivery/state-sender.ts";
import type { TickPacket } from "../stored.ts";
import { type FrameForm, type FrameParts, type FrameViewer, type SyncReason, TickFrames } from "./frames.ts";
import { Mirror } from "./mirror.ts";

/** Packets that wait for spectators of a delayed game: a minute at the highest rate. */
const MAX_DELAYED = 3_600;
/** While volatile events are left out, one frame says what so many would have said. */
const FRAMES_IN_ONE = 4;

/** What the next frame has to say of packets whose own was left out. */
interface LeftOut {
  frames: number;
  events: RealtimeEvent[];
}

/** A real-time game as each player sees it, at a tick. */
export interface RealtimeViews {
  readonly tick: number;
  readonly views: readonly { readonly user_id: UserId | null; readonly state: ObjectsForm }[];
}

interface FollowedParts extends FrameParts {
  readonly shedding: Shedding;
}

export class FollowedRoom {
  readonly id: RoomId;
  readonly game: RealtimeGame;
  readonly #viewers = new Map<GameSession, FrameViewer>();
  readonly #now: () => number;
  readonly #parts: FollowedParts;
  /** What players see, and what spectators of a delayed game see. */
  #live: Mirror | undefined;
  #late: Mirror | undefined;
  readonly #leftOut: LeftOut = { frames: 0, events: [] };
  readonly #leftOutLate: LeftOut = { frames: 0, events: [] };
  /** Viewers whose last frame was put off. */
  readonly #waiting = new Set<FrameViewer>();
  #delayed: { readonly due: number; readonly packet: TickPacket }[] = [];
  /** The worker that steps the room; undefined while it is being looked for, or nobody does. */
  owner: string | undefined;
  /** Its game runs, as far as this worker knows. */
  isPlaying = false;
  /** When the owner was last heard of, by the monotonic clock. */
  heardAt = 0;

  constructor(
    id: RoomId,
    game: RealtimeGame,
    parts: FollowedParts,
    now: () => number = () => performance.now(),
  ) {
    this.id = id;
    this.game = game;
    this.#parts = parts;
    this.#now = now;
  }

  get size(): number {
    return this.#viewers.size;
  }

  get mirror(): Mirror | undefined {
    return this.#live;
  }

  add(session: GameSession, watching: boolean, form?: FrameForm): void {
    const known = this.#viewers.get(session);
    if (known?.watching === watching) {
      if (form !== undefined) this.#setForm(session, form);
      return;
    }
    const viewer: FrameViewer = {
      session,
      form: form ?? known?.form ?? "objects",
      watching,
      known: undefined,
      reason: "joined",
      tick: 0,
      own: "{}",
      saved: 0,
      isBehind: false,
      owed: undefined,
    };
    this.#viewers.set(session, viewer);
    const mirror = this.#mirrorFor(viewer);
    if (mirror === undefined) return;
    const frames = new TickFrames(this.#parts, mirror, []);
    if (!frames.isLeftOut(viewer)) frames.sync(viewer, "joined");
  }

  remove(session: GameSession): void {
    const viewer = this.#viewers.get(session);
    this.#viewers.delete(session);
    if (viewer !== undefined) this.#waiting.delete(viewer);
  }

  /** What each of these sees now, null being a spectator; undefined where nothing is known of the game yet. */
  viewsFor(users: readonly (UserId | null)[]): RealtimeViews | undefined {
    const mirror = this.#live;
    if (mirror === undefined) return undefined;
    const { visibility, tick } = mirror;
    const views = users.map((user) => {
      const view = visibility.viewOf(visibility.groupOf(user ?? undefined));
      return { user_id: user, state: objectsOfView(this.game.state, view) };
    });
    return { tick, views };
  }

  /** Whether the connection follows it with a seat. */
  isPlayer(session: GameSession): boolean {
    return this.#viewers.get(session)?.watching === false;
  }

  #setForm(session: GameSession, form: FrameForm): void {
    const viewer = this.#viewers.get(session);
    if (viewer === undefined || viewer.form === form) return;
    viewer.form = form;
    const mirror = this.#mirrorFor(viewer);
    if (viewer.known !== undefined && mirror !== undefined)
      new TickFrames(this.#parts, mirror, []).sync(viewer, "asked");
  }

  /** Sends a `game_sync` that was asked for. @returns the same; undefined where nothing is known of the game yet */
  sync(session: GameSession, form?: FrameForm) {
    const viewer = this.#viewers.get(session);
    const mirror = viewer && this.#mirrorFor(viewer);
    if (viewer === undefined || mirror === undefined) return undefined;
    if (form !== undefined) viewer.form = form;
    return new TickFrames(this.#parts, mirror, []).sync(viewer, "asked");
  }

  #isLate({ watching }: FrameViewer): boolean {
    return watching && this.game.spectatorDelayMs > 0;
  }

  #mirrorFor(viewer: FrameViewer): Mirror | undefined {
    return this.#isLate(viewer) ? this.#late : this.#live;
  }

  /** @returns false where the packet does not continue what is known: a whole one is needed */
  take(packet: TickPacket): boolean {
    const known = this.#live;
    if (known !== undefined && packet.epoch < known.epoch) return true;
    this.heardAt = this.#now();
    const next = this.#after(known, packet, false);
    if (next === undefined) return false;
    this.#live = next;
    if (this.game.spectatorDelayMs > 0) this.#delay(packet);
    return true;
  }

  /** The state with the packet, and its frames sent; undefined where it does not continue what is known. */
  #after(known: Mirror | undefined, packet: TickPacket, late: boolean): Mirror | undefined {
    let mirror = known;
    if (packet.base === null) {
      mirror = new Mirror(this.game, packet);
      const reason = reasonAfter(known, packet);
      for (const viewer of this.#viewers.values()) {
        if (this.#isLate(viewer) !== late) continue;
        if (viewer.known !== undefined || reason !== "gap") viewer.reason = reason;
        viewer.known = undefined;
      }
    } else if (mirror?.continue(packet) !== true) return undefined;
    if (mirror === undefined) return undefined;
    const leftOut = late ? this.#leftOutLate : this.#leftOut;
    if (this.#isLeftOut(packet, leftOut)) return mirror;
    // The owner's last packet may tell of no new tick: only that it is the last.
    if (packet.base === packet.tick && packet.end !== undefined && leftOut.frames === 0) return mirror;
    const events = leftOut.frames === 0 ? packet.events : [...leftOut.events, ...packet.events];
    Object.assign(leftOut, { frames: 0, events: [] });
    this.#sendAll(new TickFrames(this.#parts, mirror, events, packet.skipped), late);
    return mirror;
  }

  /** Those whose frame was put off come first. */
  #sendAll(frames: TickFrames, late: boolean): void {
    const first = [...this.#waiting].filter((viewer) => this.#isLate(viewer) === late);
    const served = new Set(first);
    const send = (viewer: FrameViewer) => {
      if (frames.send(viewer) === "put off") this.#waiting.add(viewer);
      else this.#waiting.delete(viewer);
    };
    for (const viewer of first) send(viewer);
    for (const viewer of this.#viewers.values())
      if (this.#isLate(viewer) === late && !served.has(viewer)) send(viewer);
  }

  /** A frame has all that changed since the last that was sent: a packet that says nothing else needs none of its own. */
  #isLeftOut({ base, events, seats, skipped, end }: TickPacket, leftOut: LeftOut): boolean {
    if (!this.#parts.shedding.volatile || base === null || skipped !== undefined || end !== undefined)
      return false;
    if (leftOut.frames >= FRAMES_IN_ONE - 1 || seats.some(({ lost }) => lost !== undefined)) return false;
    leftOut.frames++;
    leftOut.events.push(...events);
    this.#parts.shedding.left();
    return true;
  }

  #delay(packet: TickPacket): void {
    const now = this.#now();
    if (this.#delayed.length >= MAX_DELAYED) this.#delayed.shift();
    this.#delayed.push({ due: now + this.game.spectatorDelayMs, packet });
    this.showDelayed();
  }

  /** Sends spectators of a delayed game what is old enough. */
  showDelayed(): void {
    const now = this.#now();
    for (let first = this.#delayed[0]; first !== undefined && first.due <= now; first = this.#delayed[0]) {
      this.#delayed.shift();
      this.#late = this.#after(this.#late, first.packet, true) ?? this.#late;
    }
  }
}

/** Why viewers are sent the whole state where a worker got a whole packet. */
function reasonAfter(known: Mirror | undefined, { epoch, round }: TickPacket): SyncReason {
  if (known === undefined || known.round !== round) return "joined";
  return known.epoch === epoch ? "gap" : "takeover";
}
