/** The console's page: logging in, and which part is shown. */
import { forget, logIn, logOut, resume, whenChanged, whenEnded } from "./api.js";
import { h, report } from "./dom.js";
import { fight, fights } from "./fights.js";
import { queue, queues, room, rooms, ticket } from "./games.js";
import { overview } from "./overview.js";
import { connections, user, users } from "./people.js";
import { audit, channel, channels, deadlines, streams } from "./system.js";
import { zone, zones } from "./zones.js";

const PARTS = {
  overview: { title: "Overview", show: overview },
  connections: { title: "Connections", show: connections },
  users: { title: "Users", show: users, one: user },
  rooms: { title: "Rooms", show: rooms, one: room },
  fights: { title: "Fights", show: fights, one: fight },
  zones: { title: "Zones", show: zones, one: zone },
  queues: { title: "Queues", show: queues, one: queue, two: ticket },
  channels: { title: "Channels", show: channels, one: channel },
  streams: { title: "Streams", show: streams },
  deadlines: { title: "Deadlines", show: deadlines },
  audit: { title: "Audit", show: audit },
};

const form = document.getElementById("login");
const nav = document.getElementById("nav");
const who = document.getElementById("who");
const view = document.getElementById("view");
let me;
let end;

nav.append(...Object.entries(PARTS).map(([name, { title }]) => h("a", { href: `#/${name}` }, title)));

function leave() {
  if (typeof end === "function") end();
  end = undefined;
  view.replaceChildren();
}

async function show() {
  leave();
  report();
  const isIn = me !== undefined;
  form.hidden = isIn;
  nav.hidden = !isIn;
  who.hidden = !isIn;
  if (!isIn) return;
  document.getElementById("name").textContent = `${me.name}, ${me.role}`;
  const [name = "", ...ids] = window.location.hash.replace(/^#\//, "").split("/");
  const key = Object.hasOwn(PARTS, name) ? name : "overview";
  const { title, show: list, one = list, two = one } = PARTS[key];
  document.title = `${title} · Muster console`;
  for (const anchor of nav.children)
    if (anchor.getAttribute("href") === `#/${key}`) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  const place = h("div");
  view.append(place);
  const draw = [list, one, two][Math.min(ids.length, 2)];
  try {
    const shown = draw(place, ...ids.map(decodeURIComponent), me);
    if (typeof shown === "function") end = shown;
    else await shown;
  } catch (error) {
    // What was left meanwhile is nobody's to see.
    if (place.isConnected) report(error);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  report();
  logIn(form.username.value, form.password.value)
    .then((opened) => {
      me = opened;
      form.reset();
      return show();
    })
    .catch(report)
    .finally(() => {
      button.disabled = false;
    });
});
document.getElementById("logout").addEventListener("click", async () => {
  await logOut();
  me = undefined;
  show();
});
window.addEventListener("hashchange", () => {
  show();
  document.getElementById("main").focus();
});

function start() {
  return resume()
    .then((found) => {
      me = found;
      return show();
    })
    .catch((error) => {
      show();
      report(error);
    });
}

whenEnded(() => {
  if (me === undefined) return false;
  forget();
  me = undefined;
  show();
  report({ message: "Your log-in has ended. Log in again." });
  return true;
});
whenChanged(start);
start();
