/* Who is here, and what one can do with them. */
import { ask } from "./connection.js";
import { $, button, make } from "./dom.js";

const MOST = 100;
const STATUS = { online: "online", away: "away", busy: "busy" };

export function people(me, game, { challenge, invite }) {
  const here = new Map();

  function entryOf({ user_id, name, status }) {
    const label = make("span", { className: "name" }, name);
    const dot = make("span", { className: `dot ${status}`, title: STATUS[status] ?? status });
    const state = make("span", { className: "soft" }, user_id === me ? "you" : (STATUS[status] ?? status));
    if (user_id === me) return make("li", {}, dot, label, state);
    const fight = button("Fight", () => challenge(user_id));
    fight.setAttribute("aria-label", `Fight ${name}`);
    const join = button("Invite", () => invite(user_id));
    join.setAttribute("aria-label", `Invite ${name} to your party`);
    return make("li", {}, dot, label, state, make("span", { className: "buttons" }, fight, join));
  }

  function show() {
    const sorted = [...here.values()].sort(
      (a, b) => (b.user_id === me) - (a.user_id === me) || a.name.localeCompare(b.name),
    );
    $("people").replaceChildren(...sorted.slice(0, MOST).map(entryOf));
    $("people-count").textContent = here.size;
  }

  function replace({ users }) {
    here.clear();
    for (const user of users) here.set(user.user_id, user);
    show();
  }

  game.on("presence", ({ joined, updated, left }) => {
    for (const user of [...joined, ...updated]) here.set(user.user_id, user);
    for (const id of left) here.delete(id);
    show();
  });
  game.on("user:list", replace);
  // The list that greets a connection may have come before anybody listened.
  ask(game, "user:list").then(replace, show);
}
