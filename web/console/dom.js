/** Elements, tables and forms. Text is always set as text: what players write is never markup. */

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

export const link = (hash, text) => h("a", { href: `#/${hash}` }, text);
export const userLink = (id) => link(`users/${encodeURIComponent(id)}`, id);
export const roomLink = (id) => link(`rooms/${encodeURIComponent(id)}`, id);

export const time = (iso) => (iso ? new Date(iso).toLocaleString() : "");
/** Lists of plain values stay on one line. */
const printed = (value) =>
  JSON.stringify(value, null, 2).replace(
    /\[\s+([^[\]{}]*?)\s+\]/g,
    (_, items) => `[${items.replace(/\s*\n\s*/g, " ")}]`,
  );

export const json = (value) =>
  h("pre", { tabindex: "0", role: "group", "aria-label": "JSON" }, printed(value));
export const bytes = (count) =>
  count >= 2 ** 30 ? `${(count / 2 ** 30).toFixed(1)} GB` : `${Math.round(count / 2 ** 20)} MB`;

/** @param columns by heading, what a row's cell holds */
export function table(caption, columns, rows) {
  const names = Object.keys(columns);
  const cellOf = (value) =>
    h("td", {}, value === undefined || value === null || value === false ? "" : value);
  const cells = (row) => names.map((name) => cellOf(columns[name](row)));
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          names.map((name) => h("th", { scope: "col" }, name)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.length === 0
          ? h("tr", {}, h("td", { class: "empty", colspan: String(names.length) }, "none"))
          : rows.map((row) => h("tr", {}, cells(row))),
      ),
    ),
  );
}

export const numbers = (values) =>
  h(
    "dl",
    { class: "numbers" },
    Object.entries(values).map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, String(value))),
    ),
  );

export const card = (title, ...content) => h("section", {}, h("h3", {}, title), ...content);
export const cards = (...sections) => h("div", { class: "cards" }, sections);

/** A row of fields above a list; an option is a value, or has a `text` beside it. `change` is called with all values when one has changed. */
export function filters(fields, change) {
  const form = h("form", { class: "bar" });
  const values = () => Object.fromEntries(new FormData(form));
  for (const { name, label, options, value = "" } of fields) {
    const field = options
      ? h(
          "select",
          { name },
          options.map((option) => {
            const { value: own, text } = option.text ? option : { value: option, text: option || "all" };
            return h("option", { value: own, selected: own === value }, text);
          }),
        )
      : h("input", { name, value, maxlength: "128" });
    form.append(h("label", {}, label, field));
  }
  form.append(h("button", { type: "submit" }, "Show"));
  form.addEventListener("change", () => change(values()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change(values());
  });
  return { form, values };
}

/** Opens one thing by its name, which no list needs to have. */
export function opener(label, part, value = "") {
  const field = h("input", { name: "id", maxlength: "300", required: true, value });
  const form = h(
    "form",
    { class: "bar" },
    h("label", {}, label, field),
    h("button", { type: "submit" }, "Open"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    window.location.hash = `#/${part}/${encodeURIComponent(field.value)}`;
  });
  return form;
}

/** A bar with a button that draws anew. */
export const refresher = (draw) =>
  h(
    "div",
    { class: "bar" },
    h("button", { type: "button", onclick: () => draw().then(() => report(), report) }, "Refresh"),
  );

/**
 * A list that grows by a page at a time.
 * @param fetchPage called with what names the next page. @returns `{rows, next}`; `next` is undefined at the end
 */
export function paged(fetchPage, draw) {
  const place = h("div");
  const more = h("button", { type: "button", hidden: true }, "More");
  let rows = [];
  let next;
  async function load() {
    more.disabled = true;
    try {
      const page = await fetchPage(next);
      rows = [...rows, ...page.rows];
      next = page.next;
      place.replaceChildren(draw(rows));
      more.hidden = next === undefined;
    } finally {
      more.disabled = false;
    }
  }
  more.addEventListener("click", () => load().catch(report));
  return { element: h("div", {}, place, more), load };
}

/** Tells what went wrong, until something else happens. */
export function report(error) {
  // The log-in form says already that it was needed.
  if (error?.told) return;
  document.getElementById("problem").textContent = error ? error.message : "";
}

/** Asks before something is done. @param fields as of `filters`. Resolves with the values; undefined: not wanted */
export function ask(title, fields, button) {
  const dialog = document.getElementById("dialog");
  const inputs = fields.map(({ name, label, type = "text" }) =>
    h(
      "label",
      {},
      label,
      " ",
      h("input", {
        name,
        type,
        maxlength: type === "text" ? "200" : undefined,
        min: type === "number" ? "1" : undefined,
      }),
    ),
  );
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id: "dialog-title" }, title),
    inputs,
    h(
      "div",
      { class: "bar" },
      h("button", { type: "submit", value: "yes" }, button),
      h("button", { type: "button", onclick: () => dialog.close("") }, "Cancel"),
    ),
  );
  dialog.replaceChildren(form);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "yes" ? Object.fromEntries(new FormData(form)) : undefined),
      { once: true },
    );
  });
}
