/** Sends viewers of a room what changed for them: made and encoded once for all that know the same and see the same. */
import type { PayloadOf } from "../../../../core/contract/contract.ts";
import type { UserId } from "../../../../core/ids.ts";
import { columnsDelta, columnsOfView } from "../../../../core/realtime/columns.ts";
import {
  diffViews,
  objectsDelta,
  objectsOfView,
  type RealtimeView,
} from "../../../../core/realtime/delta.ts";
import type { RealtimeEvent } from "../../../../core/realtime/game.ts";
import type { GameSession } from "../../delivery/state-sender.ts";
import type { GameContract } from "../../schema.ts";
import type { RealtimeCounts } from "../figures.ts";
import type { SeatStatus } from "../stored.ts";
import { applied, byWait, countOf, firstOf, noteSent } from "./fitting.ts";
import type { Mirror } from "./mirror.ts";
import type { GroupKey } from "./visibility.ts";

/** The changes of one frame, as JSON; what does not fit follows with the next. As much again may be events. */
const MAX_FRAME_LENGTH = 16_384;
/** Groups that frames of one tick are made for; the others come first at the next. */
const MAX_GROUPS = 64;
/** What waits for a connection that gets no frames meanwhile; and when it has caught up. */
const BEHIND_BYTES = 65_536;
const CAUGHT_UP_BYTES = 8_192;
/** Events of frames that were put off. */
const MAX_OWED_EVENTS = 256;

export type FrameForm = "objects" | "columns";
export type SyncReason = PayloadOf<GameContract, "game_sync">["reason"];

/** One connection that is sent the frames of a room. */
export interface FrameViewer {
  readonly session: GameSession;
  form: FrameForm;
  /** Has no seat. */
  watching: boolean;
  /** What it knows; undefined: it needs a `game_sync`, for this reason. */
  known: RealtimeView | undefined;
  reason: SyncReason;
  /** The tick of the last frame. */
  tick: number;
  /** What it was last sent of its own fields, as JSON. */
  own: string;
  /** Of its inputs, as last told. */
  saved: number;
  /** Does not read what it was sent. */
  isBehind: boolean;
  /** Of frames that were put off. */
  owed: Owed | undefined;
}

/** What a frame has to tell of those before it that were put off. */
interface Owed {
  readonly events: readonly RealtimeEvent[];
  readonly droppedEvents: number;
  readonly lost: SeatStatus["lost"];
}

/** What became of a viewer's frame. `put off`: it comes with the next tick's. `left out`: the connection does not read. */
export type FrameOutcome = "sent" | "put off" | "left out";

interface MadeFrame {
  /** `set` and `gone` as JSON, without the braces around them: the same text for all that are sent it. */
  readonly changes: string;
  /** What viewers know then: all that there is, unless the frame was too large for it. */
  readonly view: RealtimeView;
  /** Changes that had no place in it. */
  readonly rest: number;
}

export interface FrameParts {
  readonly counts: Pick<RealtimeCounts, "skippedFrames" | "limited">;
  /** What was sent to a connection and is not read yet. */
  unreadBytes(session: GameSession): number;
}

/** The frames of one tick. */
export class TickFrames {
  readonly #mirror: Mirror;
  readonly #events: readonly RealtimeEvent[];
  readonly #skipped: number | undefined;
  /** What begins each frame, up to its base. */
  readonly #head: string;
  readonly #made = new Map<RealtimeView, Map<RealtimeView, Partial<Record<FrameForm, MadeFrame>>>>();
  readonly #groups = new Set<GroupKey>();
  readonly #parts: FrameParts;

  constructor(parts: FrameParts, mirror: Mirror, events: readonly RealtimeEvent[], skipped?: number) {
    this.#parts = parts;
    this.#mirror = mirror;
    this.#events = events;
    this.#skipped = skipped;
    const { room, epoch, tick } = mirror;
    this.#head = `"room_id":${JSON.stringify(room)},"epoch":${epoch},"tick":${tick},"base":`;
  }

