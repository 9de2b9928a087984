/** What the parts of `/chat` share. */

import type { Session } from "../../core/contract/session.ts";
import type { NamespaceOutbound } from "../../core/ports/outbound.ts";
import type { Parties } from "../../core/ports/parties.ts";
import type { RoomMembers } from "../../core/ports/room-members.ts";
import type { Services } from "../../core/ports/services.ts";
import type { ChatFilter } from "./filters/filter.ts";
import type { Members } from "./membership/local-members.ts";
import type { PendingWrites } from "./messages/pending-writes.ts";
import type { ChatContract } from "./schema.ts";

export type ChatSession = Session<ChatContract>;

export interface ChatOptions {
  /** Who is in which party; left out: nobody is, and `party` is refused. */
  readonly parties?: Parties;
  /** Who has a seat in which room of `/game`; left out: nobody has, and `room:<room_id>` is refused. */
  readonly rooms?: RoomMembers;
  /** Sees every text before it is stored, and may rewrite or refuse it. */
  readonly filter?: ChatFilter;
  /** How long the filter may take, in milliseconds; default 1,000. */
  readonly filterTimeoutMs?: number;
  /** What becomes of a text when the filter fails or takes too long: `refuse` (`unavailable`, the default) or `pass`. */
  readonly filterFallback?: "pass" | "refuse";
  /** How long somebody types who does not say so again, in milliseconds; default 6,000. */
  readonly typingMs?: number;
}

export interface ChatContext {
  readonly services: Services;
  readonly options: ChatOptions;
  readonly outbound: NamespaceOutbound<ChatContract>;
  readonly members: Members;
  /** What this worker writes and has not heard of yet, by its random part. */
  readonly pendingWrites: PendingWrites;
}
