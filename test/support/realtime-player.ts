/** A player of a real-time room that sends an input per frame, and again what was not consumed when another worker took over. */
import type { RealtimeView } from "./realtime.ts";

export interface SentInput {
  readonly seq: number;
  readonly [field: string]: unknown;
}

export class RealtimePlayer {
  readonly #send: (message: object) => void;
  readonly #view: RealtimeView;
  readonly #room: string;
  #kept: SentInput[] = [];
  #isPlaying = true;
  seq = 0;
  /** What the next inputs say. */
  input: Readonly<Record<string, unknown>> = { x: 0, y: 0, aim: 0, fire: false };

  /** @param send a `game:input` with these fields */
  constructor(room_id: string, view: RealtimeView, send: (message: object) => void) {
    this.#room = room_id;
    this.#view = view;
    this.#send = send;
  }

  /** After each frame of the view. */
  framed(): void {
    this.#kept = this.#kept.filter(({ seq }) => seq > this.#view.saved);
    if (!this.#isPlaying) return;
    const input = { seq: ++this.seq, ...this.input };
    this.#kept.push(input);
    this.#send({ room_id: this.#room, epoch: this.#view.epoch, inputs: [input] });
  }

  /** After each `game_sync`. */
  synced(): void {
    const { ack, epoch } = this.#view;
    const again = this.#kept.filter(({ seq }) => seq > ack);
    for (let at = 0; at < again.length; at += 8)
      this.#send({ room_id: this.#room, epoch, inputs: again.slice(at, at + 8) });
  }

  stop(): void {
    this.#isPlaying = false;
  }
}
