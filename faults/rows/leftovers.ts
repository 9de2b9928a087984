/** Row 40: users do a bit of everything, all leave, their graces pass. What is in the store then has an end or an owner. */
import { createClient } from "redis";
import type { Contract } from "../../core/contract/contract.ts";
import type { ConnectAs } from "../../test/support/app.ts";
import { connectClient, type TestClient } from "../../test/support/client.ts";
import { MODES, mix, type Place } from "../../test/support/mix.ts";
import { noCounts } from "../checker.ts";
import type { Row } from "../row.ts";
import { openStage, type Stage } from "../stage.ts";
import { until } from "../waiting.ts";

/** Graces, a turn that nobody takes any more, and what follows from them. */
const ENDED_WITHIN_MS = 60_000;

/** What has no time to live, and why. */
const OWNED: readonly (readonly [RegExp, string])[] = [
  [/:(versions|tokens)$/, "numbers that are given once"],
  [/:(due|due-values)$/, "deadlines: each is due at a time"],
  [/:workers}:/, "workers that live"],
  [/:(index|values):\d+:user:.*:(chat:conversations|inbox:)/, "lists that a deadline of the user ends"],
  [/:doc:\d+:user:.*:inbox:/, "the ledger of such a list"],
  [/:(index|values):\d+:census:/, "places of what is there: each is looked at"],
  [/:(index|values):\d+:user:.*:combat:fights$/, "fights that go on: each has a deadline there"],
  [/:doc:\d+:(user:.*:game:rooms|lobby:code:.*)$/, "rooms that have not ended: their outbox takes them off"],
  [/:doc:11:matchmaking:rating:/, "a skill that the service set"],
];

/** Where the mix happens, and how all of its clients leave. */
function placeAt(stage: Stage) {
  const clients: TestClient<Contract>[] = [];
  const claimsOf = ({ roles, guild_id }: NonNullable<ConnectAs["claims"]>) => ({
    ...(roles ? { roles: [...roles] } : {}),
    ...(guild_id === undefined ? {} : { guildId: guild_id }),
  });
  const place: Place = {
    url: stage.workers[0]?.url ?? "",
    token: (user, claims = {}) => stage.token(user, claimsOf(claims)),
    async connect<C extends Contract>(contract: C, user: string | null, as: ConnectAs = {}) {
      const name = user ?? "";
      const client = await connectClient<C>({
        url: stage.workers[(as.worker ?? 0) % stage.workers.length]?.url ?? "",
        namespace: contract.namespace,
        name,
        auth: { token: stage.token(name, claimsOf(as.claims ?? {})) },
      });
      clients.push(client as unknown as TestClient<Contract>);
      return client;
    },
  };
  return {
    place,
    leave() {
      for (const client of clients.splice(0)) client.disconnect();
    },
  };
}

async function withoutEnd(url: string): Promise<{ keys: number; left: string[] }> {
  const redis = createClient({ url });
  await redis.connect();
  try {
    const keys = await redis.keys("*");
    const left: string[] = [];
    for (const key of keys)
      if (!OWNED.some(([pattern]) => pattern.test(key)) && (await redis.pTTL(key)) === -1) left.push(key);
    return { keys: keys.length, left };
  } finally {
    redis.destroy();
  }
}

export const leftovers: Row = {
  id: "40",
  title: "a bit of everything, all leave: every key has an end or an owner",
  async run({ quick, progress }) {
    const stage = await openStage({
      env: {
        GRACE_PRESENCE: "1s",
        GRACE_SEAT: "1s",
        GRACE_TICKET: "1s",
        MATCHMAKING_MODES: JSON.stringify(MODES),
      },
    });
    const { place, leave } = placeAt(stage);
    try {
      const runs = quick ? 2 : 20;
      for (let run = 1; run <= runs; run++) {
        await mix(place, (name) => `${name}.${run}`);
        leave();
        progress(`${run} of ${runs}: all have left`);
      }
      const { url } = stage.redis ?? { url: "" };
      let found = { keys: 0, left: [""] };
      await until(
        "everything has an end or an owner",
        async () => {
          found = await withoutEnd(url);
          return found.left.length === 0;
        },
        ENDED_WITHIN_MS,
      ).catch(() => undefined);
      const left = found.left.map((key) => key.replace(/^[^}]*}:/, ""));
      return {
        verdict: {
          counts: { ...noCounts(), ok: found.keys - left.length },
          gapsTold: 0,
          examples: left.slice(0, 8),
        },
        figures: `${found.keys} keys after ${runs} runs, ${left.length} without end or owner`,
        problems:
          left.length > 0
            ? [`${left.length} keys have neither end nor owner: ${left.slice(0, 8).join(", ")}`]
            : [],
      };
    } finally {
      leave();
      await stage.close();
    }
  },
};
