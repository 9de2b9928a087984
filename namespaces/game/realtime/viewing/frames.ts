/** Sends viewers of a room what changed for them: made and encoded once for all that know the same and see the same. */
import type { PayloadOf } from "../../../../core/contract/contract.ts";
import type { UserId } from "../../../../core/ids.ts";
import { columnsDelta, columnsOfView } from "../../../../core/realtime/columns.ts";
import {
  type CollectionDelta,
  diffViews,
  objectsDelta,
  objectsOfView,
  type RealtimeView,
} from "../../../../core/realtime/delta.ts";
import type { RealtimeEvent } from "../../../../core/realtime/game.ts";
import type { GameSession } from "../../delivery/state-sender.ts";
import type { GameContract } from "../../schema.ts";
import type { Mirror } from "./mirror.ts";
import type { GroupKey } from "./visibility.ts";

/** The changes of one frame, as JSON; what does not fit follows with the next. */
const MAX_FRAME_LENGTH = 16_384;

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
}

interface MadeFrame {
  /** `set` and `gone` as JSON, without the braces around them: the same text for all that are sent it. */
  readonly changes: string;
  /** What viewers know then: all that there is, unless the frame was too large for it. */
  readonly view: RealtimeView;
}

/** The frames of one tick. */
export class TickFrames {
  readonly #mirror: Mirror;
  readonly #events: readonly RealtimeEvent[];
  readonly #skipped: number | undefined;
  /** What begins each frame, up to its base. */
  readonly #head: string;
  readonly #made = new Map<RealtimeView, Map<RealtimeView, Partial<Record<FrameForm, MadeFrame>>>>();

  constructor(mirror: Mirror, events: readonly RealtimeEvent[], skipped?: number) {
    this.#mirror = mirror;
    this.#events = events;
    this.#skipped = skipped;
    const { room, epoch, tick } = mirror;
    this.#head = `"room_id":${JSON.stringify(room)},"epoch":${epoch},"tick":${tick},"base":`;
  }

  /** One that is slow is left out, and gets a `game_sync` when it reads again. @returns whether it was sent one */
  send(viewer: FrameViewer): boolean {
    if (viewer.session.isSlow) {
      if (viewer.known !== undefined) viewer.reason = "gap";
      viewer.known = undefined;
      return false;
    }
    if (viewer.known === undefined) this.sync(viewer, viewer.reason);
    else this.#frame(viewer, viewer.known);
    return true;
  }

  /** The whole of what a viewer may see. @returns what was sent */
  sync(viewer: FrameViewer, reason: SyncReason): PayloadOf<GameContract, "game_sync"> {
    const payload = syncPayload(this.#mirror, viewer, reason);
    viewer.session.emit("game_sync", payload);
    return payload;
  }

  #frame(viewer: FrameViewer, known: RealtimeView): void {
    const { visibility, tick, seats } = this.#mirror;
    const user = viewer.watching ? undefined : viewer.session.userId;
    const group = visibility.groupOf(user);
    const { changes, view } = this.#between(known, visibility.viewOf(group), viewer.form);
    const events = this.#eventsFor(user, group);
    const seat = user === undefined ? undefined : seats.get(user);
    const own = user === undefined ? undefined : changedOwn(this.#mirror, viewer, user);
    let text = `${this.#head}${viewer.tick}${changes && `,${changes}`},"ack":${seat?.ack ?? 0},"lead":${seat?.lead ?? 0}`;
    if (seat !== undefined && seat.saved !== viewer.saved) text += `,"saved":${seat.saved}`;
    if (own !== undefined) text += `,"own":${own}`;
    if (events !== undefined) text += `,"events":${events}`;
    if (seat?.lost !== undefined) text += `,"lost":[${seat.lost.join()}]`;
    if (this.#skipped !== undefined) text += `,"skipped":${this.#skipped}`;
    viewer.session.emitFields("game_frame", text);
    viewer.saved = seat?.saved ?? 0;
    viewer.known = view;
    viewer.tick = tick;
  }

  #between(before: RealtimeView, after: RealtimeView, form: FrameForm): MadeFrame {
    const ofBefore = this.#made.get(before) ?? new Map<RealtimeView, Partial<Record<FrameForm, MadeFrame>>>();
    this.#made.set(before, ofBefore);
    const made = ofBefore.get(after) ?? {};
    ofBefore.set(after, made);
    const known = made[form];
    if (known !== undefined) return known;
    const frame = before === after ? { changes: "", view: after } : this.#encode(before, after, form);
    made[form] = frame;
    return frame;
  }

  #encode(before: RealtimeView, after: RealtimeView, form: FrameForm): MadeFrame {
    const deltas = diffViews(this.#mirror.game.state, before, after);
    const encode = form === "columns" ? columnsDelta : objectsDelta;
    let text = JSON.stringify(encode(deltas));
    if (text.length <= MAX_FRAME_LENGTH) return { changes: text.slice(1, -1), view: after };
    const sorted = byWait(deltas);
    for (let count = countOf(deltas); ; ) {
      count = Math.max(1, Math.floor((count * 0.9 * MAX_FRAME_LENGTH) / text.length));
      const fitting = firstOf(sorted, count);
      text = JSON.stringify(encode(fitting));
      if (text.length > MAX_FRAME_LENGTH && count > 1) continue;
      for (const { set } of fitting) for (const { after: sent } of set) lastSent.set(sent, ++sendings);
      return { changes: text.slice(1, -1), view: applied(before, fitting) };
    }
  }

  /** As JSON; undefined for none. */
  #eventsFor(user: UserId | undefined, group: GroupKey): string | undefined {
    if (this.#events.length === 0) return undefined;
    const { visibility } = this.#mirror;
    const seen = this.#events.filter(({ only, at }) => {
      if (only !== undefined && (user === undefined || !only.includes(user))) return false;
      return at === undefined || visibility.sees(group, ...at);
    });
    if (seen.length === 0) return undefined;
    return JSON.stringify(seen.map(({ only, at, ...event }) => event));
  }
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

const countOf = (deltas: readonly CollectionDelta[]) => deltas.reduce((sum, { set }) => sum + set.length, 0);

/** The entities that have waited longest first: those that were not sent come before those that were. */
const byWait = (deltas: readonly CollectionDelta[]): CollectionDelta[] =>
  deltas.map((delta) => ({
    ...delta,
    set: [...delta.set].sort((a, b) => waited(b.before) - waited(a.before)),
  }));

/** All that is gone, and so many changes. */
function firstOf(deltas: readonly CollectionDelta[], count: number): CollectionDelta[] {
  let left = count;
  return deltas.map((delta) => {
    const set = delta.set.slice(0, left);
    left -= set.length;
    return { ...delta, set };
  });
}

/** When entities were last sent where not all could be. */
const lastSent = new WeakMap<object, number>();
let sendings = 0;
const waited = (before: object | undefined) =>
  before === undefined ? sendings : sendings - (lastSent.get(before) ?? 0);

function applied(before: RealtimeView, deltas: readonly CollectionDelta[]): RealtimeView {
  const view = new Map(before);
  for (const { plan, set, gone } of deltas) {
    const entities = new Map(view.get(plan.name));
    for (const { id } of gone) entities.delete(id);
    for (const { after } of set) entities.set(after.id, after);
    view.set(plan.name, entities);
  }
  return view;
}
