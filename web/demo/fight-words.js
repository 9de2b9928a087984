/* Moves and their effects in words. */

const NAMES = { firebolt: "Firebolt", mend: "Mend", potion: "Potion", antidote: "Antidote" };
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/** What the button of a legal move says. */
export function describeMove({ action, target, args = {} }, me) {
  const what = NAMES[args.skill ?? args.item] ?? capital(action);
  if (target === undefined) return what;
  return target === me ? `${what} for yourself` : `${what}: ${target}`;
}

const EFFECTS = {
  damage: ({ target, amount, cause, critical }) =>
    `${target} loses ${amount}${critical ? " (a critical hit)" : cause === "hit" || cause === undefined ? "" : ` (${cause})`}`,
  heal: ({ target, amount }) => `${target} gets ${amount} back`,
  miss: ({ target }) => `${target} is missed`,
  status: ({ target, status, turns }) =>
    turns === 0
      ? `${target} has no ${status} any more`
      : status === "guard"
        ? `${target} is on guard`
        : `${target} burns`,
  defeated: ({ target }) => `${target} is defeated`,
  fled: ({ target }) => `${target} flees`,
  flee_failed: ({ target }) => `${target} cannot get away`,
  forfeited: ({ target }) => `${target} gives up`,
};

/** One line of the fight's log. */
export function describeResult({ actor, action, effects }, me) {
  const words = effects.map((effect) => EFFECTS[effect.kind]?.(effect) ?? effect.kind.replaceAll("_", " "));
  return `${actor === me ? "You" : actor}: ${[action, ...words].join(", ")}.`;
}
