/**
 * A player's side of a real-time room: frames and time come in, inputs and questions go out. Pure: it has no timers and no sockets, so that a
 * test can run it in a time of its own.
 */
import type { EntityValues } from "../../core/realtime/fields.ts";
import type { RealtimeGame, RealtimeState } from "../../core/realtime/game.ts";
import { joined, MAX_INPUTS, roundInput, withoutEdges, writeInput } from "../../core/realtime/inputs.ts";
import { FrameClock } from "./frame-clock.ts";
import { type Foresee, Happenings } from "./happenings.ts";
import { InputClock } from "./input-clock.ts";
import { InputHistory, type SentInput } from "./input-history.ts";
import { Interpolation } from "./interpolation.ts";
import { Picture, type SceneOf } from "./picture.ts";
import { Prediction } from "./prediction.ts";
import { type RealtimeStats, Statistics } from "./statistics.ts";
import { type FrameMessage, type InputMessage, StateCopy, type SyncMessage } from "./wire.ts";

/** What the session wants of its connection. */
interface SessionLink {
  send(message: InputMessage): void;
  /** Asks for a `game_sync`. */
  ask(): void;
}

export interface SessionOptions {
  readonly roomId: string;
  readonly game: RealtimeGame;
  readonly link: SessionLink;
  /** Steps whose inputs go in one message: 1 to 4. */
  readonly batch: number;
  readonly foresee?: Foresee | undefined;
}

/** Unanswered questions and silent rooms are asked again. */
const ASK_AGAIN_MS = 1_000;
const SILENT_MS = 2_000;
/** Frames that come after so long: the room was without an owner, or its owner out of reach. */
const QUIET_MS = 250;

