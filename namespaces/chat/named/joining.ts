/** Members of named channels: invite, join, leave and remove. Each step is one change of the channel's partition. */

import { transact, update } from "../../../core/consistency/transact.ts";
import { STAFF } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type DeliveryId, newId, type UserId } from "../../../core/ids.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { append, indexPut, indexRemove, put, type Versioned } from "../../../core/ports/store/documents.ts";
import type { StreamPosition } from "../../../core/ports/store/streams.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import type { Access } from "../membership/access.ts";
import { joinedTopic } from "../membership/named-membership.ts";
import type { Channel } from "../model/channels.ts";
import type { MemberEntry } from "../model/entries.ts";
import type { Audit } from "../moderation/audit.ts";
import type { Blocks } from "../moderation/blocks.ts";
import { chatContract } from "../schema.ts";
import type { OwnChannels } from "./joined-lists.ts";
import { type ChannelPlaces, INVITED_MS } from "./quota.ts";
import {
  channelOfName,
  deadlines,
  type Invitation,
  isName,
  keys,
  type NamedChannel,
  type NamedMembership,
  namedChannel,
  partitionOf,
} from "./stored.ts";

export interface NamedParts {
  readonly access: Access;
  readonly blocks: Pick<Blocks, "between">;
  readonly audit: Audit;
}

interface JoiningParts extends NamedParts {
  readonly own: OwnChannels;
  readonly places: ChannelPlaces;
}

const forbidden = () => new GameError("forbidden");

