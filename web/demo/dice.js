/* Dash dice: the game that runs, also after a reload, its players and its end. */
import { countDown } from "./clock.js";
import { ask, newId } from "./connection.js";
import { $, make, onPress, say } from "./dom.js";
import { callTo } from "./tabs.js";

const GAME = "dash-dice";
/** Which of the nine places of a die have a pip. */
const PIPS = ["", "4", "28", "248", "0268", "02468", "023568"];
/** The button that gives up asks once more for this long. */
const SURE_MS = 4_000;

export function dice(me, game) {
  /** The room with its players, and the game as this player sees it. */
  let room;
  let state;
  let version = 0;
  let result;

  const mine = () => result === undefined && state?.turn === me;
  const isAway = (id) =>
    room?.players?.some(({ user_id, connected }) => user_id === id && !connected) ?? false;

  function drawDie(value) {
    $("die").replaceChildren(
      ...Array.from({ length: 9 }, (_, at) =>
        make("span", { className: PIPS[value ?? 0].includes(String(at)) ? "pip" : "" }),
      ),
    );
    $("die").dataset.value = value ?? 0;
  }

  function playerOf({ user_id, score, forfeited }) {
    const onTurn = result === undefined && state.turn === user_id;
    const name = make("td", { className: "name" }, user_id === me ? `${user_id} (you)` : user_id);
    if (isAway(user_id)) name.append(" ", make("span", { className: "badge" }, "away"));
    if (forfeited) name.append(" ", make("span", { className: "badge" }, "gave up"));
    const bar = make("progress", {
      max: state.target,
      value: Math.min(score, state.target),
      "aria-label": `${user_id}: ${score} of ${state.target}`,
    });
    return make(
      "tr",
      { className: onTurn ? "turn" : "" },
      name,
      make("td", { className: "number" }, String(score)),
      make("td", { className: "number" }, onTurn ? String(state.turn_points) : ""),
      make("td", {}, bar),
    );
  }

  function show() {
    const isOver = result !== undefined;
    $("table").hidden = state === undefined;
    $("lobby").hidden = state !== undefined && !isOver;
    $("moves").hidden = state === undefined || isOver;
    $("after").hidden = !isOver;
    $("roll").disabled = !mine();
    $("bank").disabled = !mine() || state.turn_points === 0;
    if (state === undefined) return;
    drawDie(state.last_roll);
    $("scores").tBodies[0].replaceChildren(...state.players.map(playerOf));
    const missing = state.players.map(({ user_id }) => user_id).filter((id) => id !== me && isAway(id));
    $("absent").hidden = isOver || missing.length === 0;
    say(
      $("absent"),
      missing.length === 0 ? "" : `${missing.join(", ")} lost the connection. The seat is kept for a while.`,
    );
    const willing = (room?.rematch ?? []).filter((id) => id !== me);
    say($("rematch-status"), willing.length === 0 ? "" : `${willing.join(", ")} would play again.`);
  }

  function happened(events) {
    const line = events.flatMap(({ type, user_id, value, points }) => {
      const who = user_id === me ? "You" : user_id;
      if (type === "rolled")
        return value === 1 ? [`${who} rolled a one: the turn is lost.`] : [`${who} rolled ${value}.`];
      if (type === "banked") return [`${who} banked ${points}.`];
      if (type === "timed_out") return [`${who} took too long.`];
      if (type === "forfeited") return [`${who} gave up.`];
      return [];
    });
    return line.join(" ");
  }

  function takeState(next) {
    if (next.version < version) return;
    ({ state, version } = next);
    const { events = [], deadline } = next;
    result = next.result;
    countDown($("turn-left"), result === undefined ? deadline : undefined);
    if (result !== undefined) return ended();
    const whose = mine() ? "It is your turn." : `It is ${state.turn}'s turn.`;
    say($("game-status"), `${happened(events)} ${whose}`.trim());
    if (mine()) callTo("play");
    show();
  }

  function ended() {
    countDown($("turn-left"), undefined);
    const { winners = [], reason } = result ?? {};
    const why = reason === "forfeit" ? " The other gave up." : "";
    say(
      $("game-status"),
      winners.includes(me) ? `You have won!${why}` : `${winners.join(", ") || "Nobody"} has won.`,
    );
    callTo("play");
    show();
  }

  async function load(room_id) {
    const found = await ask(game, "room:state", { room_id });
    room = found.room;
    if (found.version > 0) takeState(found);
  }

  /** The game that runs: after a reload of the page, or a reconnection, during which it may have moved on. */
  async function resume() {
    const { rooms, matches } = await ask(game, "room:mine");
    const running = [...matches, ...rooms].find((one) => one.game === GAME && one.phase === "playing");
    const known = running?.room_id ?? room?.room_id;
    if (known !== undefined) await load(known);
  }

  function leave() {
    room = state = result = undefined;
    version = 0;
    countDown($("turn-left"), undefined);
    say($("game-status"), "Roll as often as you dare, then bank. A one loses the turn.");
    show();
  }

  game.on("game_started", ({ room_id, game: name, players, ...started }) => {
    if (name !== GAME) return;
    if (room?.room_id !== room_id) version = 0;
    room = { ...(room?.room_id === room_id ? room : {}), room_id, players, rematch: [] };
    takeState(started);
  });
  game.on("game_state", (next) => next.room_id === room?.room_id && takeState(next));
  game.on("game_ended", (end) => {
    if (end.room_id !== room?.room_id) return;
    result = end.result;
    ended();
  });
  game.on("room:updated", ({ room: next }) => {
    if (next.room_id !== room?.room_id) return;
    room = next;
    show();
  });
  game.on("room:left", ({ room_id }) => room_id === room?.room_id && leave());
  const tell = (error) => say($("game-status"), error.message);
  game.on("connect", () => resume().catch(tell));

  for (const action of ["roll", "bank"])
    onPress($(action), async () => {
      const { room_id } = room;
      await ask(game, "game:action", { room_id, action, version, action_id: newId() }).catch(
        async (error) => {
          await load(room_id);
          throw error;
        },
      );
    });
  onPress($("rematch"), async () => {
    await ask(game, "room:rematch", { room_id: room.room_id });
    say($("rematch-status"), "The next game starts when all agree.");
  });
  const giveUp = $("give-up");
  let sureUntil = 0;
  onPress(giveUp, async () => {
    if (performance.now() < sureUntil) {
      sureUntil = 0;
      giveUp.textContent = "Give up";
      await ask(game, "room:leave", { room_id: room.room_id });
      return leave();
    }
    sureUntil = performance.now() + SURE_MS;
    giveUp.textContent = "Really give up?";
    setTimeout(() => {
      giveUp.textContent = "Give up";
    }, SURE_MS);
  });
  leave();
  resume().catch(tell);
}
