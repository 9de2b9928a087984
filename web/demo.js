/* The demo page: a client of Muster in one file, with nothing but socket.io-client's global `io`. */
/* global io */

/** Where this server is: a proxy may serve it below a path of its own, such as `/play/`. */
const base = new URL(".", document.baseURI).pathname;

const $ = (id) => document.getElementById(id);
const text = (element, value) => {
  element.textContent = value;
  return element;
};

/** A command's result; throws its error. */
async function ask(socket, event, payload) {
  const ack = await socket.timeout(5000).emitWithAck(event, payload);
  if (!ack.ok) throw new Error(ack.error.message);
  return ack;
}

async function tokenFor(name) {
  const typed = $("token").value.trim();
  if (typed) return typed;
  const answer = await fetch(`${base}dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id: name }),
  });
  if (answer.status === 404) {
    $("token-field").hidden = false;
    throw new Error("this server hands out no tokens: paste one");
  }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message);
  return body.token;
}

function connect(namespace, token) {
  const socket = io(namespace, { path: `${base}socket.io/`, auth: { token, reliable: true } });
  // Reliable events come with an acknowledgement; giving it takes them out of the inbox.
  socket.onAny((_event, ...args) => {
    const acknowledge = args.at(-1);
    if (typeof acknowledge === "function") acknowledge();
  });
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("connect_error", (error) => {
      if (socket.active) return;
      reject(new Error(error.data?.message ?? error.message));
    });
  });
}

function play(me, game, matchmaking) {
  let roomId;
  let version;
  const status = (line) => text($("game-status"), line);

  function show({ room_id, state, version: now, events = [] }) {
    if (version !== undefined && room_id === roomId && now < version) return;
    roomId = room_id;
    version = now;
    const mine = state.turn === me;
    $("roll").disabled = $("bank").disabled = !mine;
    const rolled = events.find((event) => event.type === "rolled");
    status(
      `${rolled ? `A ${rolled.value ?? rolled.roll ?? "?"}. ` : ""}${mine ? "It is your turn." : `It is ${state.turn}'s turn.`}`,
    );
    $("scores").hidden = false;
    $("scores").tBodies[0].replaceChildren(
      ...state.players.map((player) => {
        const row = document.createElement("tr");
        const onTurn = player.user_id === state.turn;
        row.className = onTurn ? "turn" : "";
        for (const value of [player.user_id, player.score, onTurn ? (state.turn_points ?? "") : ""])
          row.append(text(document.createElement("td"), value));
        return row;
      }),
    );
  }

  $("queue").addEventListener("click", async () => {
    try {
      const { position } = await ask(matchmaking, "queue_join", { game_mode: "classic" });
      $("queue").disabled = true;
      status(`Waiting for an opponent, position ${position} …`);
    } catch (error) {
      status(error.message);
    }
  });
  matchmaking.on("match_found", ({ players }) => status(`Matched: ${players.join(" against ")}`));
  game.on("game_started", show);
  game.on("game_state", show);
  game.on("game_ended", ({ result }) => {
    $("roll").disabled = $("bank").disabled = true;
    $("queue").disabled = false;
    version = undefined;
    status(
      result.winners?.includes(me) ? "You have won!" : `${result.winners?.join(", ") || "Nobody"} has won.`,
    );
  });
  /** The match that runs: after a reload of the page, or a reconnection, during which the state may have moved on. */
  async function resume() {
    const { matches } = await ask(game, "room:mine", {});
    const running = roomId ?? matches.find((match) => match.game === "dash-dice")?.room_id;
    if (!running) return;
    $("queue").disabled = matches.length > 0;
    show({ room_id: running, ...(await ask(game, "room:state", { room_id: running })) });
  }
  game.on("connect", () => resume().catch((error) => status(error.message)));
  resume().catch((error) => status(error.message));
  for (const action of ["roll", "bank"])
    $(action).addEventListener("click", () =>
      ask(game, "game:action", { room_id: roomId, action, version, action_id: crypto.randomUUID() }).catch(
        (error) => status(error.message),
      ),
    );
}

function people(game) {
  const here = new Map();
  const show = () =>
    $("people").replaceChildren(
      ...[...here.values()].map((user) =>
        text(document.createElement("li"), `${user.name} (${user.status})`),
      ),
    );
  const replace = ({ users }) => {
    here.clear();
    for (const user of users) here.set(user.user_id, user);
    show();
  };
  game.on("presence", ({ joined, updated, left }) => {
    for (const user of [...joined, ...updated]) here.set(user.user_id, user);
    for (const id of left) here.delete(id);
    show();
  });
  game.on("user:list", replace);
  // The list that greets a connection may have come before anybody listened.
  void ask(game, "user:list", {}).then(replace);
}

function talk(chat) {
  const list = $("messages");
  let cursor;
  const add = ({ user, content, offset, epoch }) => {
    cursor = { channel: "global", epoch, offset };
    const line = document.createElement("li");
    line.append(text(document.createElement("b"), user), document.createTextNode(content));
    list.append(line);
    while (list.children.length > 200) list.firstChild.remove();
    list.scrollTop = list.scrollHeight;
  };
  const load = async () => {
    if (!cursor) {
      const { messages, epoch } = await ask(chat, "history", { channel: "global", limit: 50 });
      for (const message of messages) add({ epoch, ...message });
      return;
    }
    const { channels } = await ask(chat, "sync", { cursors: [cursor] });
    for (const message of channels[0].messages) add({ epoch: channels[0].epoch, ...message });
  };
  chat.on("chat_message", (message) => message.channel === "global" && add(message));
  chat.on("connect", () => void load());
  void load();
  $("chat").addEventListener("submit", async (event) => {
    event.preventDefault();
    const content = $("content").value.trim();
    if (!content) return;
    try {
      await ask(chat, "chat_message", { channel: "global", content, client_msg_id: crypto.randomUUID() });
      $("content").value = "";
    } catch (error) {
      $("content").setCustomValidity(error.message);
      $("content").reportValidity();
      $("content").setCustomValidity("");
    }
  });
}

function move(me, world) {
  const canvas = $("world");
  const pen = canvas.getContext("2d");
  const seen = new Map();
  let own = { x: Math.round(Math.random() * 80 - 40), y: Math.round(Math.random() * 60 - 30) };

  function draw() {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.font = "12px system-ui";
    const dot = (name, { x, y }, colour) => {
      const [left, top] = [canvas.width / 2 + x * 4, canvas.height / 2 + y * 4];
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(left, top, 6, 0, 7);
      pen.fill();
      pen.fillText(name, left + 9, top + 4);
    };
    const style = getComputedStyle(document.documentElement);
    for (const [name, at] of seen) dot(name, at, style.getPropertyValue("--other"));
    dot(me, own, style.getPropertyValue("--mine"));
  }

  const enter = async () => {
    const { players, x, y } = await ask(world, "enter", { zone: "plaza", ...own });
    // A user that was here lately comes back to the same place.
    own = { x, y };
    seen.clear();
    for (const { user_id, x, y } of players) if (user_id !== me) seen.set(user_id, { x, y });
    draw();
  };
  world.on("world_tick", ({ left = [], entered = [], moved = [] }) => {
    for (const id of left) seen.delete(id);
    for (const { user_id, x, y } of entered) if (user_id !== me) seen.set(user_id, { x, y });
    for (const [id, x, y] of moved) if (id !== me) seen.set(id, { x, y });
    draw();
  });
  world.on("position_correction", ({ x, y }) => {
    own = { x, y };
    draw();
  });
  world.on("connect", () => void enter());
  void enter();

  const held = new Set();
  canvas.addEventListener("keydown", (event) => {
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    held.add(event.key);
  });
  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  canvas.addEventListener("blur", () => held.clear());
  setInterval(() => {
    if (held.size === 0) return;
    const step = 1.5;
    const x = own.x + (held.has("ArrowRight") - held.has("ArrowLeft")) * step;
    const y = own.y + (held.has("ArrowDown") - held.has("ArrowUp")) * step;
    own = { x: Math.max(-48, Math.min(48, x)), y: Math.max(-36, Math.min(36, y)) };
    world.emit("player_movement", own);
    draw();
  }, 100);
}

/** Of this tab alone, so that two tabs are two players. */
const SESSION = "muster-demo";
const remembered = () => JSON.parse(sessionStorage.getItem(SESSION) ?? "null");

async function enter(name, token) {
  const me = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub;
  const [game, chat, world, matchmaking] = await Promise.all(
    ["/game", "/chat", "/world", "/matchmaking"].map((namespace) => connect(namespace, token)),
  );
  sessionStorage.setItem(SESSION, JSON.stringify({ name, token }));
  $("login").hidden = true;
  $("rooms").hidden = false;
  play(me, game, matchmaking);
  people(game);
  talk(chat);
  move(me, world);
}

/** One at a time: a second one would listen, and show everything, twice. */
async function logIn(start) {
  const fields = $("login").querySelector("fieldset");
  if (fields.disabled) return;
  fields.disabled = true;
  text($("login-error"), "");
  try {
    await start();
  } catch (error) {
    text($("login-error"), error.message);
    fields.disabled = false;
  }
}

$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  void logIn(async () => {
    const name = $("name").value.trim();
    await enter(name, await tokenFor(name));
  });
});

const session = remembered();
if (session !== null) {
  $("name").value = session.name;
  void logIn(() => enter(session.name, session.token));
}
