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
  /** The parties of users. Default: no parties, and `party` is refused. */
  readonly parties?: Parties;
  /** The seats in rooms of `/game`. Default: no seats, and `room:<room_id>` is refused. */
  readonly rooms?: RoomMembers;
  /** Sees every text before it is stored, and may rewrite or refuse it. */
  readonly filter?: ChatFilter;
  /** How long the filter may take, in milliseconds; default 1,000. */
  readonly filterTimeoutMs?: number;
  /** Applies when the filter fails or takes too long: `refuse` (`unavailable`) or `pass`. Default: `refuse`. */
  readonly filterFallback?: "pass" | "refuse";
  /** Milliseconds after which typing ends if it is not repeated. Default: 6,000. */
  readonly typingMs?: number;
}

export interface ChatContext {
  readonly services: Services;
  readonly options: ChatOptions;
  readonly outbound: NamespaceOutbound<ChatContract>;
  readonly members: Members;
  /** Messages that this worker wrote and has not yet received from the stream, by nonce. */
  readonly pendingWrites: PendingWrites;
}
