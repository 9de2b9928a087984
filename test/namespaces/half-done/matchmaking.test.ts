import { asId, type MatchId, type RoomId, type TicketId, type UserId } from "../../../core/ids.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { keys as rooms } from "../../../namespaces/game/rooms/stored.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { keys, PARTITION } from "../../../namespaces/matchmaking/store.ts";
import { type ConnectAs, onEachSetup } from "../../support/app.ts";
import type { Written } from "../../support/doomed-store.ts";
import { type Answering, json, startGateway, stopGateways } from "../../support/gateway.ts";
import { asked, connectionsOf, membersOf, type Scene, type Stage, scene, survives } from "./stage.ts";

const matchmaking = asked("/matchmaking");

const named = (written: Written, prefix: string) =>
  written.documents(PARTITION, prefix).map(({ name }) => name.slice(prefix.length));

/** Places against tickets, parties, queues, presence, and matches against their rooms. */
async function wrongs(store: Store, written: Written): Promise<string[]> {
  const found: string[] = [];
  const { documents } = store;
  const places = new Map<UserId, Awaited<ReturnType<typeof placeOf>>>();
  const placeOf = async (user: UserId) => (await documents.load(keys.place(user)))?.state;
  for (const user of named(written, "place:").map((id) => asId<UserId>(id)))
    places.set(user, await placeOf(user));
  const queued = await membersOf(store, keys.queue("duel"));
  for (const id of named(written, "ticket:").map((each) => asId<TicketId>(each))) {
    const ticket = (await documents.load(keys.ticket(id)))?.state;
    if (queued.includes(id) !== (ticket !== undefined)) found.push(`the queue is wrong about ${id}`);
    for (const { userId } of ticket?.members ?? [])
      if (places.get(userId)?.ticketId !== id) found.push(`${userId} waits and does not stand so`);
  }
  for (const [user, place] of places) {
    const there = (await connectionsOf(store, matchmaking, user)) > 0;
    if (place?.ticketId !== undefined && !queued.includes(place.ticketId))
      found.push(`${user} stands as waiting and does not`);
    const party = place?.partyId && (await documents.load(keys.party(place.partyId)))?.state;
    if (place?.partyId !== undefined && !party?.members.some(({ userId }) => userId === user))
      found.push(`${user} stands in a party without being in it`);
    if (place?.matchId !== undefined) found.push(`${user} is asked for a match for ever`);
    if (place?.entering !== undefined) found.push(`${user} enters a match for ever`);
    if (!there && place !== undefined && place.coolDownUntil === undefined)
      found.push(`${user} is gone and stands as ${JSON.stringify(place)}`);
  }
  for (const id of named(written, "match:").map((each) => asId<MatchId>(each))) {
    const match = (await documents.load(keys.match(id)))?.state;
    if (match?.phase === "checking") found.push(`${id} is checked for ever`);
    if (match?.phase !== "starting") continue;
    if (
      (await documents.load(rooms.room(asId<RoomId>(id)))) === undefined &&
      !written.documents(`game:${id}`, "ended:").length
    )
      found.push(`${id} has no room`);
    const players = match.teams.flat();
    const room = (await documents.load(rooms.room(asId<RoomId>(id))))?.state;
    for (const user of room?.phase === "playing" ? players : [])
      if (!room?.seats.some(({ userId }) => userId === user)) found.push(`${user} has no seat in ${id}`);
  }
  return found;
}

const yaml = (extra = "") =>
  `matchmaking:\n  modes:\n    duel: { game: dash-dice, players_per_team: 1${extra} }\n`;
const duel = { game_mode: "duel" };
const reliable: ConnectAs = { auth: { reliable: true } };

async function two(stage: Stage) {
  const ann = await stage.connect(matchmakingContract, "ann", reliable);
  const bob = await stage.other(matchmakingContract, "bob", reliable);
  return { ann, bob };
}

