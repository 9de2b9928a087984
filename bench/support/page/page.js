/** The page of a benchmark: how each figure grows, and all rows. Texts are only ever set as texts. */
(() => {
  const { machine, startedAt, rows } = JSON.parse(document.getElementById("result").textContent);
  const main = document.querySelector("main");

  function add(parent, tag, text = "") {
    const element = document.createElement(tag);
    element.textContent = text;
    parent.append(element);
    return element;
  }

  /** One line for each server, over what grows. */
  function plot(title, points) {
    add(main, "h2", title);
    const at = [...new Set(points.map(({ growth }) => growth.at))].sort((a, b) => a - b);
    const lines = [...new Set(points.map(({ growth }) => growth.line))];
    const values = lines.map((line) =>
      at.map((x) => points.find(({ growth }) => growth.line === line && growth.at === x)?.muster ?? null),
    );
    const series = lines.map((label, index) => ({
      label,
      stroke: `hsl(${index * 97 + 215} 60% 45%)`,
      width: 2,
    }));
    const size = { width: Math.max(260, Math.min(900, main.clientWidth)), height: 280 };
    const scales = { x: { time: false }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } };
    new uPlot(
      { ...size, scales, series: [{ label: points[0].growth.of }, ...series] },
      [at, ...values],
      main,
    );
  }

  add(main, "h1", "Benchmark");
  add(main, "p", `${startedAt}, ${machine}`);
  const growing = rows.filter(({ growth }) => growth !== undefined);
  for (const title of new Set(growing.map(({ part, unit }) => `${part}: ${unit}`)))
    plot(
      title,
      growing.filter(({ part, unit }) => `${part}: ${unit}` === title),
    );

  add(main, "h2", "All rows");
  const table = add(main, "table");
  const head = add(add(table, "thead"), "tr");
  for (const name of ["part", "measured", "bare", "muster", "unit", "ratio", "client", "note"])
    add(head, "th", name).scope = "col";
  const body = add(table, "tbody");
  const number = (value) => (value === undefined ? "" : value.toFixed(value >= 100 ? 0 : 2));
  for (const { part, what, bare, muster, unit, ratio, client, note = "" } of rows) {
    const line = add(body, "tr");
    const busy = client > 0.8 ? `${number(client)} TOO BUSY` : number(client);
    for (const cell of [part, what, number(bare), number(muster), unit, number(ratio), busy, note])
      add(line, "td", cell);
  }
})();
