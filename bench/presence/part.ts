/** The cost of one user's change with 100, 1,000 and 5,000 users there, ten of whom watch; and how it grows. */
import type { Part } from "../parts/part.ts";
import { benchPresence, type PresenceBenchRow } from "./index.ts";

const USERS = [100, 1_000, 5_000] as const;
const SHOWN = { status: "a status changes", churn: "a user comes or goes, connection and all" } as const;

export const presence: Part = {
  name: "presence",
  summary: "what one user's change costs with 100, 1,000 and 5,000 users there, ten of whom watch",
  async run({ seconds }, add) {
    const first = new Map<PresenceBenchRow["kind"], number>();
    for (const users of USERS)
      for (const { kind, microsPerChange, changes, told } of await benchPresence(users, seconds * 1_000)) {
        const least = first.get(kind) ?? microsPerChange;
        first.set(kind, least);
        add({
          part: "presence",
          what: `${users} users, ${SHOWN[kind]}`,
          muster: microsPerChange,
          unit: "µs of CPU",
          note: `${(microsPerChange / least).toFixed(2)} × that with ${USERS[0]} users; ${changes} changes, told in ${told} events`,
        });
      }
  },
};
