/** Named channels: made by a service or a moderator; open, by invitation or by role. Who is in one is kept until they leave. */

import { reconcile } from "../../../core/consistency/reconcile.ts";
import { transact, update } from "../../../core/consistency/transact.ts";
import type { Role } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type DeliveryId, newId, type UserId } from "../../../core/ids.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { append, indexPut, indexRemove, put, type Versioned } from "../../../core/ports/store/documents.ts";
import type { StreamPosition } from "../../../core/ports/store/streams.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import type { Access } from "../membership/access.ts";
import { joinedTopic, type NamedMemberships, STAFF } from "../membership/named-membership.ts";
import { type Channel, logOf } from "../model/channels.ts";
import type { ClosedEntry, MemberEntry } from "../model/entries.ts";
import type { Audit } from "../moderation/audit.ts";
import type { Blocks } from "../moderation/blocks.ts";
import { chatContract } from "../schema.ts";
import { createChannelLists } from "./lists.ts";
import { createOwnChannels } from "./memberships.ts";
import { createChannelPlaces, INVITED_MS } from "./quota.ts";
import {
  type Admission,
  channelOfName,
  deadlines,
  type Invitation,
  isName,
  keys,
  type Listed,
  type NamedChannel,
  type NamedMembership,
  partitionOf,
} from "./stored.ts";

export interface CreateChannel {
  readonly channel: string;
  readonly access?: Admission;
  readonly roles?: readonly Role[];
  readonly description?: string;
}

/** The same whether there is no such channel or it is not the user's. */
const forbidden = () => new GameError("forbidden");

