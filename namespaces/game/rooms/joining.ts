/** How a user comes into a room: to a seat, or to watch. */
import { askInTime } from "../../../core/async.ts";
import type { InputOf } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Game } from "../../../core/games/game.ts";
import { asId, type RoomId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { RoomFollowers } from "../delivery/followers.ts";
import type { GameSession } from "../delivery/state-sender.ts";
import { roomView } from "../delivery/view.ts";
import type { OnJoin } from "../hooks.ts";
import { takeSeat } from "../play/players.ts";
import type { FrameForm } from "../realtime/viewing/frames.ts";
import type { GameContract, RoomView } from "../schema.ts";
import { type CommitRoom, present } from "./commit.ts";
import type { JoinCodes } from "./join-codes.ts";
import { checkWelcome, seatOf } from "./rules.ts";
import type { Seats } from "./seats.ts";
import type { Room } from "./stored.ts";

export interface JoiningParts {
  readonly change: CommitRoom;
  readonly seats: Seats;
  readonly followers: RoomFollowers;
  readonly codes: JoinCodes;
  readonly onJoin?: OnJoin;
}

export function createJoining(
  { store, random, guesses }: Services,
  { change, seats, followers, codes, onJoin }: JoiningParts,
  load: (id: RoomId) => Promise<Room>,
  gameNamed: (name: string) => Game,
) {
  /** Seats the session's user by `seat`: noted first, followed first, so that a failure on the way loses nothing. */
  async function seatBy(
    session: GameSession,
    room: Room,
    form: FrameForm | undefined,
    seat: () => Promise<unknown>,
  ): Promise<void> {
    const { id } = room;
    await seats.reserve(session.userId, id);
    try {
      await followers.attach(session, id, { room, form });
      await seat();
    } catch (err) {
      if (err instanceof GameError && err.code === "unavailable") throw err; // perhaps committed: the list is compared later
      followers.detach(session, id);
      await seats.compareOwn(session.userId, id);
      throw err;
    }
    await followers.followOnAllWorkers(id, [session.userId]);
  }

  async function watch(session: GameSession, room: Room, form: FrameForm | undefined): Promise<RoomView> {
    const watching = seatOf(room, session.userId) === undefined;
    await followers.attach(session, room.id, { watching, room, form });
    const now = await load(room.id);
    return (await followers.pastFor(session, now))?.room ?? roomView(now);
  }

  /** @throws GameError `not_found`; `rate_limited` for who was wrong too often */
  async function roomWith(session: GameSession, code: string): Promise<RoomId> {
    guesses.check(session);
    const id = await codes.roomWith(code);
    if (id === undefined) {
      guesses.wrong(session);
      throw new GameError("not_found");
    }
    return id;
  }

  async function sitOrWatch(
    session: GameSession,
    input: InputOf<GameContract, "room:join">,
  ): Promise<RoomView> {
    const { room_id, join_code, spectate = false } = input;
    if ((room_id === undefined) === (join_code === undefined))
      throw new GameError("invalid_payload", { message: "either room_id or join_code is required" });
    const id = join_code === undefined ? asId<RoomId>(room_id ?? "") : await roomWith(session, join_code);
    const room = await load(id);
    const user = { userId: session.userId, name: session.identity.name };
    if (seatOf(room, user.userId) !== undefined) return watch(session, room, input.form);
    if (room.private && join_code === undefined) throw new GameError("not_found");
    checkWelcome(room, user.userId);
    if (onJoin !== undefined)
      await askInTime(async () => onJoin({ identity: session.identity, room: roomView(room), spectate }));
    if (spectate) return watch(session, room, input.form);
    if (session.identity.anonymous)
      throw new GameError("unauthorized", { message: "a token is required to take a seat" });
    const game = gameNamed(room.game);
    const sit = (now: number, current: Room) => takeSeat(current, game, user, { now, random });
    sit(store.now(), room); // refused before anything is taken
    await seatBy(session, room, input.form, () => change(id, (current, now) => sit(now, present(current))));
    return roomView(await load(id));
  }

  return { seatBy, sitOrWatch };
}
