/** Memberships of named channels. The versions that were read become guards of later writes. */
import { STAFF } from "../../../core/contract/contract.ts";
import type { Identity } from "../../../core/contract/session.ts";
import type { UserId } from "../../../core/ids.ts";
import { topic } from "../../../core/ports/store/bus.ts";
import type { Versioned } from "../../../core/ports/store/documents.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import type { Channel } from "../model/channels.ts";
import { channelOfName, isName, keys, type NamedChannel, type NamedMembership } from "../named/stored.ts";
import type { Member } from "./local-members.ts";

/** A user joined a channel, or is let into one again: their connections on other workers follow it. A worker that misses this hint corrects itself. */
export const joinedTopic = topic<{ readonly user: UserId }>("chat:joined");

function visible(
  session: ChatSession,
  name: string,
  found: Versioned<NamedChannel> | undefined,
  membership: Versioned<NamedMembership> | undefined,
): Channel | undefined {
  if (!found) return undefined;
  const { access, roles, instance } = found.state;
  const channel = { name: keys.channel(name).name, expected: found.version };
  const member = membership?.state.instance === instance && membership.state.state === "member";
  if (session.hasRole(...STAFF))
    return { ...channelOfName(name, found.state, [channel]), ...(member ? {} : { visiting: true }) };
  if (!member) return undefined;
  if (access === "role" && !session.hasRole(...roles)) return undefined;
  const own = { name: keys.membership(name, session.userId).name, expected: membership.version };
  return channelOfName(name, found.state, [channel, own]);
}

/** No version of a list: the followed channels are compared again. */
export const UNSETTLED = -1;

/** Named channels that are remembered of a session, by their names. */
const MAX_FOUND = 20;

interface Found {
  /** Whose roles it was found with. */
  readonly identity: Identity;
  readonly channel: Channel;
}

export function createNamedMemberships({ services: { store }, members }: ChatContext) {
  const { documents } = store;
  const foundBy = new WeakMap<ChatSession, Map<string, Found>>();

  function note(session: ChatSession, name: string, channel: Channel | undefined): void {
    const known = foundBy.get(session) ?? new Map<string, Found>();
    known.delete(name);
    if (!channel) return;
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size >= MAX_FOUND) known.delete(oldest);
    foundBy.set(session, known.set(name, { identity: session.identity, channel }));
  }

  return {
    /** The channel of this name, if the user is in it; undefined also if there is none. */
    async find(session: ChatSession, name: string): Promise<Channel | undefined> {
      if (!isName(name)) return undefined;
      const [found, membership] = await Promise.all([
        documents.load(keys.channel(name)),
        documents.load(keys.membership(name, session.userId)),
      ]);
      const channel = visible(session, name, found, membership);
      note(session, name, channel);
      return channel;
    },

    /** The last result of `find`. It can be out of date; its guards then fail. */
    found(session: ChatSession, name: string): Channel | undefined {
      const last = foundBy.get(session)?.get(name);
      return last?.identity === session.identity ? last.channel : undefined;
    },

    /** The named channels that the user joined and is still in. */
    async joined(session: ChatSession): Promise<Channel[]> {
      const list = await documents.load(keys.joined(session.userId));
      const member = members.get(session.userId);
      if (member) member.joinedVersion = list?.version ?? 0;
      const names = list?.state ?? [];
      if (names.length === 0) return [];
      const [found, memberships] = await Promise.all([
        documents.loadMany(names.map(keys.channel)),
        documents.loadMany(names.map((name) => keys.membership(name, session.userId))),
      ]);
      const isIn = names.map(
        (_, at) =>
          memberships[at]?.state.state === "member" &&
          memberships[at].state.instance === found[at]?.state.instance,
      );
      // A join or leave is under way: look again, because a hint may never come.
      if (member && isIn.includes(false)) member.joinedVersion = UNSETTLED;
      // Staff see every channel; theirs are those that they joined.
      return names.flatMap((name, at) =>
        isIn[at] ? (visible(session, name, found[at], memberships[at]) ?? []) : [],
      );
    },

    /** Of some users, those who joined or left a named channel since their channels were last followed here. */
    async unlike(some: readonly Member[]): Promise<Member[]> {
      const lists = await documents.loadMany(some.map(({ userId }) => keys.joined(userId)));
      return some.filter((member, at) => (lists[at]?.version ?? 0) !== member.joinedVersion);
    },
  };
}

export type NamedMemberships = ReturnType<typeof createNamedMemberships>;
