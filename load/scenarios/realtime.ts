/** A real-time room of `/game`: ships of the arena, an input per tick over a raw socket, and the time until a frame has consumed it. */
import type { Socket } from "socket.io-client";
import { defineScenario } from "../scenario.ts";
import type { ScenarioUser } from "../user.ts";

/** Of `game_sync` and `game_frame`, what is needed here. */
interface Frame {
  readonly room_id: string;
  readonly epoch: number;
  readonly tick: number;
  readonly ack: number;
  readonly lead: number;
}
type Pilot = ScenarioUser<{ readonly send_every: number }>;

const HZ = 30;
/** Inputs whose frame has not come; older ones are lost. */
const MOST_INPUTS = 300;
/** With more inputs than this waiting at the server a pilot leaves one out, as a real client slows down. */
const MOST_LEAD = 3;
const TURN_SHARE = 0.05;
const FIRE_SHARE = 0.1;

export default defineScenario({
  name: "realtime",
  summary: "/game: ships of the arena at 30 ticks a second, and the time from an input to its frame",
  users: 64,
  params: { room_size: 8, send_every: 2 },
  group: ({ room_size }) => room_size,
  async user(user) {
    const game = await user.socket("/game");
    game.on("error", ({ code }: { readonly code: string }) => user.fail("game:input", code));
    for (let round = 1; user.running; round++) await fly(user, game, round);
  },
});

async function fly(user: Pilot, game: Socket, round: number): Promise<void> {
  const room_id = await user.together.share(`room ${round}`, async () => {
    const options = { target: 100, seconds: 3_600 };
    const made = await user.action("room:create", () =>
      user.call(game, "room:create", { game: "arena", form: "columns", options }),
    );
    return (made.room as { readonly room_id: string }).room_id;
  });
  const inputs = new SentInputs(user, room_id);
  const take = (frame: Frame) => inputs.take(frame);
  let isOver = false;
  const over = (told: { readonly room_id: string }) => {
    isOver ||= told.room_id === room_id;
  };
  game.on("game_sync", take).on("game_frame", take).on("game_ended", over);
  try {
    await user.action("room:join", () => user.call(game, "room:join", { room_id, form: "columns" }));
    await user.action("all are there", () => user.together.meet(`seats ${round}`));
    await user.together.share(`start ${round}`, () =>
      user.action("room:start", () => user.call(game, "room:start", { room_id })),
    );
    let due = performance.now();
    while (user.running && !isOver && game.connected) {
      due += (1_000 / HZ) * user.params.send_every;
      await user.pause(due - performance.now());
      inputs.send(game);
    }
    if (user.running) await user.action("room:leave", () => user.call(game, "room:leave", { room_id }));
  } finally {
    game.off("game_sync", take).off("game_frame", take).off("game_ended", over);
  }
}

/** Inputs on their way, by their numbers. */
class SentInputs {
  readonly #user: Pilot;
  readonly #room: string;
  readonly #sentAt = new Map<number, number>();
  #frame: Frame | undefined;
  #acked = 0;
  #seq = 0;
  #x = 1;
  #y = 0;

  constructor(user: Pilot, room: string) {
    this.#user = user;
    this.#room = room;
  }

  take(frame: Frame): void {
    if (frame.room_id !== this.#room) return;
    // After a take-over the server says anew what it has.
    if (frame.epoch !== this.#frame?.epoch) this.#acked = frame.ack;
    this.#frame = frame;
    this.#user.count("frames");
    while (this.#acked < frame.ack) {
      const sent = this.#sentAt.get(++this.#acked);
      if (sent !== undefined) this.#user.sample("input to frame", this.#user.now() - sent);
      this.#sentAt.delete(this.#acked);
    }
  }

  send(game: Socket): void {
    const { params, random, now } = this.#user;
    if (this.#frame === undefined || this.#frame.lead > MOST_LEAD + params.send_every) return;
    this.#seq = Math.max(this.#seq, this.#frame.ack);
    if (random() < TURN_SHARE * params.send_every)
      [this.#x, this.#y] = [direction(random()), direction(random())];
    const inputs: object[] = [];
    for (let more = 0; more < params.send_every; more++) {
      this.#seq++;
      inputs.push({ seq: this.#seq, x: this.#x, y: this.#y, fire: random() < FIRE_SHARE });
      this.#sentAt.set(this.#seq, now());
      this.#sentAt.delete(this.#seq - MOST_INPUTS);
    }
    const { epoch, tick } = this.#frame;
    game.emit("game:input", { room_id: this.#room, epoch, inputs, got: tick });
    this.#user.count("inputs", params.send_every);
  }
}

/** -1, 0 or 1. */
const direction = (chance: number) => Math.floor(chance * 3) - 1;
