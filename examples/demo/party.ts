/** A party of two against two strangers: queue as one, a ready check, a game to its end, and a rematch. */
import type { ChatContract } from "../../namespaces/chat/schema.ts";
import type { MatchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import { begun, type Match, playToTheEnd, sitDown } from "./dice.ts";
import { type Channel, type Player, Refused } from "./player.ts";
import { DUOS } from "./servers.ts";
import { arrive, type Cast, type Stage } from "./stage.ts";

type Queue = Channel<MatchmakingContract>;

interface Entrant {
  readonly player: Player;
  readonly queue: Queue;
}

const entrant = async (player: Player): Promise<Entrant> => ({
  player,
  queue: await player.enter<MatchmakingContract>("/matchmaking"),
});

/** @returns the user ids of who won the match and the rematch; none where the server does not have the mode */
export async function duos(stage: Stage, { ann, bob }: Cast): Promise<string[]> {
  const strangers = await Promise.all([arrive(stage, "dora"), arrive(stage, "emil")]);
  try {
    const party = await Promise.all([entrant(ann), entrant(bob)]);
    const others = await Promise.all(strangers.map(entrant));
    const partyId = await formParty(stage, party);
    if (!(await queueAll(stage, partyId, party, others))) return [];
    const match = await readyCheck(stage, [...party, ...others], [ann, bob]);
    const first = await playToTheEnd(stage, match);
    await rematch(stage, match);
    const second = await playToTheEnd(stage, match);
    for (const { queue } of party) await queue.call("party_leave", {});
    return [first, second];
  } finally {
    for (const player of strangers) player.close();
  }
}

type Pair = readonly [Entrant, Entrant];

async function formParty(stage: Stage, [leader, guest]: Pair): Promise<string> {
  const { party } = await leader.queue.call("party_create", {});
  await leader.queue.call("party_invite", { user_id: guest.player.userId });
  const { payload } = await guest.queue.next("party_invited", ({ party_id }) => party_id === party.party_id);
  await guest.queue.call("party_join", { party_id: payload.party_id });
  await leader.queue.next("party_updated", (told) => told.party?.members.length === 2);
  stage.say(`${leader.player.name} founds a party and invites ${guest.player.name}, who joins.`);

  const chat = await leader.player.enter<ChatContract>("/chat");
  const heard = await guest.player.enter<ChatContract>("/chat");
  const content = "we two against the world";
  // A connection's channels follow the party a moment later, on whatever worker it is.
  await heard.call("history", { channel: "party", limit: 1 });
  await chat.callUntilAnswered("chat_message", { channel: "party", content, client_msg_id: "party" });
  await heard.next("chat_message", (message) => message.channel === "party" && message.content === content);
  stage.say(`${leader.player.name} says in the party's chat: "${content}" – ${guest.player.name} hears it.`);
  return party.party_id;
}

/** @returns false where the server does not have the mode */
async function queueAll(
  stage: Stage,
  partyId: string,
  [leader, guest]: Pair,
  strangers: readonly Entrant[],
): Promise<boolean> {
  try {
    await leader.queue.callUntilAnswered("queue_join", {
      game_mode: DUOS,
      party_id: partyId,
      request_id: `party-${partyId}`,
    });
  } catch (err) {
    if (!(err instanceof Refused) || err.error.code !== "not_found") throw err;
    await Promise.all([leader, guest].map(({ queue }) => queue.call("party_leave", {})));
    stage.say(`the match of two against two is left out: this server has no mode "${DUOS}".`);
    return false;
  }
  await guest.queue.next("queue_joined", ({ party_id }) => party_id === partyId);
  stage.say(`${leader.player.name} queues for both of them, two against two.`);
  for (const { player, queue } of strangers) {
    await queue.callUntilAnswered("queue_join", { game_mode: DUOS, request_id: `queue-${player.userId}` });
    stage.say(`${player.name} queues alone.`);
  }
  return true;
}

/** Everybody is asked, everybody says yes, and the game starts. */
async function readyCheck(
  stage: Stage,
  entrants: readonly Entrant[],
  party: readonly Player[],
): Promise<Match> {
  const asked = await Promise.all(
    entrants.map(({ queue }) => queue.next("match_found", ({ game_mode }) => game_mode === DUOS)),
  );
  const [question] = asked.map(({ payload }) => payload);
  if (!question || new Set(asked.map(({ payload }) => payload.match_id)).size !== 1)
    throw new Error("the four are not asked for the same match");
  if (question.accept_by === undefined) throw new Error("nobody was asked whether they are ready");
  const together = question.teams.some((team) => party.every(({ userId }) => team.includes(userId)));
  if (!together) throw new Error(`the party was torn apart: ${JSON.stringify(question.teams)}`);
  const nameOf = (userId: string) => entrants.find(({ player }) => player.userId === userId)?.player.name;
  const teams = question.teams.map((team) => team.map(nameOf).join(" and "));
  stage.say(`a match: ${teams.join(" against ")}. Is everybody ready?`);
  for (const { player, queue } of entrants) {
    const { accepted, players } = await queue.call("match_accept", { match_id: question.match_id });
    stage.say(`  ${player.name} is ready (${accepted} of ${players})`);
  }
  const match = await sitDown(
    question.match_id,
    entrants.map(({ player }) => player),
  );
  stage.say("all are ready. The game begins.");
  return match;
}

/** In the same room and seats, once all have agreed. */
async function rematch(stage: Stage, match: Match): Promise<void> {
  for (const { player, game } of match.seats) {
    await game.call("room:rematch", { room_id: match.id });
    stage.say(`  ${player.name} wants a rematch`);
  }
  const before = match.version;
  Object.assign(match, await begun(match.id, match.seats));
  if (match.version <= before) throw new Error("the rematch began at an old version");
  stage.say("a rematch in the same room. The game begins again.");
}