export function createNamed(
  { services }: ChatContext,
  access: Access,
  belongings: NamedMemberships,
  blocks: Pick<Blocks, "between">,
  audit: Audit,
) {
  const { store, settings, timers, inbox, live } = services;
  const { documents } = store;
  const { retention } = settings;

  const places = createChannelPlaces(services);
  const own = createOwnChannels(services);

  timers.on(deadlines.listed, ({ payload: { name } }) => list(name));
  timers.on(deadlines.invited, ({ payload }) => deliver(payload));

  /** Brings the directory to what the channel is. */
  async function list(name: string): Promise<void> {
    const key = keys.directory();
    await reconcile({
      look: () => documents.load(keys.channel(name)),
      nameOf: (found) => String(found?.version),
      async mend(found) {
        const index = found ? [indexPut(key, name, 0, listedAs(found.state))] : [indexRemove(key, name)];
        await documents.commit({ partition: key.partition, index });
        return true;
      },
    });
  }

  async function deliver({ name, instance, to, from, serial }: Invitation): Promise<void> {
    const [found, belonging] = await Promise.all([
      documents.load(keys.channel(name)),
      documents.load(keys.belonging(name, to)),
    ]);
    // Taken back, or used, before it was delivered.
    if (found?.state.instance !== instance || belonging?.state.state !== "invited") return;
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

  async function there(name: string): Promise<Versioned<NamedChannel>> {
    const found = isName(name) ? await documents.load(keys.channel(name)) : undefined;
    if (!found) throw forbidden();
    return found;
  }

  /** A channel and what a user is to it, read together; the channel must still be the one that was found first. */
  const standing = (found: Versioned<NamedChannel>, name: string, user: UserId) => async () => {
    const [channel, belonging] = await Promise.all([there(name), documents.load(keys.belonging(name, user))]);
    if (channel.state.instance !== found.state.instance) throw forbidden();
    const own = belonging?.state.instance === found.state.instance ? belonging.state.state : undefined;
    return {
      own,
      become: (state: NamedMembership["state"]) => {
        const next = { instance: found.state.instance, state };
        const ttlMs = state === "invited" ? INVITED_MS : undefined;
        return put(keys.belonging(name, user), belonging?.version ?? 0, next, ttlMs);
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
    // Of an open channel comings and goings would be users × users.
    told: state.access === "invite",
  });

  /** Ends what a user has in a channel. @returns whether there was anything */
  async function part(session: ChatSession, name: string, user: UserId, removed: boolean): Promise<boolean> {
    const found = await there(name);
    const { instance } = found.state;
    const channel = channelOfName(name, found.state);
    const entry = memberEntry(session.userId, user, removed ? "removed" : "left", found);
    const { result } = await update<NamedMembership, boolean>(
      documents,
      keys.belonging(name, user),
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
            append: [append(logOf(channel), entry, retention)],
            deadlines: [
              own.later(name, user),
              ...(removed ? [audit.order(session, { action: "remove", channel, user })] : []),
            ],
          },
        };
      },
    );
    timers.nudge(partitionOf(name));
    return result;
  }

  return {
    async create(session: ChatSession, wish: CreateChannel) {
      const { channel: name, access: admission = "open", roles = [], description = "" } = wish;
      if (!isName(name))
        throw new GameError("invalid_payload", {
          message: "channel: a name of its own, of a-z, 0-9, '_', '.' and '-'",
        });
      if ((admission === "role") !== roles.length > 0)
        throw new GameError("invalid_payload", { message: "roles: they are for access by role" });
      const made: NamedChannel = {
        instance: newId("n"),
        access: admission,
        roles,
        description,
        by: session.userId,
        at: store.now(),
      };
      const channel = channelOfName(name, made);
      const taken = () => new GameError("conflict", { message: "there is a channel of this name" });
      if (await documents.load(keys.channel(name))) throw taken();
      await places.filled(name, made, () =>
        update<NamedChannel, void>(documents, keys.channel(name), (current) => {
          if (current) throw taken();
          return {
            state: made,
            result: undefined,
            with: {
              deadlines: [
                schedule(deadlines.listed, "listed", store.now(), { name }),
                audit.order(session, { action: "channel_create", channel }),
              ],
            },
          };
        }),
      );
      timers.nudge(partitionOf(name));
      return { channel: name, channel_id: channel.id, access: admission };
    },

    /** Whoever is in it hears of the end; what was said is not found any more. */
    async remove(session: ChatSession, name: string): Promise<void> {
      await there(name);
      const { result: removed } = await update(documents, keys.channel(name), (current) => {
        if (!current) throw forbidden();
        const channel = channelOfName(name, current.state);
        const entry: ClosedEntry = { kind: "closed", nonce: newId("x"), at: store.now(), by: session.userId };
        return {
          state: null,
          result: current.state,
          with: {
            append: [append(logOf(channel), entry, retention)],
            deadlines: [
              schedule(deadlines.listed, "listed", store.now(), { name }),
              own.emptied(name, current.state),
              audit.order(session, { action: "channel_delete", channel }),
            ],
          },
        };
      });
      timers.nudge(partitionOf(name));
      await places.give(name, removed);
    },

    async invite(session: ChatSession, name: string, user: UserId): Promise<void> {
      const found = await there(name);
      if (found.state.access !== "invite")
        throw new GameError("conflict", { message: "this channel needs no invitation" });
      if (await blocks.between(session.userId, user)) throw forbidden();
      const { instance } = found.state;
      const serial = newId("i");
      const invitation: Invitation = { name, instance, to: user, from: session.userId, serial };
      const index = await places.invited(name, instance, user);
      await transact(
        documents,
        keys.belonging(name, user),
        standing(found, name, user),
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
      timers.nudge(partitionOf(name));
    },

    /**
     * Again: nothing more happens.
     * @throws GameError `forbidden` without invitation or role, and where there is no such channel; `banned`; `conflict`
     */
    async join(session: ChatSession, name: string): Promise<{ channel: Channel; position: StreamPosition }> {
      const user = session.userId;
      const found = await there(name);
      const { instance, access: admission, roles } = found.state;
      const staff = session.hasRole(...STAFF);
      if (admission === "role" && !staff && !session.hasRole(...roles)) throw forbidden();
      const channel = channelOfName(name, found.state);
      await access.admitted(session, channel);
      const listed = (await documents.load(keys.joined(user)))?.state ?? [];
      const alive = own.isFull(listed)
        ? (await belongings.joined(session)).map((each) => each.name)
        : undefined;
      // First: an entry too many in the user's own list does no harm, and there must be a place for it.
      await own.note(user, name, alive);
      const entry = memberEntry(user, user, "joined", found);
      await transact(
        documents,
        keys.belonging(name, user),
        standing(found, name, user),
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
              ...(entry.told ? { append: [append(logOf(channel), entry, retention)] } : {}),
              deadlines: [own.later(name, user)],
            },
          };
        },
      );
      timers.nudge(partitionOf(name));
      await access.open(session, { channel: name }, "read");
      await store.bus.publish(joinedTopic, { user });
      const [position] = await store.streams.positions([logOf(channel)]);
      if (!position) throw new GameError("unavailable");
      return { channel, position };
    },

    async leave(session: ChatSession, name: string): Promise<void> {
      const found = await there(name);
      await part(session, name, session.userId, false);
      live.detach(session, logOf(channelOfName(name, found.state)));
    },

    /** Takes a member out, or an invitation back. */
    async expel(session: ChatSession, name: string, user: UserId): Promise<void> {
      await there(name);
      if (!(await part(session, name, user, true))) throw new GameError("not_found");
    },

    ...createChannelLists(services, access),
  };
}

const listedAs = ({ access, roles, description, instance }: NamedChannel): Listed => ({
  access,
  roles,
  description,
  instance,
});
