/** Types of `/matchmaking` for clients and other namespaces; nothing here exists at run time. */
import type { ClientToServer, PayloadOf, ServerToClient } from "../../core/contract/contract.ts";
import type { matchmakingContract } from "./schema.ts";

export type MatchmakingContract = typeof matchmakingContract;
export type MatchmakingClientToServer = ClientToServer<MatchmakingContract>;
export type MatchmakingServerToClient = ServerToClient<MatchmakingContract>;

export type MatchFound = PayloadOf<MatchmakingContract, "match_found">;
export type QueueStatus = PayloadOf<MatchmakingContract, "queue_status">;
export type PartyView = NonNullable<PayloadOf<MatchmakingContract, "party_updated">["party"]>;
