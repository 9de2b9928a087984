import type { Handlers } from "../../core/contract/contract.ts";
import { asId, newId, type UserId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import { commandId } from "../../core/ports/store/keys.ts";
import { roughBytes } from "../../middleware/command-queue.ts";
import type { RoomWatches } from "./listing/watching.ts";
import type { Replays } from "./play/replays.ts";
import type { Users } from "./presence/users.ts";
import type { Realtime } from "./realtime/index.ts";
import type { OwnRoomsPage } from "./rooms/mine.ts";
import type { RoomService } from "./rooms/service.ts";
import { type GameContract, gameContract } from "./schema.ts";

const USERS_PAGE = 100;
/** About what an inbox keeps of one event. */
const INBOX_BYTES = 512;

export function gameHandlers(
  { outbound, inbox, reading, storageQuotas }: Services,
  rooms: RoomService,
  users: Users,
  lists: RoomWatches,
  replays: Replays,
  mine: OwnRoomsPage,
  realtime: Realtime,
): Handlers<GameContract> {
  const all = outbound.in(gameContract);
  return {
    async status(session, { status, text }) {
      await users.setStatus(session, status, text ?? null);
      return {};
    },
    "user:list": (session, { cursor, limit = USERS_PAGE }) => users.page(session, { cursor, limit }),
    "presence:watch": (session, wish) => users.watch(session, wish),
    async "presence:unwatch"(session) {
      await users.unwatch(session);
      return {};
    },
    "room:create": async (session, input) => ({ room: await rooms.create(session, input) }),
    "room:join": async (session, input) => ({ room: await rooms.join(session, input) }),
    async "room:leave"(session, { room_id }) {
      await rooms.leave(session, asId(room_id));
      return {};
    },
    "room:list": (session, input) => lists.page(session, input),
    "room:watch": (session, input) => lists.watch(session, input),
    "room:unwatch"(session, { watch }) {
      lists.unwatch(session, watch);
      return {};
    },
    "room:mine": (session, input) => mine(session, input),
    async "room:signal"(session, input) {
      await rooms.signal(session, input);
      return {};
    },
    "room:start": async (session, { room_id }) => ({ version: await rooms.start(session, asId(room_id)) }),
    async "room:kick"(session, { room_id, user_id }) {
      await rooms.kick(session, asId(room_id), asId(user_id));
      return {};
    },
    "room:update": async (session, input) => ({ room: await rooms.update(session, input) }),
    "room:rematch": async (session, { room_id, agree = true }) => ({
      room: await rooms.rematch(session, asId(room_id), agree),
    }),
    "room:state": (session, input) =>
      reading.turn(session, async (spend) => {
        const answer = await rooms.state(session, input);
        // Not waited for: what is told of the room meanwhile would overtake the answer.
        void spend(roughBytes(answer.state));
        return answer;
      }),
    "game:input"(session, input) {
      realtime.input(session, input);
      return {};
    },
    "game:action": async (session, input) => ({ version: await rooms.act(session, input) }),
    "match:replay": (session, input) => replays.page(session, input),
    announcement(_session, { message, level = "info" }) {
      all.toAll("announcement", { message, level });
      return {};
    },
    async achievement(session, { user_id, achievement, request_id }) {
      await storageQuotas.message(session, INBOX_BYTES);
      const delivery =
        request_id === undefined ? newId("d") : `achievement:${commandId(session.userId, request_id)}`;
      await inbox.deliver(
        gameContract,
        asId<UserId>(user_id),
        "achievement",
        { user_id, achievement },
        asId(delivery),
      );
      return {};
    },
    player_status(_session, { user_id, status }) {
      all.toAll("player_status", { user_id, status });
      return {};
    },
  };
}
