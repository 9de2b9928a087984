/** The log of a game or a fight, one step after the other; on demand with the state after each, as one player sees it. */
import { look } from "./api.js";
import { filters, h, json, paged, report, table } from "./dom.js";

export const details = (title, value) => h("details", {}, h("summary", {}, title), json(value));

/**
 * @param path of the log
 * @param nameOf what `after` calls a step
 */
export function steps(place, path, players, columns, nameOf) {
  const results = h("div");
  const show = ({ as }) => {
    const list = paged(
      async (after) => {
        const seenBy = as === "" ? {} : { as: as.slice(1) };
        const body = await look(path, { after, limit: 20 }, seenBy);
        const last = body.steps.at(-1);
        const next = last && nameOf(last) < body.last ? nameOf(last) : undefined;
        return { rows: body.steps, next };
      },
      (rows) =>
        table(
          "Steps",
          { ...columns, State: ({ state }) => state !== undefined && details("state", state) },
          rows,
        ),
    );
    results.replaceChildren(list.element);
    list.load().then(() => report(), report);
  };
  // Marked, since a player may be called anything.
  const seen = [
    { value: "", text: "nobody: no state" },
    ...players.map((id) => ({ value: `=${id}`, text: id })),
    { value: "=", text: "a spectator" },
  ];
  const { form, values } = filters([{ name: "as", label: "With the state as seen by", options: seen }], show);
  place.append(form, results);
  show(values());
}
