/** Row 41: a hundred users who change one thing at the same moment, on two workers. */
import { connectClient, type TestClient } from "../../test/support/client.ts";
import { noCounts } from "../checker.ts";
import { ms, percentile } from "../figures.ts";
import type { Row } from "../row.ts";
import { openStage, type Stage } from "../stage.ts";

type Client = TestClient<never>;

const USERS = 100;
/** Seats of the largest room. */
const SEATS = 64;
const OFF = ["edit", "delete", "chat_message", "game:action", "room:join", "room:leave"]
  .map((event) => `${event}=off`)
  .join();

async function crowd(stage: Stage, namespace: string, count: number, roles: "player" | "moderator") {
  return Promise.all(
    Array.from({ length: count }, (_, at): Promise<Client> => {
      const name = `user${at}`;
      const { url } = stage.workers[at % stage.workers.length] ?? { url: "" };
      return connectClient({ url, namespace, name, auth: { token: stage.token(name, { roles: [roles] }) } });
    }),
  );
}

export const crowds: Row = {
  id: "41",
  title: "a hundred write one document",
  async run({ quick, progress }) {
    const stage = await openStage({ env: { RATE_LIMITS_EVENTS: OFF, RATE_LIMITS_USER: "off" } });
    const took: number[] = [];
    const refused: string[] = [];
    const clients: Client[] = [];
    /** All at once. @returns what was answered to those who were served */
    async function all<A>(
      some: readonly Client[],
      event: string,
      input: (at: number) => object,
    ): Promise<A[]> {
      const acks = await Promise.all(
        some.map(async (client, at) => {
          const since = performance.now();
          const ack = await client.raw(event, input(at));
          took.push(performance.now() - since);
          return ack;
        }),
      );
      return acks.flatMap((ack) => {
        if (ack.ok) return [ack as A];
        refused.push(`${event}: ${ack.error.code}`);
        return [];
      });
    }
    try {
      const players = await crowd(stage, "/game", SEATS, "player");
      const talkers = await crowd(stage, "/chat", USERS, "moderator");
      clients.push(...players, ...talkers);
      const [owner, ...others] = players;
      const [first] = talkers;
      if (!owner || !first) throw new Error("nobody has come");
      const rounds = quick ? 2 : 10;
      for (let round = 0; round < rounds; round++) {
        const [made] = await all<{ room: { room_id: string } }>([owner], "room:create", () => ({
          game: "relay",
          max_players: SEATS,
        }));
        const room_id = made?.room.room_id;
        await all(others, "room:join", () => ({ room_id }));
        await all([owner], "room:start", () => ({ room_id }));
        const turns = Array.from({ length: USERS }, () => owner);
        await all(turns, "game:action", (at) => ({ room_id, action: "set", args: { state: { at } } }));
        await all(players, "room:leave", () => ({ room_id }));

        const channel = "global";
        const said = await all<{ message_id: string }>(talkers, "chat_message", (at) => ({
          channel,
          content: `message ${at}`,
        }));
        const of = (at: number) => ({ channel, message_id: said[at]?.message_id });
        await all(talkers, "edit", (at) => ({ ...of(at), content: "each its own" }));
        await all(talkers, "edit", (at) => ({ ...of(0), content: `all the same ${at}` }));
        progress(`round ${round + 1}: ${refused.length} refused`);
      }
      const counts = { ...noCounts(), ok: took.length - refused.length, refused: refused.length };
      return {
        verdict: { counts, gapsTold: 0, examples: refused.slice(0, 8) },
        figures: `${took.length} commands, p99 ${ms(percentile(took, 0.99))}`,
        problems: refused.length > 0 ? [`${refused.length} were refused`] : [],
      };
    } finally {
      for (const client of clients) client.disconnect();
      await stage.close();
    }
  },
};