export function createJoining({ services }: ChatContext, parts: JoiningParts) {
  const { store, userBus, settings, timers, inbox, live } = services;
  const { access, blocks, audit, own, places } = parts;
  const { documents } = store;
  const { retention } = settings;
  const there = (name: string) => namedChannel(documents, name);

  timers.on(deadlines.invited, ({ payload }) => deliver(payload));

  async function deliver({ name, instance, to, from, serial }: Invitation): Promise<void> {
    const [found, membership] = await Promise.all([
      documents.load(keys.channel(name)),
      documents.load(keys.membership(name, to)),
    ]);
    // Withdrawn or used before it was delivered.
    if (found?.state.instance !== instance || membership?.state.state !== "invited") return;
    const { id } = channelOfName(name, found.state);
    await inbox.deliver(
      chatContract,
      to,
      "channel_invited",
      { channel: name, channel_id: id, from, description: found.state.description },
      asId<DeliveryId>(`chat:invited:${serial}`),
      { from, about: `channel:${id}:${instance}` },
    );
  }

  /**
   * A channel, and what the user is in it.
   * @throws GameError `forbidden` where there is none, and where the user is nothing in one that is not open to them
   */
  async function standingIn(
    name: string,
    user: UserId,
    isOpen: (channel: NamedChannel) => boolean = () => false,
  ): Promise<Versioned<NamedChannel>> {
    if (!isName(name)) throw forbidden();
    // Together: a channel that is not there takes as long as one that is not the user's.
    const [found, membership] = await Promise.all([
      documents.load(keys.channel(name)),
      documents.load(keys.membership(name, user)),
    ]);
    const isIn = found !== undefined && membership?.state.instance === found.state.instance;
    if (!found || !(isIn || isOpen(found.state))) throw forbidden();
    return found;
  }

  /** A channel and a user's membership, read together; the channel must still be the one that was found first. */
  const membershipIn = (found: Versioned<NamedChannel>, name: string, user: UserId) => async () => {
    const [channel, membership] = await Promise.all([
      there(name),
      documents.load(keys.membership(name, user)),
    ]);
    if (channel.state.instance !== found.state.instance) throw forbidden();
    const own = membership?.state.instance === found.state.instance ? membership.state.state : undefined;
    return {
      own,
      become: (state: NamedMembership["state"]) => {
        const next = { instance: found.state.instance, state };
        const ttlMs = state === "invited" ? INVITED_MS : undefined;
        return put(keys.membership(name, user), membership?.version ?? 0, next, ttlMs);
      },
      unchanged: [{ name: keys.channel(name).name, expected: channel.version }],
    };
  };

  const memberEntry = (
    by: UserId,
    user: UserId,
    change: MemberEntry["change"],
    { state }: Versioned<NamedChannel>,
  ): MemberEntry => ({
    kind: "member",
    nonce: newId("j"),
    at: store.now(),
    by,
    user,
    change,
    // In an open channel the notices would grow with the square of its users.
    told: state.access === "invite",
  });

  /** Ends a user's membership or invitation. @returns whether there was one */
  async function part(session: ChatSession, name: string, user: UserId, removed: boolean): Promise<boolean> {
    const found = await there(name);
    const { instance } = found.state;
    const channel = channelOfName(name, found.state);
    const entry = memberEntry(session.userId, user, removed ? "removed" : "left", found);
    const { result } = await update<NamedMembership, boolean>(
      documents,
      keys.membership(name, user),
      (current) => {
        if (current?.state.instance !== instance) return { state: undefined, result: false };
        return {
          state: null,
          result: true,
          with: {
            index: [
              indexRemove(keys.members(name, instance), user),
              indexRemove(keys.invited(name, instance), user),
            ],
            append: [append(channel.log, entry, retention)],
            deadlines: [
              own.later(name, user),
              ...(removed ? [audit.order(session, { action: "remove", channel, user })] : []),
            ],
          },
        };
      },
    );
    timers.wake(partitionOf(name));
    return result;
  }

  return {
    /** @throws GameError `banned`, `forbidden`: staff who are shut out of the channel can't act there either; `conflict` */
    async invite(session: ChatSession, name: string, user: UserId): Promise<void> {
      const found = await there(name);
      await access.admitted(session, channelOfName(name, found.state));
      if (found.state.access !== "invite")
        throw new GameError("conflict", { message: "this channel needs no invitation" });
      if (await blocks.between(session.userId, user)) throw forbidden();
      const { instance } = found.state;
      const serial = newId("i");
      const invitation: Invitation = { name, instance, to: user, from: session.userId, serial };
      const index = await places.invited(name, instance, user);
      await transact(
        documents,
        keys.membership(name, user),
        membershipIn(found, name, user),
        ({ own, become, unchanged }) => {
          if (own !== undefined) return { result: undefined };
          return {
            result: undefined,
            change: {
              documents: [become("invited")],
              unchanged,
              index,
              deadlines: [
                schedule(deadlines.invited, serial, store.now(), invitation),
                audit.order(session, {
                  action: "invite",
                  channel: channelOfName(name, found.state),
                  user,
                }),
              ],
            },
          };
        },
      );
      timers.wake(partitionOf(name));
    },

    /**
     * A repeat changes nothing.
     * @throws GameError `forbidden` without invitation or role, and for a channel that does not exist; `banned`; `conflict`
     */
    async join(session: ChatSession, name: string): Promise<{ channel: Channel; position: StreamPosition }> {
      const user = session.userId;
      const staff = session.hasRole(...STAFF);
      const isOpen = (channel: NamedChannel) => channel.access !== "invite" || staff;
      const found = await standingIn(name, user, isOpen);
      const { instance, access: admission, roles } = found.state;
      if (admission === "role" && !staff && !session.hasRole(...roles)) throw forbidden();
      const channel = channelOfName(name, found.state);
      await access.admitted(session, channel);
      // The user's own list first: an extra entry does no harm, and a full list must refuse the join.
      await own.note(user, name);
      const entry = memberEntry(user, user, "joined", found);
      await transact(
        documents,
        keys.membership(name, user),
        membershipIn(found, name, user),
        ({ own: before, become, unchanged }) => {
          if (before === "member") return { result: undefined };
          if (admission === "invite" && before !== "invited" && !staff) throw forbidden();
          return {
            result: undefined,
            change: {
              documents: [become("member")],
              unchanged,
              index: [
                indexPut(keys.members(name, instance), user, store.now(), null),
                indexRemove(keys.invited(name, instance), user),
              ],
              ...(entry.told ? { append: [append(channel.log, entry, retention)] } : {}),
              deadlines: [own.later(name, user)],
            },
          };
        },
      ).catch(async (err: unknown) => {
        // Perhaps it was committed: then the list is compared later.
        if (!(err instanceof GameError && err.code === "unavailable")) await own.compare(name, user);
        throw err;
      });
      timers.wake(partitionOf(name));
      await access.open(session, { channel: name }, "read");
      await userBus.publish(joinedTopic, [user], () => ({ user }));
      const [position] = await store.streams.positions([channel.log]);
      if (!position) throw new GameError("unavailable");
      return { channel, position };
    },

    /** @throws GameError `forbidden` where the user is neither in it nor invited, and for a channel that does not exist */
    async leave(session: ChatSession, name: string): Promise<void> {
      const found = await standingIn(name, session.userId);
      if (!(await part(session, name, session.userId, false))) throw forbidden();
      live.detach(session, channelOfName(name, found.state).log);
    },

    /** Takes a member out, or an invitation back. @throws GameError `banned`, `forbidden`, `not_found` */
    async expel(session: ChatSession, name: string, user: UserId): Promise<void> {
      await access.admitted(session, channelOfName(name, (await there(name)).state));
      if (!(await part(session, name, user, true))) throw new GameError("not_found");
    },
  };
}