  /** One that does not read is left out, and gets a `game_sync` when it reads again: the newest state wins. */
  send(viewer: FrameViewer): FrameOutcome {
    if (this.isLeftOut(viewer)) {
      this.#parts.counts.skippedFrames++;
      return "left out";
    }
    const group = this.#groupOf(viewer);
    if (this.#groups.size >= MAX_GROUPS && !this.#groups.has(group)) {
      this.#parts.counts.limited.groups++;
      this.#putOff(viewer);
      return "put off";
    }
    this.#groups.add(group);
    if (viewer.known === undefined) this.sync(viewer, viewer.reason);
    else this.#frame(viewer, viewer.known);
    return "sent";
  }

  isLeftOut(viewer: FrameViewer): boolean {
    const unread = this.#parts.unreadBytes(viewer.session);
    viewer.isBehind = viewer.session.isSlow || unread > (viewer.isBehind ? CAUGHT_UP_BYTES : BEHIND_BYTES);
    if (!viewer.isBehind) return false;
    if (viewer.known !== undefined) viewer.reason = "gap";
    viewer.known = undefined;
    viewer.owed = undefined;
    return true;
  }

  #userOf({ watching, session }: FrameViewer): UserId | undefined {
    return watching ? undefined : session.userId;
  }

  #groupOf(viewer: FrameViewer): GroupKey {
    return this.#mirror.visibility.groupOf(this.#userOf(viewer));
  }

  #putOff(viewer: FrameViewer): void {
    const { events: before = [], droppedEvents = 0, lost } = viewer.owed ?? {};
    const events = [...before, ...this.#events];
    const user = this.#userOf(viewer);
    const now = user === undefined ? undefined : this.#mirror.seats.get(user)?.lost;
    viewer.owed = {
      events: events.slice(-MAX_OWED_EVENTS),
      droppedEvents: droppedEvents + Math.max(0, events.length - MAX_OWED_EVENTS),
      lost: joinedRange(lost, now),
    };
  }

  /** The whole of what a viewer may see. @returns what was sent */
  sync(viewer: FrameViewer, reason: SyncReason): PayloadOf<GameContract, "game_sync"> {
    const payload = syncPayload(this.#mirror, viewer, reason);
    viewer.session.emit("game_sync", payload);
    return payload;
  }

  #frame(viewer: FrameViewer, known: RealtimeView): void {
    const { visibility, tick, seats } = this.#mirror;
    const user = this.#userOf(viewer);
    const group = visibility.groupOf(user);
    const { changes, view, rest } = this.#between(known, visibility.viewOf(group), viewer.form);
    const { owed } = viewer;
    const events = this.#eventsFor(user, group, owed);
    const seat = user === undefined ? undefined : seats.get(user);
    const own = user === undefined ? undefined : changedOwn(this.#mirror, viewer, user);
    let text = `${this.#head}${viewer.tick}${changes && `,${changes}`},"ack":${seat?.ack ?? 0},"lead":${seat?.lead ?? 0}`;
    if (seat !== undefined && seat.saved !== viewer.saved) text += `,"saved":${seat.saved}`;
    if (own !== undefined) text += `,"own":${own}`;
    if (rest > 0) text += `,"rest":${rest}`;
    if (events !== undefined) text += events;
    const lost = joinedRange(owed?.lost, seat?.lost);
    if (lost !== undefined) text += `,"lost":[${lost.join()}]`;
    if (this.#skipped !== undefined) text += `,"skipped":${this.#skipped}`;
    viewer.session.emitFields("game_frame", text);
    viewer.saved = seat?.saved ?? 0;
    viewer.known = view;
    viewer.tick = tick;
    viewer.owed = undefined;
  }

  #between(before: RealtimeView, after: RealtimeView, form: FrameForm): MadeFrame {
    const ofBefore = this.#made.get(before) ?? new Map<RealtimeView, Partial<Record<FrameForm, MadeFrame>>>();
    this.#made.set(before, ofBefore);
    const made = ofBefore.get(after) ?? {};
    ofBefore.set(after, made);
    const known = made[form];
    if (known !== undefined) return known;
    const frame =
      before === after ? { changes: "", view: after, rest: 0 } : this.#encode(before, after, form);
    made[form] = frame;
    return frame;
  }

  #encode(before: RealtimeView, after: RealtimeView, form: FrameForm): MadeFrame {
    const deltas = diffViews(this.#mirror.game.state, before, after);
    const encode = form === "columns" ? columnsDelta : objectsDelta;
    let text = JSON.stringify(encode(deltas));
    if (text.length <= MAX_FRAME_LENGTH) return { changes: text.slice(1, -1), view: after, rest: 0 };
    this.#parts.counts.limited.frame++;
    const sorted = byWait(deltas);
    const all = countOf(deltas);
    for (let count = all; ; ) {
      count = Math.max(1, Math.floor((count * 0.9 * MAX_FRAME_LENGTH) / text.length));
      const fitting = firstOf(sorted, count);
      text = JSON.stringify(encode(fitting));
      if (text.length > MAX_FRAME_LENGTH && count > 1) continue;
      noteSent(fitting);
      return { changes: text.slice(1, -1), view: applied(before, fitting), rest: all - countOf(fitting) };
    }
  }

  /** As fields of the frame; undefined for none. @param owed of frames that were put off */
  #eventsFor(user: UserId | undefined, group: GroupKey, owed: Owed | undefined): string | undefined {
    if (this.#events.length === 0 && owed === undefined) return undefined;
    const { visibility } = this.#mirror;
    const seen = [...(owed?.events ?? []), ...this.#events].filter(({ only, at }) => {
      if (only !== undefined && (user === undefined || !only.includes(user))) return false;
      return at === undefined || visibility.sees(group, ...at);
    });
    if (seen.length === 0) return undefined;
    const texts: string[] = [];
    let left = MAX_FRAME_LENGTH;
    for (const { only, at, ...event } of seen) {
      const text = JSON.stringify(event);
      left -= text.length + 1;
      if (left < 0) break;
      texts.push(text);
    }
    const lost = seen.length - texts.length + (owed?.droppedEvents ?? 0);
    if (lost === 0) return `,"events":[${texts.join()}]`;
    this.#parts.counts.limited.events += lost;
    return `,"events":[${texts.join()}],"events_lost":${lost}`;
  }
}

