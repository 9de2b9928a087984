/** Row 38: ten users send another, who is away, as much as they can. What the server and a friend have sent is still there. */
import { connectClient, type TestClient } from "../../test/support/client.ts";
import { noCounts, type Verdict } from "../checker.ts";
import { seconds } from "../figures.ts";
import type { Row } from "../row.ts";
import { openStage, type Stage } from "../stage.ts";
import { until } from "../waiting.ts";

type Client = TestClient<never>;

const NAMESPACES = ["/matchmaking", "/chat", "/combat"] as const;
const TROLLS = 10;
/** Of each kind of the server's events, and of the friend's messages. */
const KEPT = 20;
const AT_ONCE = 20;
const ARRIVED_WITHIN_MS = 20_000;
/** What those who fill are told that there is no room for. */
const REFUSALS: ReadonlySet<string> = new Set(["rate_limited", "conflict", "server_full"]);

const connect = (stage: Stage, namespace: string, user: string, worker: number): Promise<Client> =>
  connectClient({
    url: stage.workers[worker % stage.workers.length]?.url ?? "",
    namespace,
    name: user,
    auth: { token: stage.token(user), reliable: true },
  });

const duel = (from: string) => ({
  participants: [
    { id: from, kind: "player", team: 1 },
    { id: "ann", kind: "player", team: 2 },
  ],
});

/** Sends it so many times, some at a time. @returns `ok`, `refused`, or what came back that nobody should be told */
async function flood(client: Client, times: number, event: string, input: (at: number) => object) {
  const outcomes: string[] = [];
  for (let from = 0; from < times; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, times - from) }, (_, at) => from + at);
    const acks = await Promise.all(some.map((at) => client.raw(event, input(at))));
    for (const ack of acks)
      if (ack.ok) outcomes.push("ok");
      else if (REFUSALS.has(ack.error.code)) outcomes.push("refused");
      else outcomes.push(`${event}: ${ack.error.code} (${ack.error.message})`);
  }
  return outcomes;
}

