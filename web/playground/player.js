/** One user's column: connections, the form of a command, and the timeline. */
import { makeForm } from "./forms.js";
import { openPlain, openSocketIo } from "./links.js";
import { snippet } from "./snippets.js";
import { createTimeline } from "./timeline.js";

const DELAY_MS = 150;

/** What is likely meant by a field: names of games, the room that was heard of last. */
function suggestionsOf(games, known) {
  return {
    game: games.map(({ name }) => name),
    action: [...new Set(games.flatMap(({ actions }) => Object.keys(actions)))],
    ...Object.fromEntries(Object.entries(known).map(([name, values]) => [name, [...values]])),
  };
}

/** Ids of what was heard of, so that they need not be typed. */
function remember(known, value) {
  if (Array.isArray(value)) for (const one of value.slice(0, 20)) remember(known, one);
  else if (typeof value === "object" && value !== null)
    for (const [name, one] of Object.entries(value)) {
      if (typeof one === "string" && known[name] && one.length <= 200) known[name].add(one);
      else remember(known, one);
    }
}

const REMEMBERED = ["room_id", "match_id", "party_id", "combat_session_id", "join_code", "user_id"];

/** @param described of `contracts.json`; @param newToken `(ttlSeconds?)` gives the user's token */
export function addPlayer(template, users, { described, name, role, over, newToken, known }) {
  const column = template.content.firstElementChild.cloneNode(true);
  const $ = (selector) => column.querySelector(selector);
  for (const one of REMEMBERED) known[one] ??= new Set();
  known.user_id.add(name);
  $("h2").textContent = role ? `${name} (${role})` : name;
  const timeline = createTimeline($(".timeline"));
  const log = (kind, title, detail) => {
    if (kind === "event" || kind === "answer") remember(known, detail);
    timeline.add(kind, title, detail);
  };
  // Regions that scroll can be reached by keyboard.
  $(".timeline").tabIndex = 0;
  $(".copied").tabIndex = 0;
  const onState = (state) => {
    $(".state").textContent = state;
    $(".state").className = `state ${state === "connected" ? "connected" : ""}`;
  };
  const namespaceOf = (wanted) => described.namespaces.find(({ namespace }) => namespace === wanted);
  const options = {
    token: () => newToken(),
    log,
    onState,
    plainOf: (namespace) => namespaceOf(namespace).plain,
  };
  const link = over === "plain" ? openPlain(options) : openSocketIo(options);

  const picked = () => {
    const { namespace, commands, plain } = namespaceOf($(".namespace").value);
    return { namespace, plain, command: commands.find((one) => one.name === $(".name").value) };
  };
  let read = () => ({});

  function showCommands() {
    const { namespace, commands } = namespaceOf($(".namespace").value);
    $(".name").replaceChildren(
      ...commands.map((one) => new Option(one.own ? `${one.name} (yours)` : one.name, one.name)),
    );
    link.connect(namespace);
    showForm();
  }
  function showForm() {
    const { command } = picked();
    const who = command.roles ? ` For ${command.roles.join(", ")}.` : "";
    $(".summary").textContent = `${command.summary}${who}`;
    $(".copied").hidden = true;
    read = makeForm($(".fields"), command.input, suggestionsOf(described.games, known));
  }

  async function send() {
    const { namespace, command } = picked();
    let payload;
    try {
      payload = read();
    } catch (error) {
      return log("refused", command.name, error.message);
    }
    log("sent", `${namespace} ${command.name}`, payload);
    const since = performance.now();
    try {
      const answer = await link.call(namespace, command.name, payload);
      const { ok, ...rest } = answer;
      log(
        ok ? "answer" : "refused",
        `${command.name}: ${ok ? "done" : rest.error.code} in ${Math.round(performance.now() - since)} ms`,
        ok ? rest : rest.error,
      );
    } catch (error) {
      log("refused", `${command.name}: no answer`, error.message);
    }
  }

  $(".namespace").append(...described.namespaces.map(({ namespace }) => new Option(namespace)));
  $(".namespace").value = "/game";
  $(".namespace").addEventListener("change", showCommands);
  $(".name").addEventListener("change", showForm);
  $(".command").addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  $(".twice").addEventListener("click", () => {
    void send();
    void send();
  });
  $(".copy").addEventListener("change", async ({ target }) => {
    const { namespace, plain, command } = picked();
    try {
      const text = snippet(target.value, { namespace, plain, name: command.name, payload: read() });
      $(".copied").textContent = text;
      $(".copied").hidden = text === "";
      // Browsers allow it on pages of this machine, and over HTTPS.
      await navigator.clipboard?.writeText(text).catch(() => undefined);
    } catch (error) {
      log("refused", command.name, error.message);
    }
    target.value = "";
  });
  $(".drop").addEventListener("click", () => link.drop());
  $(".expire").addEventListener("click", async () => {
    const { namespace } = picked();
    try {
      const answer = await link.call(namespace, "refresh_token", { token: await newToken(1) });
      log(answer.ok ? "state" : "refused", "the token ends in a second", answer);
    } catch (error) {
      log("refused", "the token was not changed", error.message);
    }
  });
  $(".delay").addEventListener("change", ({ target }) => link.delay(target.checked ? DELAY_MS : 0));
  $(".frames").addEventListener("change", ({ target }) =>
    $(".timeline").classList.toggle("with-frames", target.checked),
  );
  $(".clear").addEventListener("click", () => timeline.clear());
  $(".remove").addEventListener("click", () => {
    link.close();
    column.remove();
  });
  users.append(column);
  showCommands();
}
