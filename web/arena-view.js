/* Draws the arena: walls, ships, shots. Colours are those of the style sheet, also when the scheme changes. */
import { ARENA, WALLS } from "./modules/games/arena.js";

const SHOT_MS = 160;
const SINK_MS = 500;

/** @param {HTMLCanvasElement} canvas */
export function createView(canvas) {
  const pen = canvas.getContext("2d");
  let colours = {};
  /** Shots and sinkings that fade. */
  let effects = [];

  const readColours = () => {
    const style = getComputedStyle(document.documentElement);
    const probe = document.createElement("i");
    document.body.append(probe);
    for (const name of ["line", "text", "soft", "wall", "mine", "other", "shot"]) {
      // A canvas does not know light-dark(): the browser works it out.
      probe.style.color = style.getPropertyValue(`--${name}`);
      colours = { ...colours, [name]: getComputedStyle(probe).color };
    }
    probe.remove();
  };
  readColours();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", readColours);

  /** Pixels of the canvas per unit of the arena. */
  function resize() {
    const scale = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale].map(Math.round);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    return width / ARENA.width;
  }

  function ship({ x, y, aim, hp, name, isMine }, unit) {
    const size = ARENA.shipRadius * unit;
    const colour = isMine ? colours.mine : colours.other;
    pen.save();
    pen.translate(x * unit, y * unit);
    pen.globalAlpha = hp > 0 ? 1 : 0.25;
    pen.strokeStyle = colours.line;
    pen.lineWidth = size * 0.22;
    pen.beginPath();
    pen.arc(0, 0, size * 1.25, 0, 2 * Math.PI);
    pen.stroke();
    pen.strokeStyle = colour;
    pen.beginPath();
    pen.arc(0, 0, size * 1.25, -Math.PI / 2, -Math.PI / 2 + (hp / 100) * 2 * Math.PI);
    pen.stroke();
    pen.fillStyle = colour;
    pen.rotate(aim);
    pen.beginPath();
    pen.moveTo(size, 0);
    pen.lineTo(-size * 0.7, size * 0.7);
    pen.lineTo(-size * 0.35, 0);
    pen.lineTo(-size * 0.7, -size * 0.7);
    pen.closePath();
    pen.fill();
    pen.rotate(-aim);
    pen.globalAlpha = 1;
    pen.fillStyle = colours.soft;
    pen.textAlign = "center";
    pen.fillText(name, 0, -size * 1.9);
    pen.restore();
  }

  function effect({ kind, x, y, aim, range, since }, now, unit) {
    const age = (now - since) / (kind === "shot" ? SHOT_MS : SINK_MS);
    pen.globalAlpha = Math.max(0, 1 - age);
    pen.strokeStyle = colours.shot;
    pen.lineWidth = Math.max(1, unit * 0.12);
    pen.beginPath();
    if (kind === "shot") {
      const [dx, dy] = [Math.cos(aim), Math.sin(aim)];
      pen.moveTo((x + dx * ARENA.shipRadius) * unit, (y + dy * ARENA.shipRadius) * unit);
      pen.lineTo((x + dx * range) * unit, (y + dy * range) * unit);
    } else pen.arc(x * unit, y * unit, (0.6 + age * 2) * unit, 0, 2 * Math.PI);
    pen.stroke();
    pen.globalAlpha = 1;
  }

  return {
    shot: (event, since) => effects.push({ kind: "shot", since, ...event }),
    sunk: (at, since) => effects.push({ kind: "sunk", since, x: at.x, y: at.y }),

    /** @param ships with `name` and `isMine` */
    draw(ships, now) {
      const unit = resize();
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.font = `${Math.max(10 * (devicePixelRatio || 1), unit * 0.6)}px system-ui, sans-serif`;
      pen.fillStyle = colours.wall;
      for (const wall of WALLS) {
        pen.beginPath();
        pen.roundRect(wall.x * unit, wall.y * unit, wall.width * unit, wall.height * unit, unit * 0.2);
        pen.fill();
      }
      effects = effects.filter(({ kind, since }) => now - since < (kind === "shot" ? SHOT_MS : SINK_MS));
      for (const one of effects) effect(one, now, unit);
      // The player's own is on top.
      for (const one of ships.toSorted((a, b) => a.isMine - b.isMine)) ship(one, unit);
    },

    /** A place of the page in units of the arena. */
    placeOf({ clientX, clientY }) {
      const box = canvas.getBoundingClientRect();
      const unit = box.width / ARENA.width;
      return { x: (clientX - box.left) / unit, y: (clientY - box.top) / unit };
    },
  };
}
