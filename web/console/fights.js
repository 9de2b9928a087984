/** Fights of `/combat`. */
import { look, part } from "./api.js";
import {
  card,
  cards,
  h,
  json,
  link,
  numbers,
  opener,
  paged,
  refresher,
  table,
  time,
  userLink,
} from "./dom.js";
import { details, steps } from "./steps.js";

const names = (participants) => participants.map(({ id }) => id).join(", ");

export const fightColumns = {
  Fight: ({ combat_session_id: id }) => link(`fights/${part(id)}`, id),
  Ruleset: ({ ruleset }) => ruleset,
  Phase: ({ phase }) => phase,
  Turn: ({ turn }) => String(turn),
  Participants: ({ participants }) => names(participants),
  Made: ({ created_at }) => time(created_at),
};

export function fights(place) {
  const list = paged(
    async (cursor) => {
      const body = await look("fights", { cursor });
      return { rows: body.fights, next: body.cursor };
    },
    (rows) => table("Fights that somebody follows", fightColumns, rows),
  );
  place.append(h("h2", {}, "Fights"), opener("Open a fight by id", "fights"), list.element);
  return list.load();
}

const moveColumns = {
  Move: ({ seq }) => String(seq),
  Turn: ({ turn }) => String(turn),
  When: ({ at }) => time(at),
  By: ({ actor, cause }) => (cause === "player" ? userLink(actor) : `${actor} (${cause})`),
  What: ({ action, target }) => (target ? `${action}: ${target}` : action),
  Effects: ({ effects }) => details("effects", effects),
  Draws: ({ draws }) => draws.join(", "),
};

export async function fight(place, id) {
  const shown = h("div");
  const log = h("div");
  const path = `fights/${part(id)}`;
  async function draw() {
    const { fight: about, actor, views, result } = await look(path);
    shown.replaceChildren(
      numbers({
        Ruleset: about.ruleset,
        Phase: about.phase,
        Turn: about.turn,
        "Whose turn": actor ?? "nobody's",
        Version: about.version,
        "Ends at": about.deadline ? new Date(about.deadline).toLocaleTimeString() : "no limit",
      }),
      table(
        "Participants",
        {
          Who: ({ id: who, kind }) => (kind === "player" ? userLink(who) : who),
          Kind: ({ kind }) => kind,
          Team: ({ team }) => String(team),
          Status: ({ status }) => status,
          "Time-outs in a row": ({ timeouts }) => String(timeouts),
          "Time of their own": ({ bank_ms }) => `${Math.round(bank_ms / 1_000)} s`,
        },
        about.participants,
      ),
      h("h3", {}, "The fight as each player sees it"),
      cards(
        ...views.map(({ user_id, state, left_out }) =>
          card(user_id ?? "A spectator", left_out ? "too large to be shown here" : json(state)),
        ),
      ),
      ...(about.phase === "ended"
        ? [cards(card(`Won by ${about.winner === null ? "nobody" : `team ${about.winner}`}`, json(result)))]
        : []),
    );
    return about;
  }
  place.append(h("h2", {}, `Fight ${id}`), refresher(draw), shown, h("h3", {}, "Log, move by move"), log);
  const { participants } = await draw();
  const players = participants.filter(({ kind }) => kind === "player").map(({ id: who }) => who);
  steps(log, `${path}/log`, players, moveColumns, ({ seq }) => seq);
}
