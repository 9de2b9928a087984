/** How far each user has read, and what is unread. */
import { GameError } from "../../core/errors.ts";
import type { UserId } from "../../core/ids.ts";
import { type DocumentKey, documentKey, partitions } from "../../core/ports/keys.ts";
import { rooms } from "../../core/rooms.ts";
import { update } from "../../core/transact.ts";
import type { Access, Named } from "./access.ts";
import { type Channel, logOf, peerOf, privateChannel, roomOf } from "./channels.ts";
import type { ChatContext, ChatSession } from "./context.ts";
import { entryId } from "./entries.ts";
import type { History } from "./history.ts";
import { conversationsOf, MAX_CONVERSATIONS } from "./relay.ts";
import { type Mark, moveMark, reachOf } from "./rules.ts";
import type { Signals } from "./signals.ts";

/** Entries after a mark that are looked at; a channel with more has at least as many unread as were found. */
const WINDOW = 500;
/** Channels counted at the same time. */
const PARALLEL = 16;

/** Entries among which a channel's last message is looked for. */
const NEWEST = 20;
const NOBODY: ReadonlySet<UserId> = new Set();

export interface Listed {
  readonly channel: string;
  readonly channel_id: string;
  readonly to?: UserId;
  readonly unread: number;
}

const marksOf = (user: UserId): DocumentKey<readonly Mark[]> =>
  documentKey<readonly Mark[]>(partitions.user(user), "chat:marks");

export function createMarks(
  { services: { store }, members }: ChatContext,
  access: Access,
  history: History,
  signals: Signals,
) {
  const { documents, streams, indexes } = store;

  function tell(user: UserId, channel: Channel, offset: number): void {
    const payload = { channel: channel.name, channel_id: channel.id, user_id: user, offset };
    const told = channel.kind === "party" ? [roomOf(channel)] : (channel.pair ?? []).map(rooms.user);
    for (const room of told) signals.tell({ event: "read", payload, by: user, room });
  }

  async function unreadIn(user: UserId, channel: Channel, mark: Mark | undefined): Promise<number> {
    let page = await streams.read(logOf(channel), { after: mark?.offset ?? 0, limit: WINDOW });
    const reach = mark ? reachOf(mark, page.epoch) : 0;
    if (mark && reach < mark.offset)
      page = await streams.read(logOf(channel), { after: reach, limit: WINDOW });
    const blocked = members.get(user)?.blocks?.users;
    const deleted = new Set(
      page.entries.map(({ entry }) => (entry.kind === "deleted" ? entry.messageId : "")),
    );
    return page.entries.filter(
      ({ offset, entry }) =>
        entry.kind === "message" &&
        entry.by !== user &&
        !blocked?.has(entry.by) &&
        !deleted.has(entryId(offset, entry.nonce)),
    ).length;
  }

  /** The user's channels, private ones last and among these the latest first, each seen by `view`. */
  async function eachChannel<V>(
    session: ChatSession,
    view: (channel: Channel, listed: Listed) => Promise<V>,
  ): Promise<V[]> {
    const user = session.userId;
    const own = await access.channels(session);
    const { members: recent } = await indexes.page(conversationsOf(user), {
      limit: MAX_CONVERSATIONS,
      reverse: true,
    });
    const channels = [...own, ...recent.map(({ value }) => privateChannel(user, value.with))];
    const marks = new Map(
      ((await documents.load(marksOf(user)))?.state ?? []).map((mark) => [mark.channelId, mark]),
    );
    const views: V[] = [];
    for (let i = 0; i < channels.length; i += PARALLEL)
      views.push(
        ...(await Promise.all(
          channels.slice(i, i + PARALLEL).map(async (channel) => {
            const to = peerOf(channel, user);
            return view(channel, {
              channel: channel.name,
              channel_id: channel.id,
              ...(to === undefined ? {} : { to }),
              unread: await unreadIn(user, channel, marks.get(channel.id)),
            });
          }),
        )),
      );
    return views;
  }

  return {
    async read(session: ChatSession, named: Named, offset: number): Promise<void> {
      const channel = await access.open(session, named, "read");
      const [end] = await streams.positions([logOf(channel)]);
      if (!end) throw new GameError("unavailable");
      if (offset > end.offset)
        throw new GameError("invalid_payload", { message: "offset: the channel does not reach so far" });
      const mark: Mark = { channelId: channel.id, epoch: end.epoch, offset };
      const { committed } = await update(documents, marksOf(session.userId), (current) => ({
        state: moveMark(current?.state ?? [], mark),
        result: undefined,
      }));
      if (committed) tell(session.userId, channel, offset);
    },

    unread: (session: ChatSession) => eachChannel(session, (_channel, listed) => Promise.resolve(listed)),

    /** Of each channel also where it ends, and its last message among the newest entries. */
    overview: (session: ChatSession) =>
      eachChannel(session, async (channel, listed) => {
        const blocked = members.get(session.userId)?.blocks?.users ?? NOBODY;
        const { messages, epoch, offset } = await history.page(channel, { limit: NEWEST }, blocked);
        const last = messages.findLast((item) => item.event === "chat_message" && item.deleted !== true);
        return {
          ...listed,
          epoch,
          offset,
          ...(last?.event === "chat_message" ? { last } : {}),
        };
      }),
  };
}
