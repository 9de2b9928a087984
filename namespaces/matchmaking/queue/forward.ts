/**
 * A queue that an upstream gateway owns, as for DashDice: commands are forwarded, and the gateway's answers decide. Only the fact that a user is in
 * that queue is kept here, so that the gateway is told of a disconnect and the user of the ticket after a reconnect.
 */

import { transact } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Identity } from "../../../core/contract/session.ts";
import { asId, newId, type PartyId, type UserId } from "../../../core/ids.ts";
import { commandId } from "../../../core/ports/store/keys.ts";
import type { Upstream, UpstreamRequest } from "../../../core/ports/upstream.ts";
import { type PlaceChange, setPlaces } from "../changes.ts";
import type { LeftReason, MatchmakingContext } from "../context.ts";
import { type Forwarded, keys, PARTITION } from "../store.ts";
import type { JoinInput, JoinResult, TicketQueue } from "./local-queue.ts";

export function createForwardedQueue(context: MatchmakingContext, upstream: Upstream): TicketQueue {
  const { store, settings } = context.services;
  const { documents } = store;
  const placeOf = async (user: UserId) => (await documents.load(keys.place(user)))?.state;
  const heldBy = async (user: UserId) => (await placeOf(user))?.forwarded;

  return {
    async join(identity, input) {
      const { userId } = identity;
      const onceId =
        input.request_id === undefined ? undefined : commandId(userId, `queue_join:${input.request_id}`);
      const first = onceId === undefined ? undefined : await documents.resultOf(PARTITION, onceId);
      if (first !== undefined) return first as JoinResult;
      await context.checkHere(userId);
      const answer = await ask(userId, {
        action: "queue_join",
        user: userId,
        body: { ...preferencesOf(identity, input), ...(await partyOf(userId, input.party_id)) },
        requestId: onceId ?? newId("q"),
      });
      const result = resultOf(answer);
      const forwarded: Forwarded = {
        ticketId: result.ticket_id,
        mode: input.game_mode,
        queueSize: result.queue_size,
      };
      await keep(userId, forwarded, onceId, result);
      const { ticket_id, position, queue_size } = result;
      context.emit([userId], "queue_joined", {
        ticket_id,
        game_mode: input.game_mode,
        position,
        queue_size,
        ...(input.party_id !== undefined && { party_id: input.party_id }),
      });
      return result;
    },

    async prefer(identity, input) {
      const { userId } = identity;
      const held = await heldBy(userId);
      const answer = await upstream.forward({
        action: "preferences",
        user: userId,
        body: preferencesOf(identity, input),
        requestId: newId("q"),
      });
      return { ticket_id: textOf(answer.ticket_id) ?? held?.ticketId ?? userId };
    },

    async leave({ userId }) {
      await leave(userId, "left");
    },

    async disconnected(user) {
      const place = await placeOf(user);
      if (!place?.forwarded && !place?.asked) return;
      try {
        await leave(user, "disconnected");
      } catch (err) {
        // The gateway does not know the user any more. Only a missing answer is tried again.
        if (!(err instanceof GameError) || err.code === "unavailable") throw err;
        await keep(user, undefined);
      }
    },

    async matchedElsewhere(users) {
      for (const user of users) {
        const { forwarded, asked } = (await placeOf(user)) ?? {};
        if (!forwarded && !asked) continue;
        await keep(user, undefined);
        if (forwarded) emitLeft([user], forwarded, "matched");
      }
    },

    async greet(session, place) {
      const held = place?.forwarded;
      if (!held) {
        // Only the gateway knows the length of its queue.
        if (session.transport === "websocket")
          session.emit("queue_joined", { ticket_id: null, queue_size: 0 });
        return;
      }
      session.emit("queue_joined", {
        ticket_id: held.ticketId,
        game_mode: held.mode,
        queue_size: held.queueSize,
        resumed: true,
      });
    },
  };

  /** Asks the gateway to queue a user. First stored is that it may hold the user, because its answer can be lost. */
  async function ask(user: UserId, request: UpstreamRequest) {
    if (!(await heldBy(user))) await change(user, { asked: true });
    try {
      return await upstream.forward(request);
    } catch (err) {
      const refused = err instanceof GameError && err.code !== "unavailable" && err.code !== "already_queued";
      if (refused && !(await heldBy(user))) await change(user, { asked: undefined });
      throw err;
    }
  }

  async function leave(user: UserId, reason: LeftReason): Promise<void> {
    const held = await heldBy(user);
    try {
      await upstream.forward({ action: "queue_leave", user, body: { reason }, requestId: newId("q") });
    } catch (err) {
      // An earlier answer was lost, or the gateway has matched the user: it holds the user no more.
      if (err instanceof GameError && err.code === "not_queued") await keep(user, undefined);
      throw err;
    }
    await keep(user, undefined);
    if (held) emitLeft([user], held, reason);
  }

  function emitLeft(users: readonly UserId[], held: Forwarded, reason: LeftReason): void {
    context.emit(users, "queue_left", { ticket_id: held.ticketId, game_mode: held.mode, reason });
  }

  async function change(user: UserId, next: PlaceChange): Promise<void> {
    await transact(
      documents,
      keys.place(user),
      () => context.places([user]),
      (places) => ({ result: undefined, change: setPlaces(places, [user], next, store.now()) }),
    );
  }

  async function keep(
    user: UserId,
    forwarded: Forwarded | undefined,
    onceId?: string,
    result?: JoinResult,
  ): Promise<void> {
    await transact(
      documents,
      keys.place(user),
      () => context.places([user]),
      (places) => ({
        result,
        change: {
          ...setPlaces(places, [user], { forwarded, asked: undefined }, store.now()),
          ...(onceId !== undefined && { once: { id: onceId, result, ttlMs: settings.onceTtlMs } }),
        },
      }),
    );
  }

  /** With the token's skill, or the client's own where it is trusted. */
  function preferencesOf(identity: Identity, input: Partial<JoinInput>): Record<string, unknown> {
    const trusted = settings.authMode === "dev" ? input.skill : undefined;
    const skill = trusted ?? identity.skill;
    const { game_mode, region, properties } = input;
    return {
      ...(game_mode !== undefined && { game_mode }),
      ...(skill !== undefined && { skill }),
      ...(region !== undefined && { region }),
      ...(properties !== undefined && { properties }),
    };
  }

  async function partyOf(user: UserId, id: string | undefined): Promise<Record<string, unknown>> {
    if (id === undefined) return {};
    const party = (await documents.load(keys.party(asId<PartyId>(id))))?.state;
    const members = party?.members.map((member) => member.userId) ?? [];
    if (!party || !members.includes(user)) throw new GameError("not_found");
    if (party.leader !== user)
      throw new GameError("forbidden", { message: "only the leader queues for the party" });
    return { party_id: id, members };
  }
}

/** The gateway's answer as this server's. Missing values are those of a queue with one ticket. */
function resultOf(answer: Readonly<Record<string, unknown>>): JoinResult {
  return {
    ticket_id: textOf(answer.ticket_id) ?? newId("t"),
    position: Math.max(1, Math.round(numberOf(answer.position) ?? 1)),
    queue_size: Math.max(0, Math.round(numberOf(answer.queue_size) ?? 1)),
    estimated_wait_s: Math.max(0, numberOf(answer.estimated_wait_s) ?? 0),
  };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.length > 0 && value.length <= 128 ? value : undefined;

const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