export class RealtimeSession {
  readonly #options: SessionOptions;
  readonly #game: RealtimeGame;
  readonly #copy: StateCopy;
  readonly #clock: InputClock;
  readonly #frames: FrameClock;
  readonly #history: InputHistory;
  readonly #prediction: Prediction;
  readonly #interpolation: Interpolation;
  readonly #picture: Picture;
  readonly #happenings = new Happenings();
  readonly #statistics = new Statistics();
  #you: string | null = null;
  #epoch = 0;
  #tick = 0;
  /** A `game_sync` has come on this connection. */
  #ready = false;
  #connected = false;
  /** A `game_sync` is needed: frames are of no use before. */
  #gap = true;
  /** No game runs, as far as is known: nobody is asked for its state. */
  #over = true;
  #askedAt = Number.NEGATIVE_INFINITY;
  #heardAt = 0;
  #input: EntityValues;
  #unsent: SentInput[] = [];
  /** What was sent may be lost: it goes out again after the next `game_sync`. */
  #resend = true;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { game } = options;
    this.#game = game;
    this.#copy = new StateCopy(game);
    this.#clock = new InputClock(game.dt * 1_000);
    this.#frames = new FrameClock(game.dt * 1_000);
    this.#history = new InputHistory(game.hz);
    this.#prediction = new Prediction(game);
    this.#interpolation = new Interpolation(game);
    this.#picture = new Picture({
      game,
      frames: this.#frames,
      clock: this.#clock,
      interpolation: this.#interpolation,
      prediction: this.#prediction,
    });
    this.#input = {};
    roundInput(game.input, this.#input);
  }

  /** As the last frame has it: not predicted, not smoothed. */
  get state(): RealtimeState {
    return this.#copy.state;
  }

  get tick(): number {
    return this.#tick;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The player's user id; null for a spectator, and before the first `game_sync`. */
  get you(): string | null {
    return this.#you;
  }

  /** The player's entities as the server will have them when it has consumed every input; none while nothing is known. */
  get predicted(): ReadonlyMap<string, EntityValues> {
    const own = new Map<string, EntityValues>();
    for (const id of this.#prediction.ids) own.set(id, this.#prediction.get(id) ?? {});
    return own;
  }

  /** Inputs that the server has not consumed. */
  get unacked(): number {
    return this.#history.unacked.length;
  }

  connected(now: number): void {
    this.#connected = true;
    this.#heardAt = now;
    this.#askedAt = now;
  }

  /** The room's game has begun: its `game_sync` will come. */
  started(now: number): void {
    this.#over = false;
    this.#askedAt = now;
  }

  /** What was under way is lost; the player goes on for a while. */
  disconnected(): void {
    this.#connected = false;
    this.#ready = false;
    this.#gap = true;
    this.#resend = true;
    this.#unsent = [];
  }

  /** The game is over: no more steps, until a `game_sync` of the next one. */
  ended(): void {
    this.#over = true;
    this.#clock.stop();
    this.#unsent = [];
    this.#history.clear();
  }

  /** What the player does from now on; a button counts once. */
  input(values: EntityValues): void {
    const next: EntityValues = { ...this.#input, ...values };
    for (const name in next) if (this.#game.input[name] === undefined) delete next[name];
    roundInput(this.#game.input, next);
    this.#input = joined(this.#game.input, this.#input, next);
  }

  sync(now: number, message: SyncMessage): void {
    // An earlier owner's, late. After a new connection it can be that the server has gone back: to a backup.
    if (this.#ready && message.epoch < this.#epoch) return;
    const { epoch, tick, reason, ack, saved } = message;
    const isOther = epoch !== this.#epoch || !this.#ready;
    if (reason === "asked" && !this.#gap && !isOther && tick <= this.#tick) return;
    const before = this.#picture.shown(now);
    // Another game of the room: what was done in the last one is of no use.
    if (epoch === this.#epoch && tick < this.#tick && reason !== "asked") this.#history.clear();
    if (epoch !== this.#epoch && this.#epoch > 0) this.#statistics.takeover();
    this.#epoch = epoch;
    this.#tick = tick;
    this.#you = message.you;
    this.#heardAt = now;
    this.#gap = false;
    this.#ready = true;
    this.#over = false;
    this.#copy.sync(message);
    if (isOther) this.#history.restart(ack);
    this.#history.acknowledge(ack, saved);
    this.#happenings.clear();
    if (isOther || this.#resend) this.#clock.forget();
    this.#frames.restart(now, tick, message.send_every);
    this.#interpolation.restart(tick, this.state);
    this.#reconcile();
    this.#picture.leadOver(now, before, this.#picture.shown(now, false));
    if (this.#you === null || this.#prediction.collection === undefined) this.#clock.stop();
    else this.#clock.start(now);
    // The server drops those that it has. Others may be lost, with an owner or on the way to it.
    this.#resend = false;
    this.#sendAgain();
  }

  frame(now: number, message: FrameMessage): void {
    const { epoch, tick, base, ack = this.#history.ack, lead = 0 } = message;
    if (epoch < this.#epoch) return;
    if (epoch === this.#epoch && tick <= this.#tick && !this.#gap) return;
    const wasSilent = now - this.#heardAt > QUIET_MS;
    this.#heardAt = now;
    if (this.#gap || epoch !== this.#epoch || !this.#copy.continues(base, this.#tick)) {
      this.#lostFrames(now, Math.max(1, base - this.#tick));
      return;
    }
    const before = this.#picture.own(now);
    try {
      this.#copy.frame(message);
    } catch {
      this.#lostFrames(now, 1);
      return;
    }
    const ticks = tick - this.#tick;
    this.#tick = tick;
    this.#frames.frame(now, tick);
    this.#interpolation.frame(tick, this.state);
    if (message.lost !== undefined) {
      this.#history.drop(message.lost);
      this.#statistics.lost(message.lost);
    }
    this.#acknowledged(now, ack, lead, message.saved, ticks);
    // Nobody may have taken what was sent meanwhile.
    if (wasSilent) this.#sendAgain();
    this.#happenings.frame(tick, message.events ?? [], ack);
    const wrong = this.#reconcile();
    if (wrong.length > 0) this.#statistics.corrected(now);
    this.#picture.leadOver(now, before, this.#picture.own(now, false));
  }

  #acknowledged(now: number, ack: number, lead: number, saved: number | undefined, ticks: number): void {
    const consumed = ack - this.#history.ack;
    const tickMs = this.#game.dt * 1_000;
    const sent = consumed > 0 ? this.#history.find(ack) : undefined;
    // It has waited at the server behind as many as wait now.
    if (sent !== undefined) this.#statistics.roundTrip(Math.max(0, now - sent.at - (lead + 0.5) * tickMs));
    // While the player stands still nothing is missed.
    const missed = this.#history.ack > 0 && consumed < ticks && lead === 0 ? ticks - consumed : 0;
    this.#history.acknowledge(ack, saved);
    if (!this.#history.isFull)
      this.#clock.steer(now, { lead, jitterMs: this.#frames.jitterMs, missed, batch: this.#options.batch });
  }

  #lostFrames(now: number, frames: number): void {
    if (!this.#gap) this.#statistics.missed(frames);
    this.#gap = true;
    this.#ask(now);
  }

  #ask(now: number): void {
    if (!this.#connected || now - this.#askedAt < ASK_AGAIN_MS) return;
    this.#askedAt = now;
    this.#options.link.ask();
  }

  #reconcile(): string[] {
    if (this.#you === null) {
      this.#prediction.clear();
      return [];
    }
    return this.#prediction.reconcile(this.state, this.#you, this.#history.unacked);
  }

  /** Steps that are due. @returns when to call it again; undefined: when something comes */
  advance(now: number): number | undefined {
    while (this.#clock.step(now)) this.#step(now);
    if (this.#connected && !this.#over && (this.#gap || now - this.#heardAt > SILENT_MS)) this.#ask(now);
    return this.#clock.nextAt;
  }

  #step(now: number): void {
    if (this.#over || this.#you === null || this.#history.isFull) return;
    const sent = this.#history.add(this.#input, now);
    this.#input = withoutEdges(this.#game.input, this.#input);
    const { foresee } = this.#options;
    if (foresee !== undefined)
      for (const id of this.#prediction.ids)
        foresee(
          this.#prediction.get(id) ?? {},
          sent.input,
          (event) => this.#happenings.predict(sent.seq, event),
          id,
        );
    this.#prediction.step(sent.input);
    if (!this.#ready || this.#resend) return;
    this.#unsent.push(sent);
    if (this.#unsent.length >= this.#options.batch) this.#flush();
  }

  #sendAgain(): void {
    this.#unsent = [...this.#history.unacked];
    this.#flush();
  }

  #flush(): void {
    const { roomId, link } = this.#options;
    const seen = this.#frames.seen;
    while (this.#unsent.length > 0) {
      const inputs = this.#unsent
        .splice(0, MAX_INPUTS)
        .map(({ seq, input }) => writeInput(this.#game.input, seq, input));
      link.send({ room_id: roomId, epoch: this.#epoch, inputs, got: this.#tick, seen });
    }
  }

  /** What is shown at this time. Call it with growing times, as a page's frames come. */
  scene(now: number): SceneOf<RealtimeState> {
    const tick = this.#frames.shownAt(now);
    return {
      tick,
      state: this.#picture.shown(now),
      own: [...this.#prediction.ids],
      events: this.#happenings.take(tick),
    };
  }

  stats(now: number): RealtimeStats {
    return this.#statistics.at(now, {
      jitterMs: this.#frames.jitterMs,
      delayMs: this.#frames.delayMs(now),
      lead: this.#clock.lead,
      target: this.#clock.target,
      rate: this.#clock.rate,
      unacked: this.unacked,
    });
  }
}
