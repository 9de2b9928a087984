/* Time as the server has it, and the deadlines that count down. */

const TICK_MS = 250;
/** By how much the server's clock is ahead of ours. */
let aheadMs = 0;
const shown = new Map();

/** @param timestamp the server's, of a message that has just come */
export function noteServerTime(timestamp) {
  const at = typeof timestamp === "string" ? Date.parse(timestamp) : timestamp;
  if (Number.isFinite(at)) aheadMs = at - Date.now();
}

export const serverNow = () => Date.now() + aheadMs;

function minutes(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function draw(element, { at, upwards }) {
  const ms = upwards ? serverNow() - at : at - serverNow();
  element.textContent = minutes(ms);
  element.classList.toggle("urgent", !upwards && ms < 10_000);
}

function show(element, at, upwards) {
  element.hidden = !Number.isFinite(at);
  if (element.hidden) return void shown.delete(element);
  const entry = { at, upwards };
  shown.set(element, entry);
  draw(element, entry);
}

/** Counts down to a deadline. @param deadline ISO 8601; undefined or null: none, and the element is hidden */
export const countDown = (element, deadline) => show(element, Date.parse(deadline ?? ""), false);

/** Counts up from a moment of the server's. */
export const countUp = (element, since) => show(element, since ?? Number.NaN, true);

setInterval(() => {
  for (const [element, entry] of shown)
    if (element.isConnected) draw(element, entry);
    else shown.delete(element);
}, TICK_MS);