/** What the server itself says, by its API. */
async function tellAsServer(stage: Stage, namespace: string, event: string, at: number): Promise<void> {
  const answer = await fetch(`${stage.workers[at % stage.workers.length]?.url}/api/websocket`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${stage.token("jobs", { roles: ["service"] })}`,
    },
    body: JSON.stringify({
      user_id: "ann",
      namespace,
      message_type: event,
      data: { number: at },
      reliable: true,
    }),
  });
  if (!answer.ok) throw new Error(`the API answered ${answer.status}: ${await answer.text()}`);
}

/** One who fills everything of ann's that a user can reach. */
async function fill(stage: Stage, name: string, worker: number, times: number): Promise<string[]> {
  const [queue, chat, combat] = await Promise.all(
    NAMESPACES.map((namespace) => connect(stage, namespace, name, worker)),
  );
  if (!queue || !chat || !combat) throw new Error("no connection");
  try {
    const codes: string[] = [];
    const message = (at: number) => ({ channel: "private", to: "ann", content: `${name} ${at}` });
    codes.push(...(await flood(chat, times, "chat_message", message)));
    codes.push(...(await flood(combat, times, "combat_create", () => duel(name))));
    for (let party = 0; party < times / 10; party++) {
      codes.push(...(await flood(queue, 1, "party_create", () => ({}))));
      codes.push(...(await flood(queue, 10, "party_invite", () => ({ user_id: "ann" }))));
      codes.push(...(await flood(queue, 1, "party_leave", () => ({}))));
    }
    return codes;
  } finally {
    for (const client of [queue, chat, combat]) client.disconnect();
  }
}

export const crowded: Row = {
  id: "38",
  title: "ten users fill another's inbox, fight list and party invitations",
  async run({ quick, progress }) {
    const stage = await openStage({
      env: {
        RATE_LIMITS_EVENTS:
          "chat_message=off,combat_create=off,combat_join=off,party_create=off,party_invite=off,party_leave=off",
      },
    });
    const clients: Client[] = [];
    const open = async (namespace: string, user: string, worker: number) => {
      const client = await connect(stage, namespace, user, worker);
      clients.push(client);
      return client;
    };
    try {
      const problems: string[] = [];
      for (let at = 0; at < KEPT; at++)
        for (const [namespace, event] of [
          ["/matchmaking", "match_found"],
          ["/chat", "announcement"],
          ["/combat", "announcement"],
        ] as const)
          await tellAsServer(stage, namespace, event, at);
      const [friendChat, friendQueue, friendCombat] = [
        await open("/chat", "friend", 0),
        await open("/matchmaking", "friend", 1),
        await open("/combat", "friend", 0),
      ];
      for (let at = 0; at < KEPT; at++)
        await friendChat.raw("chat_message", { channel: "private", to: "ann", content: `friend ${at}` });
      await friendQueue.raw("party_create", {});
      await friendQueue.raw("party_invite", { user_id: "ann" });
      progress("the server and a friend have told");

      const startedAt = performance.now();
      const times = quick ? 40 : 150;
      const codes = (
        await Promise.all(Array.from({ length: TROLLS }, (_, at) => fill(stage, `troll${at}`, at, times)))
      ).flat();
      const took = performance.now() - startedAt;
      for (const outcome of new Set(codes))
        if (outcome !== "ok" && outcome !== "refused") problems.push(`somebody was told ${outcome}`);
      progress("ten users have filled what they can");

      // A friend comes through, and so does she.
      const challenge = await friendCombat.raw("combat_create", duel("friend"));
      if (!challenge.ok) problems.push(`a friend's challenge is refused: ${challenge.error.code}`);
      const [queue, chat, combat] = [
        await open("/matchmaking", "ann", 1),
        await open("/chat", "ann", 0),
        await open("/combat", "ann", 1),
      ];
      const hunt = await combat.raw("combat_create", {
        participants: [
          { id: "ann", kind: "player", team: "heroes" },
          { id: "ogre", kind: "monster", team: "monsters" },
        ],
      });
      if (!hunt.ok) problems.push(`a fight of her own is refused: ${hunt.error.code}`);

      const heard = (client: Client, event: string, text: (payload: Record<string, unknown>) => string) =>
        new Set(
          client.log
            .filter((one) => one.event === event)
            .map((one) => text(one.payload as Record<string, unknown>)),
        );
      const numbers = Array.from({ length: KEPT }, (_, at) => String(at));
      const expected = () => [
        {
          of: "match_found",
          want: numbers,
          got: heard(queue, "match_found", ({ number }) => String(number)),
        },
        {
          of: "announcement",
          want: numbers,
          got: heard(chat, "announcement", ({ number }) => String(number)),
        },
        {
          of: "announcement",
          want: numbers,
          got: heard(combat, "announcement", ({ number }) => String(number)),
        },
        {
          of: "chat_message",
          want: numbers.map((at) => `friend ${at}`),
          got: heard(chat, "chat_message", ({ content }) => String(content)),
        },
        {
          of: "party_invited",
          want: ["friend"],
          got: heard(queue, "party_invited", ({ from }) => String(from)),
        },
        {
          of: "combat_invite",
          want: ["friend"],
          got: heard(combat, "combat_invite", ({ from }) => String(from)),
        },
      ];
      const missing = () =>
        expected().flatMap(({ of, want, got }) =>
          want.filter((each) => !got.has(each)).map((each) => `${of} ${each}`),
        );
      await until("all of it has come", () => missing().length === 0, ARRIVED_WITHIN_MS).catch(
        () => undefined,
      );
      const lost = missing();
      const kept = expected().reduce((sum, { want }) => sum + want.length, 0);
      const verdict: Verdict = {
        counts: { ...noCounts(), ok: kept - lost.length, lost: lost.length },
        gapsTold: 0,
        examples: lost.slice(0, 10).map((each) => `${each} did not come`),
      };
      const refused = codes.filter((outcome) => outcome !== "ok").length;
      return {
        verdict,
        figures: `${codes.length} commands of ten users in ${seconds(took)}, ${refused} of them refused`,
        problems,
      };
    } finally {
      for (const client of clients) client.disconnect();
      await stage.close();
    }
  },
};
