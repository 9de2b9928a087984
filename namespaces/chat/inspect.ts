/** What an operator sees of channels and may do there, without a session in `/chat`. For the console alone; private channels stay private. */
import { GameError } from "../../core/contract/errors.ts";
import { asId, type PartyId, type UserId } from "../../core/ids.ts";
import { iso } from "../../core/time.ts";
import type { ChatContext } from "./context.ts";
import { sanctionedIn, sanctionsOf, slowOf } from "./membership/sanctions-cache.ts";
import {
  type Channel,
  everywhere,
  globalChannel,
  guildChannel,
  partyChannel,
  reportDesk,
  roomChannel,
  roomNamed,
  type Scope,
} from "./model/channels.ts";
import { type Entry, entryId } from "./model/entries.ts";
import { inForce, type SanctionKind, type Sanctions } from "./model/rules.ts";
import type { Actor, Audit, EntriesBefore } from "./moderation/audit.ts";
import type { Moderation, Order } from "./moderation/moderation.ts";
import { channelOfName, isName, keys } from "./named/stored.ts";

const PAGE_BYTES = 262_144;

export type ChatDesk = ReturnType<typeof createChatDesk>;

export function createChatDesk({ services: { store } }: ChatContext, moderation: Moderation, audit: Audit) {
  const { documents, indexes, streams } = store;

  /**
   * The channel of a name: `global`, a named channel, `guild:<id>`, `party:<id>`, `room:<room_id>`.
   * @throws GameError `not_found`; `forbidden` for a private channel
   */
  async function channelOf(name: string): Promise<Channel> {
    if (name === "global") return globalChannel;
    if (name === "private" || name.startsWith("private:"))
      throw new GameError("forbidden", { message: "private channels are not shown" });
    const room = roomNamed(name);
    if (room !== undefined) return roomChannel(room);
    const [kind, id] = [name.slice(0, name.indexOf(":")), name.slice(name.indexOf(":") + 1)];
    if (kind === "guild" && id !== "") return guildChannel(id);
    if (kind === "party" && id !== "") return partyChannel(asId<PartyId>(id));
    const found = isName(name) ? await documents.load(keys.channel(name)) : undefined;
    if (found === undefined) throw new GameError("not_found", { message: "there is no such channel" });
    return channelOfName(name, found.state);
  }

  const channelIn = async ({ channel }: Order) => (channel === undefined ? undefined : channelOf(channel));

  async function sanctioned(user: string, scope: Scope) {
    const found = await documents.load(sanctionsOf(scope, asId<UserId>(user)));
    return sanctionsView(inForce(found?.state ?? {}, store.now()));
  }

  async function page({ log }: Scope, { before = Number.MAX_SAFE_INTEGER, limit }: EntriesBefore) {
    const read = await streams.read(log, { before, limit, maxBytes: PAGE_BYTES });
    return {
      entries: read.entries.map(({ offset, entry }) => entryView(offset, entry)),
      offset: read.offset,
      has_more: (read.entries[0]?.offset ?? 0) > read.first,
    };
  }

  return {
    /** Named channels; `global` is there besides. */
    async channels(range: { readonly cursor?: string; readonly limit: number }) {
      const found = await indexes.page(keys.directory(), range);
      const channels = await Promise.all(
        found.members.map(async ({ member, value }) => ({
          channel: member,
          access: value.access,
          description: value.description,
          members: await indexes.size(keys.members(member, value.instance)),
        })),
      );
      return { channels, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) };
    },

    /** The newest entries of a channel, or those before an offset; within the page oldest first. */
    async channel(name: string, range: EntriesBefore) {
      const channel = await channelOf(name);
      const [entries, slow, listed] = await Promise.all([
        page(channel, range),
        documents.load(slowOf(channel)),
        channel.kind === "named" ? indexes.page(sanctionedIn(channel), { limit: 100 }) : undefined,
      ]);
      const sanctions = await Promise.all(
        (listed?.members ?? []).map(async ({ member }) => ({
          user_id: member,
          ...(await sanctioned(member, channel)),
        })),
      );
      return { channel: name, slow_s: slow?.state.seconds ?? 0, sanctions, ...entries };
    },

    /** Messages that users have reported. */
    reports: (range: EntriesBefore) => page(reportDesk, range),
    /** What moderators have done. */
    acts: (range: EntriesBefore) => audit.pageOf(range),

    /** A user's sanctions everywhere. */
    sanctionsOf: (user: string) => sanctioned(user, everywhere),

    /** The named channels that a user is in. */
    joined: async (user: string) => (await documents.load(keys.joined(asId<UserId>(user))))?.state ?? [],

    sanction: async (by: Actor, kind: SanctionKind, order: Order) =>
      moderation.sanctionBy(by, await channelIn(order), kind, order),

    pardon: async (by: Actor, action: "unmute" | "unban", order: Order) =>
      moderation.pardonBy(by, await channelIn(order), action, order),
  };
}

function sanctionsView(sanctions: Sanctions) {
  return Object.fromEntries(
    Object.entries(sanctions).map(([kind, { until, by, reason }]) => [
      kind,
      { by, ...(reason === "" ? {} : { reason }), ...(until === null ? {} : { until: iso(until) }) },
    ]),
  );
}

function entryView(offset: number, entry: Entry) {
  const { nonce, at, by, kind } = entry;
  return { offset, id: entryId(offset, nonce), at: iso(at), by, kind, ...detailsOf(entry) };
}

/** In the words of the wire. */
function detailsOf(entry: Entry): object {
  switch (entry.kind) {
    case "message": {
      const { name, content, replyTo, edited, deleted } = entry;
      return {
        ...{ name, content },
        ...(replyTo === undefined ? {} : { reply_to: replyTo }),
        ...(edited && { edited }),
        ...(deleted && { deleted }),
      };
    }
    case "edited":
      return { message_id: entry.messageId, author: entry.author, content: entry.content };
    case "deleted":
      return { message_id: entry.messageId, author: entry.author };
    case "moderation": {
      const { action, user, reason, until, report } = entry;
      return {
        ...{ action, user_id: user, reason },
        ...(until === undefined ? {} : { until: iso(until) }),
        ...(report && {
          report: {
            channel: report.channel,
            channel_id: report.channelId,
            message_id: report.messageId,
            content: report.content,
          },
        }),
      };
    }
    case "member":
      return { change: entry.change, user_id: entry.user };
    case "slow":
      return { seconds: entry.seconds };
    case "closed":
      return {};
  }
}
