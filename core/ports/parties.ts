import type { PartyId, UserId } from "../ids.ts";

/** Which party a user is in: offered by `/matchmaking`, asked by `/chat` for the party channel. */
export interface Parties {
  partyOf(user: UserId): Promise<PartyId | undefined>;
  /** Nobody, where there is no such party. */
  membersOf(party: PartyId): Promise<readonly UserId[]>;
  /**
   * Calls the listener on every worker when a user's party may have changed. A hint: it can be missed or come twice; `partyOf`
   * is the truth. `lost` is called where changes are gone: everybody's may have changed. Neither may throw.
   * @returns a function that ends it
   */
  onPartyChange(listener: (user: UserId) => void, lost?: () => void): Promise<() => void>;
}
