/* Invitations to fights and parties: shown until they are answered or over, also after a reload. */
import { countDown, serverNow } from "./clock.js";
import { $, button, make } from "./dom.js";

const KEY = "muster-demo-invitations";
const MOST = 20;
const list = $("invitations");
const kinds = new Map();
let open = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");

/** @param kind words of the invitation, and what its answers do */
export function onInvitation(kind, words, { accept, decline }) {
  kinds.set(kind, { words, accept, decline });
  show();
}

/** @param invitation with `id`, `from` and `until` (ISO 8601) */
export function invite(kind, invitation) {
  open = [...open.filter(({ id }) => id !== invitation.id), { kind, ...invitation }].slice(-MOST);
  show();
}

/** It is answered, or there is nothing left to join. */
export function withdraw(id) {
  if (!open.some((invitation) => invitation.id === id)) return;
  open = open.filter((invitation) => invitation.id !== id);
  show();
}

export function forgetInvitations() {
  open = [];
  show();
}

function show() {
  sessionStorage.setItem(KEY, JSON.stringify(open));
  list.replaceChildren(...open.flatMap(entryOf));
  list.hidden = list.children.length === 0;
}

function entryOf({ kind, id, from, until }) {
  const answers = kinds.get(kind);
  if (answers === undefined) return [];
  const left = make("span", { className: "time" });
  countDown(left, until);
  const answer = (act) => async () => {
    withdraw(id);
    await act(id);
  };
  return make(
    "li",
    {},
    make("span", {}, answers.words(from)),
    left,
    button("Accept", answer(answers.accept), "primary"),
    button("Decline", answer(answers.decline)),
  );
}

setInterval(() => {
  for (const { id, until } of open) if (Date.parse(until) < serverNow()) withdraw(id);
}, 1_000);
