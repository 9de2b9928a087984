/** Inputs of a connection: counted, read and checked on the worker that the connection is at. */
import type { InputOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { MAX_INPUT_BYTES, type NumberedInput, readInput } from "../../../core/realtime/inputs.ts";
import type { GameSession } from "../delivery/state-sender.ts";
import type { GameContract } from "../schema.ts";
import type { RealtimeCounts } from "./figures.ts";
import type { InputBatch } from "./stored.ts";
import type { FollowedRoom } from "./viewing/followed.ts";

/** Messages of one connection in the running second, by game rate: twice as many as there are ticks. */
const counted = new WeakMap<GameSession, { second: number; messages: number }>();

/** @throws GameError `rate_limited`, `payload_too_large`, `invalid_payload` */
export function readInputs(
  { id, game }: FollowedRoom,
  session: GameSession,
  { epoch, inputs, got, seen }: InputOf<GameContract, "game:input">,
  { limited }: Pick<RealtimeCounts, "limited">,
  now = performance.now(),
): InputBatch {
  const second = Math.floor(now / 1_000);
  const count = counted.get(session);
  if (count?.second !== second) counted.set(session, { second, messages: 1 });
  else if (++count.messages > 2 * game.hz)
    throw new GameError("rate_limited", {
      details: { retry_after_ms: Math.ceil((second + 1) * 1_000 - now) },
    });
  return {
    room: id,
    user: session.userId,
    inputs: inputs.map((given) => readOne(game.input, given, limited)),
    ...(epoch !== undefined && { epoch }),
    ...(got !== undefined && { got }),
    ...(seen !== undefined && { seen }),
  };
}

function readOne(
  fields: FollowedRoom["game"]["input"],
  given: unknown,
  limited: RealtimeCounts["limited"],
): NumberedInput {
  // Values of an input are numbers, truths and short texts: a quick look is enough for most.
  if (isLong(given) && JSON.stringify(given).length > MAX_INPUT_BYTES) {
    limited.input++;
    throw new GameError("payload_too_large", { message: `an input has up to ${MAX_INPUT_BYTES} bytes` });
  }
  const read = readInput(fields, given);
  if (typeof read === "string") throw new GameError("invalid_payload", { message: `inputs: ${read}` });
  return read;
}

/** Whether it may have more than 256 bytes as JSON: not an array of few numbers. */
const isLong = (given: unknown) =>
  !Array.isArray(given) || given.length > 10 || given.some((value) => typeof value === "string");
