/* The world: a zone seen from above. Arrow keys walk, and so does a finger or the mouse: towards where it points. */
import { ask } from "./connection.js";
import { $, complain, say } from "./dom.js";

const STEP_MS = 100;
/** Of the zone's units, for each step; what the server allows is faster. */
const STEP = 1.5;
const EDGE = { x: 48, y: 36 };
const NAME_LENGTH = 16;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const clamp = (value, edge) => Math.max(-edge, Math.min(edge, value));

export function move(me, world) {
  const canvas = $("world");
  const pen = canvas.getContext("2d");
  const seen = new Map();
  const held = new Set();
  let own = { x: Math.round(Math.random() * 80 - 40), y: Math.round(Math.random() * 60 - 30) };
  let goal;
  let isIn = false;

  /** Pixels of one unit. */
  const scale = () => canvas.width / (2 * EDGE.x + 4);

  function draw() {
    const size = scale();
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name);
    const at = ({ x, y }) => [canvas.width / 2 + x * size, canvas.height / 2 + y * size];
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = colour("--line");
    pen.lineWidth = 1;
    pen.beginPath();
    for (let unit = -40; unit <= 40; unit += 10) {
      const [x, y] = at({ x: unit, y: unit });
      pen.moveTo(x, 0);
      pen.lineTo(x, canvas.height);
      pen.moveTo(0, y);
      pen.lineTo(canvas.width, y);
    }
    pen.stroke();
    pen.font = `${Math.round(size * 3)}px system-ui, sans-serif`;
    const dot = (name, place, fill) => {
      const [x, y] = at(place);
      const label = name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH)}…` : name;
      pen.fillStyle = fill;
      pen.beginPath();
      pen.arc(x, y, size * 1.6, 0, 7);
      pen.fill();
      pen.fillStyle = colour("--text");
      const isRight = place.x > EDGE.x / 2;
      pen.textAlign = isRight ? "right" : "left";
      pen.fillText(label, x + (isRight ? -1 : 1) * size * 2.4, y + size);
    };
    if (goal) {
      const [x, y] = at(goal);
      pen.strokeStyle = colour("--mine");
      pen.beginPath();
      pen.arc(x, y, size * 1.2, 0, 7);
      pen.stroke();
    }
    for (const [name, place] of seen) dot(name, place, colour("--other"));
    dot(me, own, colour("--mine"));
    Object.assign(canvas.dataset, { x: own.x.toFixed(1), y: own.y.toFixed(1), seen: seen.size });
    say($("world-status"), seen.size === 0 ? "Nobody else is near." : `${seen.size} near you.`);
  }

  async function enter() {
    const { players, x, y } = await ask(world, "enter", { zone: "plaza", ...own });
    // A user that was here lately comes back to the same place.
    own = { x, y };
    isIn = true;
    seen.clear();
    for (const player of players) if (player.user_id !== me) seen.set(player.user_id, player);
    draw();
  }

  function go(x, y) {
    own = { x: clamp(x, EDGE.x), y: clamp(y, EDGE.y) };
    world.volatile.emit("player_movement", own);
    draw();
  }

  world.on("world_tick", ({ left = [], entered = [], moved = [] }) => {
    for (const id of left) seen.delete(id);
    for (const player of entered) if (player.user_id !== me) seen.set(player.user_id, player);
    for (const [id, x, y] of moved) if (id !== me) seen.set(id, { x, y });
    draw();
  });
  world.on("position_correction", ({ x, y }) => {
    own = { x, y };
    goal = undefined;
    draw();
  });
  world.on("disconnect", () => {
    isIn = false;
  });
  const enterOrTell = () => enter().catch((error) => complain(`World: ${error.message}`));
  world.on("connect", enterOrTell);
  void enterOrTell();

  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    goal = undefined;
    held.add(event.key);
  });
  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  canvas.addEventListener("blur", () => held.clear());

  let pointing;
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const units = (2 * EDGE.x + 4) / box.width;
    goal = {
      x: clamp((event.clientX - box.left - box.width / 2) * units, EDGE.x),
      y: clamp((event.clientY - box.top - box.height / 2) * units, EDGE.y),
    };
    draw();
  };
  canvas.addEventListener("pointerdown", (event) => {
    pointing = event.pointerId;
    canvas.setPointerCapture(pointing);
    point(event);
  });
  canvas.addEventListener("pointermove", (event) => event.pointerId === pointing && point(event));
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => {
      pointing = undefined;
    });

  setInterval(() => {
    if (!isIn) return;
    if (held.size > 0) {
      const steps = [...held].map((key) => KEYS[key]);
      const [dx, dy] = steps.reduce(([x, y], step) => [x + step[0], y + step[1]], [0, 0]);
      if (dx !== 0 || dy !== 0) go(own.x + dx * STEP, own.y + dy * STEP);
    } else if (goal) {
      const [dx, dy] = [goal.x - own.x, goal.y - own.y];
      const far = Math.hypot(dx, dy);
      const part = far > STEP ? STEP / far : 1;
      if (far <= STEP) goal = undefined;
      go(own.x + dx * part, own.y + dy * part);
    }
  }, STEP_MS);

  new ResizeObserver(() => {
    const { width, height } = canvas.getBoundingClientRect();
    if (width === 0) return;
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    draw();
  }).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
