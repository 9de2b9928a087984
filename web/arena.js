/* The arena's page: the typed client of Muster, with a canvas. */
import { createControls } from "./arena-controls.js";
import { createView } from "./arena-view.js";
import { connectMuster, showStats } from "./modules/client/index.js";
import { arena } from "./modules/games/arena.js";

/** Where this server is: a proxy may serve it below a path of its own. */
const base = new URL(".", document.baseURI);
const asked = new URL(location.href).searchParams;
/** A shot every so many steps, as the game has it. */
const RELOAD_STEPS = 8;
const DELAY = { delay: 75 };

const $ = (id) => document.getElementById(id);
const text = (element, value) => {
  element.textContent = value;
  return element;
};
const nameOf = (owner) => (owner === null ? "" : owner.replace(/^bot:/, "bot "));

async function tokenFor(user_id) {
  const typed = $("token").value.trim();
  if (typed) return typed;
  const answer = await fetch(new URL("dev/token", base), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id }),
  });
  if (answer.status === 404) {
    $("token-field").hidden = false;
    throw new Error("this server hands out no tokens: paste one");
  }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message);
  return body.token;
}

/** The room that the address names, one with a free seat, or a new one. */
async function findRoom(game) {
  const named = location.hash.slice(1);
  if (named !== "") return named;
  const { rooms: mine } = await game.call("room:mine", {});
  const own = mine.find((room) => room.game === "arena" && room.phase === "playing");
  if (own) return own.room_id;
  const { rooms } = await game.call("room:list", { game: "arena", phase: "playing", open: true });
  if (rooms.length > 0) return rooms[0].room_id;
  const options = { bots: 3 };
  for (const name of ["bots", "target", "seconds"])
    if (asked.has(name)) options[name] = Number(asked.get(name));
  const { room } = await game.call("room:create", { game: "arena", options });
  await game.call("room:start", { room_id: room.room_id });
  return room.room_id;
}

$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  text($("login-error"), "");
  const name = $("name").value.trim();
  try {
    await tokenFor(name);
    const muster = connectMuster({ url: base.href.replace(/\/$/, ""), token: () => tokenFor(name) });
    const game = muster.in("/game");
    const room_id = await findRoom(game);
    history.replaceState(null, "", `#${room_id}`);
    $("login").hidden = true;
    $("play").hidden = false;
    play(muster, room_id);
  } catch (error) {
    text($("login-error"), error.message);
  }
});

function play(muster, room_id) {
  const game = muster.in("/game");
  const canvas = $("field");
  const view = createView(canvas);
  const control = createControls(canvas, view.placeOf);
  let steps = 0;
  let shotAt = -RELOAD_STEPS;
  const room = muster.realtime(room_id, arena, {
    // The player need not wait for the server to see a shot. How far it flies, only the server knows.
    optimistic(ship, input, emit, id) {
      steps++;
      if (!input.fire || ship.hp === 0 || steps - shotAt < RELOAD_STEPS) return;
      shotAt = steps;
      emit({ type: "shot", ship: id, x: ship.x, y: ship.y, aim: input.aim, range: 6 });
    },
  });
  let hideFigures = () => undefined;
  let epoch = 0;

  const say = (line) => text($("status"), line);
  muster.onState((state) => say(state === "connected" ? "" : `The connection: ${state}`));
  game.on("game_started", () => {
    $("over").hidden = true;
  });
  game.on("game_ended", (ended) => {
    if (ended.room_id !== room_id) return;
    const { winners = [] } = ended.result ?? {};
    text($("result"), winners.length > 0 ? `${winners.map(nameOf).join(" and ")} won` : "Nobody won");
    $("over").hidden = false;
  });
  $("again").addEventListener("click", async () => {
    try {
      await game.call("room:rematch", { room_id });
      say("The next game starts when all players agree.");
    } catch (error) {
      say(error.message);
    }
  });
  $("delay").addEventListener("change", ({ target }) => {
    room.simulate = target.checked ? DELAY : {};
  });
  $("figures").addEventListener("change", ({ target }) => {
    hideFigures();
    hideFigures = target.checked ? showStats(room) : () => undefined;
  });
  if (asked.get("workers") === "2") {
    $("kill").hidden = false;
    $("kill").addEventListener("click", async () => {
      const answer = await fetch(new URL(`demo-control/kill?room=${room_id}`, base), { method: "POST" });
      say(answer.ok ? "The worker is killed …" : "It could not be killed.");
    });
  }

  let scores = "";
  function showScores(ships) {
    const sorted = [...ships].sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
    const now = JSON.stringify(sorted.map(({ name, score }) => [name, score]));
    if (now === scores) return;
    scores = now;
    $("scores").replaceChildren(
      ...sorted.map(({ name, score, isMine }) => {
        const row = document.createElement("tr");
        row.className = isMine ? "mine" : "";
        row.append(text(document.createElement("td"), name), text(document.createElement("td"), score));
        return row;
      }),
    );
  }

  function draw(now) {
    requestAnimationFrame(draw);
    const [mine] = room.predicted.values();
    room.input(control(mine));
    const { state, own, events } = room.frame();
    const ships = [...state.ships].map(([id, ship]) => ({
      ...ship,
      id,
      name: nameOf(ship.owner),
      isMine: own.includes(id),
    }));
    for (const { phase, event } of events) {
      if (event.type === "shot" && (phase === "predicted" || phase === "told")) view.shot(event, now);
      const sunk = event.type === "sunk" ? ships.find(({ id }) => id === event.ship) : undefined;
      if (sunk) view.sunk(sunk, now);
    }
    view.draw(ships, now);
    showScores(ships);
    const me = ships.find(({ isMine }) => isMine);
    Object.assign(canvas.dataset, { tick: room.tick, epoch: room.epoch, x: me?.x ?? "", y: me?.y ?? "" });
    if (epoch !== 0 && room.epoch > epoch) say(`Another worker goes on with the room (owner ${room.epoch}).`);
    epoch = room.epoch;
  }
  requestAnimationFrame(draw);
  canvas.focus();
}
