/** What a client of `/game` knows of who is here: from lists and from changes, whichever of them told it. */
import type { GameContract, UserView } from "../../namespaces/game/schema.ts";
import type { Received, TestClient } from "./client.ts";

interface Frame {
  readonly joined: readonly UserView[];
  readonly updated: readonly UserView[];
  readonly left: readonly string[];
}

/** The users as the events so far have them. */
function usersKnown(log: readonly Received[]): ReadonlyMap<string, UserView> {
  const known = new Map<string, UserView>();
  for (const { event, payload } of log) {
    if (event === "user:list") {
      known.clear();
      for (const user of (payload as { users: UserView[] }).users) known.set(user.user_id, user);
    } else if (event === "presence") {
      const { joined, updated, left } = payload as Frame;
      for (const user of [...joined, ...updated]) known.set(user.user_id, user);
      for (const user of left) known.delete(user);
    }
  }
  return known;
}

/** Waits until the client knows the user, as one of whom that holds. */
export const knows = (
  client: TestClient<GameContract>,
  user: string,
  holds: (user: UserView) => boolean = () => true,
): Promise<UserView> =>
  client.until(`that of ${user}`, (log) => {
    const found = usersKnown(log).get(user);
    return found !== undefined && holds(found) ? found : undefined;
  });
