/* Fights of /combat: against a monster, another player, or with the party against monsters. */
import { countDown } from "./clock.js";
import { ask, newId } from "./connection.js";
import { $, button, complain, make, onPress, say, scrolling } from "./dom.js";
import { describeMove, describeResult } from "./fight-words.js";
import { invite, onInvitation, withdraw } from "./invitations.js";
import { callTo, openPanel } from "./tabs.js";

const MOST_LINES = 40;

const player = (id, team) => ({ id, kind: "player", team });
const monster = (id, team) => ({ id, kind: "monster", team });

export function fights(me, combat) {
  const lines = $("fight-log").firstElementChild;
  const toEnd = scrolling($("fight-log"));
  let id;
  let state;
  let version = 0;
  /** The moves that are in the log. */
  const told = new Set();
  let reading = false;
  let again = false;

  const isOn = () => state !== undefined && state.phase !== "ended";

  function fighterOf({ id: who, team, hp, max_hp, burn, guarding, status }) {
    const participant = state.participants.find((one) => one.id === who);
    const badges = [
      guarding && "guards",
      burn > 0 && `burns (${burn})`,
      participant?.status === "disconnected" && "away",
      status !== "standing" && status,
    ].filter(Boolean);
    return make(
      "li",
      { className: `fighter team${team}${state.actor === who ? " turn" : ""}${hp === 0 ? " out" : ""}` },
      make("span", { className: "name" }, who === me ? `${who} (you)` : who),
      make(
        "span",
        { className: "badges" },
        ...badges.map((badge) => make("span", { className: "badge" }, badge)),
      ),
      make("span", { className: "number" }, `${hp} / ${max_hp}`),
      make("meter", {
        min: 0,
        max: max_hp,
        low: max_hp * 0.35,
        high: max_hp * 0.7,
        optimum: max_hp,
        value: hp,
        "aria-label": `${who}: ${hp} of ${max_hp} hit points`,
      }),
    );
  }

  function statusLine() {
    if (state.phase === "waiting") {
      const missing = state.participants.filter(({ status }) => status === "invited").map((one) => one.id);
      return `The fight begins when ${missing.join(", ") || "everybody"} has joined.`;
    }
    if (state.phase === "ended") {
      const own = state.participants.find((one) => one.id === me)?.team;
      if (state.winner === null || state.winner === undefined) return "The fight is over. Nobody has won.";
      return state.winner === own ? "The fight is over: you have won!" : "The fight is over: you have lost.";
    }
    const { fighters = [] } = state.view ?? {};
    const own = fighters.find((one) => one.id === me);
    if (own && own.status !== "standing") return `You are out (${own.status}). The others fight on.`;
    return state.actor === me ? "It is your turn." : `It is ${state.actor}'s turn.`;
  }

  function show() {
    const isWaiting = state?.phase === "waiting";
    $("fight-lobby").hidden = isOn();
    $("fighters").hidden = state === undefined || isWaiting;
    $("fight-withdraw").hidden = !isWaiting;
    $("fight-log").hidden = lines.children.length === 0;
    countDown($("fight-left"), isOn() ? state.deadline : undefined);
    if (state === undefined) return;
    say($("fight-status"), statusLine());
    $("fighters").replaceChildren(...(state.view?.fighters ?? []).map(fighterOf));
    showMoves();
    if (state.phase === "running" && state.actor === me) callTo("fight");
  }

  /** Buttons stay while the moves are the same; new ones get the focus that the old ones had. */
  function showMoves() {
    const moves = $("fight-moves");
    const now = JSON.stringify(state.legal);
    if (moves.dataset.legal === now) return;
    const hadFocus = moves.contains(document.activeElement);
    moves.dataset.legal = now;
    moves.replaceChildren(...state.legal.map(moveOf));
    if (hadFocus) (moves.firstElementChild ?? $("fight-title")).focus();
  }

  function moveOf(move) {
    return button(
      describeMove(move, me),
      async () => {
        await ask(combat, "combat_action", {
          combat_session_id: id,
          ...move,
          version,
          action_id: newId(),
        }).finally(read);
      },
      move.action === "attack" ? "primary" : "",
    );
  }

  function take(next) {
    if (next.version < version && next.state.combat_session_id === id) return;
    ({ state, version } = next);
    show();
  }

  /** The fight as it is now. One reading at a time: what happens meanwhile asks for another. */
  async function read() {
    again = true;
    if (reading || id === undefined) return;
    reading = true;
    try {
      while (again) {
        again = false;
        take(await ask(combat, "combat_state", { combat_session_id: id }));
      }
    } catch (error) {
      if (error.code === "not_found") leave();
    } finally {
      reading = false;
    }
  }

  function enter(answer) {
    const isNew = id !== answer.state.combat_session_id;
    if (isNew) {
      lines.replaceChildren();
      told.clear();
      version = 0;
    }
    id = answer.state.combat_session_id;
    withdraw(id);
    take(answer);
    if (isNew && state.phase === "running") recall().catch((error) => complain(error.message));
  }

  /** What happened before this page came, above what it has seen itself. */
  async function recall() {
    const fight = id;
    const { log: before } = await ask(combat, "combat_state", { combat_session_id: fight, log: true });
    if (fight !== id) return;
    const missed = before.filter(({ seq }) => !told.has(seq)).slice(-MOST_LINES);
    lines.prepend(...missed.map((result) => make("li", {}, describeResult(result, me))));
    show();
    toEnd();
  }

  function leave() {
    id = state = undefined;
    version = 0;
    $("fighters").replaceChildren();
    $("fight-moves").replaceChildren();
    $("fight-moves").dataset.legal = "";
    say($("fight-status"), "");
    show();
  }

  function log(line) {
    lines.append(make("li", {}, line));
    while (lines.children.length > MOST_LINES) lines.firstChild.remove();
    $("fight-log").hidden = false;
    toEnd();
  }

  const join = async (combat_session_id) => {
    enter(await ask(combat, "combat_join", { combat_session_id }));
    openPanel("fight");
  };

  async function begin(participants) {
    if (isOn()) throw new Error("You are in a fight already.");
    const made = await ask(combat, "combat_create", { participants, turn_seconds: 60, request_id: newId() });
    await join(made.combat_session_id);
  }

  const isOurs = (event) => event.combat_session_id === id;
  combat.on("combat_invite", ({ combat_session_id, from, join_by }) => {
    if (from !== me) invite("fight", { id: combat_session_id, from, until: join_by });
  });
  onInvitation("fight", (from) => `${from} challenges you to a fight`, {
    accept: join,
    decline: (combat_session_id) => ask(combat, "combat_flee", { combat_session_id }),
  });
  combat.on(
    "combat_resumed",
    (resumed) => (id === undefined || !isOn() || isOurs(resumed)) && enter(resumed),
  );
  combat.on("combat_started", (started) => isOurs(started) && enter(started));
  combat.on("combat_turn", (turn) => isOurs(turn) && read());
  combat.on("combat_participant", (change) => {
    if (!isOurs(change)) return;
    if (change.status !== "joined")
      log(
        `${change.user_id} ${change.status === "disconnected" ? "lost the connection" : change.status === "reconnected" ? "is back" : "has left"}.`,
      );
    read();
  });
  combat.on("combat_result", (result) => {
    if (!isOurs(result)) return;
    told.add(result.seq);
    log(describeResult(result, me));
    read();
  });
  combat.on("combat_timeout", (late) => isOurs(late) && log(`${late.actor} took too long.`));
  combat.on("combat_ended", (end) => {
    withdraw(end.combat_session_id);
    if (isOurs(end)) read();
  });
  combat.on("connect", read);

  onPress($("fight-monster"), () => begin([player(me, 0), monster("goblin", 1)]));
  onPress($("fight-withdraw"), async () => {
    await ask(combat, "combat_flee", { combat_session_id: id });
    leave();
  });
  show();

  return {
    challenge: (user) => begin([player(me, 0), player(user, 1)]),
    /** The party against as many monsters. */
    together: (members) => begin(members.flatMap((id, at) => [player(id, 0), monster(`ogre ${at + 1}`, 1)])),
  };
}
