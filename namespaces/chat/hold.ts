/**
 * Keeps the entries of a channel back while it is being asked whether somebody who follows it here is still a member, for what is
 * said after somebody left must not reach them. In order: what comes meanwhile waits behind it. Only the telling waits: a sanction
 * holds at once.
 */
import type { Audience } from "../../core/ports/live.ts";
import type { ChatContext } from "./context.ts";
import type { ChatContract } from "./events.ts";
import type { Channel } from "./model/channels.ts";

type Deliver = () => void;

/** How often it is waited for what is being asked: who comes and goes all the time must not keep a channel silent. */
const ROUNDS = 5;

export function createHold({ members, services: { log } }: Pick<ChatContext, "members" | "services">) {
  const held = new Map<string, Deliver[]>();

  /** What is being asked about those who follow. */
  function asked(to: Audience<ChatContract>): Promise<void>[] {
    const found: Promise<void>[] = [];
    for (const { userId } of to.sessions()) found.push(...(members.get(userId)?.checks ?? []));
    return found;
  }

  async function release(channel: Channel, to: Audience<ChatContract>): Promise<void> {
    // Each ends within the time limits of the store; one that fails leaves what was known before.
    for (let round = 0; round < ROUNDS; round++) {
      const checks = asked(to);
      if (checks.length === 0) break;
      await Promise.allSettled(checks);
    }
    const entries = held.get(channel.id) ?? [];
    held.delete(channel.id);
    for (const deliver of entries) {
      try {
        deliver();
      } catch (err) {
        log.error({ err, channel: channel.id }, "a channel's entry could not be delivered");
      }
    }
  }

  /** Delivers now, or as soon as it is known to whom. */
  return function deliverToMembers(channel: Channel, to: Audience<ChatContract>, deliver: Deliver): void {
    const waiting = held.get(channel.id);
    if (waiting) waiting.push(deliver);
    else if ((channel.kind === "party" || channel.kind === "room") && asked(to).length > 0) {
      held.set(channel.id, [deliver]);
      void release(channel, to);
    } else deliver();
  };
}
