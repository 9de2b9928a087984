/** The service of `/chat`: creates and connects its parts. */
import type { AntiEntropy } from "../../core/consistency/anti-entropy.ts";
import type { Identity } from "../../core/contract/session.ts";
import type { UserId } from "../../core/ids.ts";
import type { Spend } from "../../core/ports/reading.ts";
import type { Services } from "../../core/ports/services.ts";
import { ITEM_BYTES } from "../../core/ports/store/pages.ts";
import type { ChatContext, ChatOptions, ChatSession } from "./context.ts";
import { createChannelStreams } from "./delivery/channel-stream.ts";
import { createEphemeralEvents } from "./delivery/ephemeral.ts";
import { createTyping } from "./delivery/typing.ts";
import { createChatDesk } from "./inspect.ts";
import { type Access, type ChannelName, createAccess, isShutOut } from "./membership/access.ts";
import { Members } from "./membership/local-members.ts";
import { createNamedMemberships, joinedTopic } from "./membership/named-membership.ts";
import { createMembershipReconcile } from "./membership/reconcile.ts";
import { createRoomChannels } from "./membership/room-channels.ts";
import { createSanctionsCache } from "./membership/sanctions-cache.ts";
import { createEdits } from "./messages/edits.ts";
import { createHistory, type Range, syncBudget } from "./messages/history.ts";
import { createMessages } from "./messages/messages.ts";
import { PendingWrites } from "./messages/pending-writes.ts";
import { createPrivateDelivery } from "./messages/private-delivery.ts";
import { createPurge } from "./messages/purge.ts";
import { createReadMarkers } from "./messages/read-markers.ts";
import { peerOf } from "./model/channels.ts";
import { createAudit } from "./moderation/audit.ts";
import { createBlocks } from "./moderation/blocks.ts";
import { createModeration } from "./moderation/moderation.ts";
import { createNamed } from "./named/named-channels.ts";
import { chatContract } from "./schema.ts";

const NOBODY: ReadonlySet<UserId> = new Set();

export function createChatService(services: Services, options: ChatOptions) {
  const members = new Members();
  const outbound = services.outbound.in(chatContract);
  const context: ChatContext = { services, options, outbound, members, pendingWrites: new PendingWrites() };
  const blocks = createBlocks(services, members);
  const memberships = createNamedMemberships(context);
  const readSanctions = createSanctionsCache(services.store);
  const roomChannels = createRoomChannels(context);
  const streams = createChannelStreams(context);
  const access = createAccess(context, { streams, blocks, readSanctions, memberships, roomChannels });
  const audit = createAudit(context);
  const history = createHistory(context);
  const privateDelivery = createPrivateDelivery(context);
  const ephemeral = createEphemeralEvents(context, streams);
  const typing = createTyping(context, access, ephemeral);
  const moderation = createModeration(context, access, history, audit);
  const watches = createWatches(context, access, [blocks.watch, ephemeral.listen], (changed) =>
    createMembershipReconcile(context, memberships, roomChannels, blocks, changed),
  );

  const blockedBy = (session: ChatSession) => members.get(session.userId)?.blocks?.users ?? NOBODY;

  /** One channel after the other, so that the answer as a whole stays within its bound. */
  async function sync(
    session: ChatSession,
    cursors: readonly (ChannelName & { epoch: string; offset: number })[],
    spend: Spend,
  ) {
    const found = [];
    const refused: { channel: string; to?: string; code: string }[] = [];
    const budget = syncBudget();
    for (const cursor of cursors) {
      const channel = await access.open(session, cursor, "read").catch((thrown: unknown) => {
        // A membership that ended while the client was away must not fail the other channels.
        if (!isShutOut(thrown)) throw thrown;
        if (cursors.length === refused.length + 1) throw thrown;
        const { channel, to } = cursor;
        refused.push({ channel, ...(to === undefined ? {} : { to }), code: thrown.code });
        return undefined;
      });
      if (!channel) continue;
      const missed = await history.missed(channel, cursor, budget, blockedBy(session), spend);
      const to = peerOf(channel, session.userId);
      found.push({
        channel: channel.name,
        channel_id: channel.id,
        ...(to === undefined ? {} : { to }),
        ...missed,
      });
    }
    return { channels: found, ...(refused.length === 0 ? {} : { refused }) };
  }

  return {
    blocks,
    readMarkers: createReadMarkers(context, access, history, ephemeral),
    moderation,
    desk: createChatDesk(context, moderation, audit),
    named: createNamed(context, { access, blocks, audit }),
    audit,
    messages: createMessages(context, { access, history, privateDelivery, typing, audit }),
    typing,
    ...createPurge(context, access, history, createEdits(context, privateDelivery), audit),

    async history(session: ChatSession, name: ChannelName, range: Range) {
      const channel = await access.open(session, name, "read");
      return services.reading.turn(session, (spend) =>
        history.page(channel, range, blockedBy(session), spend),
      );
    },

    /** The users on the user's block list. */
    blocked: (session: ChatSession) =>
      services.reading.turn(session, async (spend) => {
        const users = await blocks.list(session.userId);
        await spend(users.length * ITEM_BYTES);
        return users;
      }),

    sync: (session: ChatSession, cursors: readonly (ChannelName & { epoch: string; offset: number })[]) =>
      services.reading.turn(session, (spend) => sync(session, cursors, spend)),

    async connected(session: ChatSession): Promise<void> {
      await watches.start();
      await access.enter(session);
    },

    refreshed: (session: ChatSession, before: Identity) => access.refreshed(session, before),

    disconnected(session: ChatSession): void {
      typing.disconnected(session);
      access.exit(session);
    },

    held: () => ({ chat_members: members.size }),
    compare: watches.compare,

    async close(): Promise<void> {
      typing.close();
      await watches.end();
    },
  };
}

/** Subscriptions of the worker: started with its first connection, and again with the next if the store was unavailable. */
function createWatches(
  { services: { log, userBus }, options: { parties, rooms: seats }, members }: ChatContext,
  access: Access,
  watch: readonly (() => Promise<() => void>)[],
  reconcileBy: (changed: (user: UserId) => Promise<void>) => AntiEntropy,
) {
  let rounds: AntiEntropy | undefined;
  let started: Promise<(() => void)[]> | undefined;

  const changed = (user: UserId) =>
    access
      .channelsChanged(user)
      .catch((err: unknown) => log.warn({ err, user }, "a user's channels could not be followed"));
  const onChange = (user: UserId) => void changed(user);

  async function begin(): Promise<(() => void)[]> {
    const ends: (() => void)[] = [];
    try {
      for (const begin of watch) ends.push(await begin());
      ends.push(await userBus.subscribe(joinedTopic, ({ user }) => onChange(user)));
      const onLost = () => {
        for (const { userId } of members.all()) onChange(userId);
      };
      if (parties) ends.push(await parties.onPartyChange(onChange, onLost));
      if (seats) ends.push(await seats.onChange((_room, users) => users.forEach(onChange)));
      rounds = reconcileBy(changed);
      ends.push(rounds.end);
      return ends;
    } catch (err) {
      for (const end of ends) end();
      throw err;
    }
  }

  return {
    async start(): Promise<void> {
      started ??= begin();
      try {
        await started;
      } catch (err) {
        started = undefined;
        throw err;
      }
    },
    /** Compares now, for changes whose notice was lost. */
    compare: async () => rounds?.whole(),
    async end(): Promise<void> {
      const ends = await (started?.catch(() => []) ?? []);
      for (const end of ends) end();
    },
  };
}

export type ChatService = ReturnType<typeof createChatService>;
