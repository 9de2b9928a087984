/* The demo page: a client of Muster with nothing but socket.io-client's global `io`. */
import { talk } from "./chat.js";
import { connect } from "./connection.js";
import { dice } from "./dice.js";
import { $, complain, text } from "./dom.js";
import { fights } from "./fight.js";
import { forgetInvitations } from "./invitations.js";
import { parties } from "./party.js";
import { people } from "./people.js";
import { queue } from "./queue.js";
import { forget, openSession, remember, remembered, TokenNeeded } from "./session.js";
import "./tabs.js";
import { move } from "./world.js";

const WORDS = { connected: "Connected", reconnecting: "Reconnecting …", ended: "Logged out" };

function showState(state, reason) {
  const link = $("link");
  link.dataset.state = state;
  text(link, WORDS[state]);
  if (state !== "ended") return;
  // A page that is loaded again asks for the name: this session is not worth another try.
  forget();
  $("ended").hidden = false;
  text($("ended-reason"), reason);
}

async function play(session) {
  const { me } = session;
  const { game, chat, combat, world, matchmaking, start } = await connect(session, showState);
  remember(session);
  $("login").hidden = true;
  $("rooms").hidden = $("tabs").hidden = $("account").hidden = false;
  text($("me"), me);
  const ownQueue = queue(me, matchmaking);
  const ownFights = fights(me, combat);
  dice(me, game);
  const party = parties(me, matchmaking, { queue: ownQueue, fights: ownFights, chat: talk(me, chat) });
  people(me, game, { challenge: ownFights.challenge, invite: party.invite });
  move(me, world);
  start();
}

/** One at a time: a second one would listen, and show everything, twice. */
async function logIn(open) {
  const fields = $("login").querySelector("fieldset");
  if (fields.disabled) return;
  fields.disabled = true;
  text($("login-error"), "");
  try {
    await play(await open());
  } catch (error) {
    if (error instanceof TokenNeeded) $("token-field").hidden = false;
    text($("login-error"), error.message);
    fields.disabled = false;
    $("name").focus();
  }
}

$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  void logIn(() => openSession($("name").value.trim(), $("token").value.trim()));
});
for (const out of ["log-out", "log-in-again"])
  $(out).addEventListener("click", () => {
    forget();
    forgetInvitations();
    location.reload();
  });
addEventListener("unhandledrejection", ({ reason }) => complain(reason?.message ?? String(reason)));

const session = remembered();
if (session !== null) {
  $("name").value = session.name;
  void logIn(async () => session);
}
