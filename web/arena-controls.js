/* Keyboard, mouse and touch as one input: where to go, where to aim, whether to fire. */

const KEYS = {
  ArrowLeft: "left",
  KeyA: "left",
  ArrowRight: "right",
  KeyD: "right",
  ArrowUp: "up",
  KeyW: "up",
  ArrowDown: "down",
  KeyS: "down",
  Space: "fire",
};
/** Pixels of a drag that are full speed. */
const FULL_DRAG = 40;

/**
 * @param {HTMLCanvasElement} canvas
 * @param placeOf a place of the page in units of the arena
 */
export function createControls(canvas, placeOf) {
  const held = new Set();
  /** Fingers on the canvas: where each began and is now. */
  const fingers = new Map();
  let mouse;
  let pressed = false;
  let aim = 0;

  addEventListener("keydown", (event) => {
    const key = KEYS[event.code];
    if (key === undefined || event.target.type === "text") return;
    // The space bar is a button's, and a switch's.
    if (key === "fire" && event.target.matches("button, input")) return;
    event.preventDefault();
    held.add(key);
  });
  addEventListener("keyup", (event) => held.delete(KEYS[event.code]));
  addEventListener("blur", () => {
    held.clear();
    fingers.clear();
    pressed = false;
  });

  canvas.addEventListener("pointerdown", (event) => {
    canvas.focus();
    canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === "mouse") {
      mouse = event;
      pressed = true;
      return;
    }
    const box = canvas.getBoundingClientRect();
    const moves = event.clientX - box.left < box.width / 2;
    fingers.set(event.pointerId, { moves, from: event, to: event });
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse") mouse = event;
    const finger = fingers.get(event.pointerId);
    if (finger) finger.to = event;
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, (event) => {
      if (event.pointerType === "mouse") pressed = false;
      fingers.delete(event.pointerId);
    });

  const dragOf = ({ from, to }) => ({ x: to.clientX - from.clientX, y: to.clientY - from.clientY });

  /** @param own the player's ship, where there is one */
  return (own) => {
    let [x, y] = [held.has("right") - held.has("left"), held.has("down") - held.has("up")];
    let fire = pressed || held.has("fire");
    for (const finger of fingers.values()) {
      const drag = dragOf(finger);
      const far = Math.hypot(drag.x, drag.y);
      if (finger.moves) {
        const part = Math.min(1, far / FULL_DRAG) / Math.max(1, far);
        [x, y] = [drag.x * part, drag.y * part];
      } else {
        if (far > 6) aim = Math.atan2(drag.y, drag.x);
        fire = true;
      }
    }
    if (mouse !== undefined && own !== undefined) {
      const to = placeOf(mouse);
      aim = Math.atan2(to.y - own.y, to.x - own.x);
    } else if (fingers.size === 0 && (x !== 0 || y !== 0)) aim = Math.atan2(y, x);
    return { x, y, aim, fire };
  };
}