/** Both as one. */
function joinedRange(one: SeatStatus["lost"], other: SeatStatus["lost"]): SeatStatus["lost"] {
  if (one === undefined || other === undefined) return one ?? other;
  return [Math.min(one[0], other[0]), Math.max(one[1], other[1])];
}

/** All that a viewer may see now; from here on frames continue it. */
function syncPayload(
  mirror: Mirror,
  viewer: FrameViewer,
  reason: SyncReason,
): PayloadOf<GameContract, "game_sync"> {
  const { visibility, game, tick, room, epoch, seats } = mirror;
  const user = viewer.watching ? undefined : viewer.session.userId;
  const view = visibility.viewOf(visibility.groupOf(user));
  const seat = user === undefined ? undefined : seats.get(user);
  const own = user === undefined ? {} : visibility.ownOf(user);
  viewer.known = view;
  viewer.tick = tick;
  viewer.own = JSON.stringify(own);
  viewer.saved = seat?.saved ?? 0;
  return {
    room_id: room,
    epoch,
    tick,
    state: viewer.form === "columns" ? columnsOfView(game.state, view) : objectsOfView(game.state, view),
    ...(viewer.form === "columns" && { form: viewer.form }),
    ...(Object.keys(own).length > 0 && { own }),
    you: user ?? null,
    ack: seat?.ack ?? 0,
    lead: seat?.lead ?? 0,
    saved: viewer.saved,
    hz: game.hz,
    send_every: game.sendEvery,
    reason,
  };
}

/** A player's own fields as JSON, where they are not as they were last sent. */
function changedOwn({ visibility }: Mirror, viewer: FrameViewer, user: UserId): string | undefined {
  if (!visibility.hasOwn) return undefined;
  const text = JSON.stringify(visibility.ownOf(user));
  if (text === viewer.own) return undefined;
  viewer.own = text;
  return text;
}
