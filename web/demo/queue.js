/* The queue: to join it alone or as a party, to see what it waits for, to leave it, and to agree to the match that it found. */
import { countDown, countUp, serverNow } from "./clock.js";
import { ask, newId } from "./connection.js";
import { $, complain, onPress, say } from "./dom.js";
import { callTo } from "./tabs.js";

const WAITS_FOR = {
  players: "more players",
  skill: "players of your skill",
  region: "players of your region",
  properties: "players who want the same",
  party_size: "parties of a size that fits",
};
const CANCELLED = {
  declined: "Somebody declined.",
  timeout: "Somebody did not answer.",
  failed: "The game could not begin.",
};

const others = (count) => (count === 1 ? "1 other waits" : `${count} others wait`);

/** @returns what the game and the party need of the queue */
export function queue(me, matchmaking) {
  let ticket;
  let match;

  function show() {
    $("queue").hidden = ticket !== undefined || match !== undefined;
    $("waiting").hidden = ticket === undefined;
    $("found").hidden = match === undefined;
  }

  function waits({
    ticket_id,
    game_mode = ticket?.game_mode,
    position,
    queue_size,
    waited_s = 0,
    waiting_for,
  }) {
    const isNew = ticket?.ticket_id !== ticket_id;
    ticket = { ticket_id, game_mode };
    if (isNew) countUp($("waited"), serverNow() - waited_s * 1_000);
    const place = `Place ${position} of ${queue_size} in “${game_mode}”.`;
    const reason = waiting_for
      ? ` It waits for ${WAITS_FOR[waiting_for.reason] ?? waiting_for.reason}${waiting_for.window === null ? "" : `, at most ${Math.round(waiting_for.window)} away`}: ${others(waiting_for.candidates)}.`
      : "";
    say($("queue-status"), place + reason);
    show();
  }

  function ends() {
    ticket = undefined;
    countUp($("waited"), undefined);
    say($("queue-status"), "");
    show();
  }

  function answered() {
    match = undefined;
    countDown($("accept-left"), undefined);
    show();
  }

  async function join(game_mode, party_id) {
    const place = await ask(matchmaking, "queue_join", {
      game_mode,
      request_id: newId(),
      ...(party_id === undefined ? {} : { party_id }),
    });
    // A match may have been found before the answer came.
    if (!gone.has(place.ticket_id)) waits({ game_mode, ...place });
  }

  /** Tickets that wait no longer. */
  const gone = new Set();

  matchmaking.on("queue_joined", (place) => place.ticket_id !== null && waits(place));
  matchmaking.on("queue_status", (place) => gone.has(place.ticket_id) || waits(place));
  matchmaking.on("queue_left", ({ ticket_id, reason }) => {
    gone.add(ticket_id);
    if (ticket?.ticket_id !== ticket_id) return;
    ends();
    if (reason === "expired") complain("Nobody came in time: the queue has let you go.");
  });
  matchmaking.on("match_found", ({ match_id, players, accept_by }) => {
    ends();
    callTo("play");
    if (accept_by === undefined) return;
    match = match_id;
    say($("found-status"), `A match is found: ${players.filter((player) => player !== me).join(", ")}.`);
    countDown($("accept-left"), accept_by);
    $("accept").disabled = false;
    show();
  });
  matchmaking.on("game_started", answered);
  matchmaking.on("match_cancelled", ({ reason }) => {
    answered();
    complain(CANCELLED[reason] ?? "The match is off.");
  });

  onPress($("queue"), () => join("classic"));
  onPress($("queue-leave"), async () => {
    await ask(matchmaking, "queue_leave");
    ends();
  });
  onPress($("accept"), async () => {
    await ask(matchmaking, "match_accept", { match_id: match });
    $("accept").disabled = true;
    say($("found-status"), "You are ready. The others are asked too.");
  });
  onPress($("decline"), async () => {
    await ask(matchmaking, "match_decline", { match_id: match });
    answered();
  });
  show();
  return { join };
}