/** Both wait, and whichever worker lives puts them together. */
async function meet(stage: Stage, { ann, bob }: Awaited<ReturnType<typeof two>>) {
  await Promise.all([ann.raw("queue_join", duel), bob.raw("queue_join", duel)]);
  for (const worker of stage.app.workers) await worker.modules.matchmaking.tick();
  await stage.pass(0).catch(() => undefined);
}

const scenes: readonly Scene<unknown>[] = [
  scene({
    title: "queue_join and queue_leave",
    options: { yaml: yaml() },
    before: two,
    act: async (_stage, { ann }) => {
      await ann.raw("queue_join", duel);
      await ann.raw("queue_leave", {});
    },
  }),
  scene({
    title: "the end of the connection of one who waits",
    options: { yaml: yaml() },
    async before(stage) {
      const made = await two(stage);
      await made.ann.call("queue_join", duel);
      return made.ann;
    },
    act: (stage, ann) => stage.leave(ann).then(() => stage.pass(31_000)),
  }),
  scene({
    title: "a match",
    options: { yaml: yaml() },
    before: two,
    act: meet,
  }),
  scene({
    title: "a match with a ready check that one accepts and one declines",
    // On a busy machine the two can be put together late: then nobody answers, and their time must pass too.
    thenMs: [16_000, 16_000],
    options: { yaml: yaml(", ready_check: { accept_s: 15, cool_down_s: 30 }") },
    before: two,
    async act(stage, players) {
      await meet(stage, players);
      const { match_id } = await players.ann.next("match_found");
      await players.ann.raw("match_accept", { match_id });
      await players.bob.raw("match_decline", { match_id });
    },
  }),
  scene({
    title: "party_create, and the end of the connection",
    before: (stage) => stage.connect(matchmakingContract, "ann"),
    async act(stage, ann) {
      await ann.raw("party_create", {});
      await stage.leave(ann);
      await stage.pass(31_000);
    },
  }),
  scene({
    title: "a connection, party_create, and its end",
    before: async () => undefined,
    async act(stage) {
      const ann = await stage.connect(matchmakingContract, "ann");
      await ann.raw("party_create", {});
      await stage.leave(ann);
    },
  }),
  scene({
    title: "party_join and party_leave",
    async before(stage) {
      const { ann, bob } = await two(stage);
      const { party } = await bob.call("party_create", {});
      await bob.call("party_invite", { user_id: "ann" });
      return { ann, party_id: party.party_id };
    },
    async act(_stage, { ann, party_id }) {
      await ann.raw("party_join", { party_id });
      await ann.raw("party_leave", {});
    },
  }),
];

/** A gateway's queue, in which it has whom it was told of. */
function keepsQueue(held: Set<unknown>): Answering {
  return (response, seen, number) => {
    const user = seen.body.user_id;
    if (seen.path?.endsWith("/join")) held.add(user);
    else if (!held.delete(user))
      return json(409, { error: { code: "not_queued", message: "no" } })(response, seen, number);
    return json(200, { ticket_id: `g-${user}`, queue_size: held.size })(response, seen, number);
  };
}

onEachSetup((setup) => {
  describe("/matchmaking half done: places, tickets, parties and matches agree in the end", () => {
    for (const each of scenes)
      it(each.title, async function () {
        this.timeout(120_000);
        await survives(setup, each, wrongs);
      });

    it("a gateway's queue, of which every user who goes is taken out", async function () {
      this.timeout(120_000);
      const held = new Set<unknown>();
      const gateway = await startGateway(keepsQueue(held));
      let users = 0;
      const forwarded = scene({
        title: "",
        options: { env: { API_GATEWAY_URL: gateway.url } },
        before: (stage) => stage.connect(matchmakingContract, `user${users++}`),
        async act(stage, ann) {
          await ann.raw("queue_join", duel);
          await stage.leave(ann);
        },
      });
      await survives(setup, forwarded, async (store, written) => {
        const own = named(written, "place:").filter((user) => held.has(user));
        return [
          ...(await wrongs(store, written)),
          ...own.map((user) => `the gateway still has ${user}, who is gone`),
        ];
      });
      await stopGateways();
    });
  });
});
