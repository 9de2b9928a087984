/** The page of a load report: all that it shows is in the page itself. Texts are only ever set as texts. */
(() => {
  const result = JSON.parse(document.getElementById("result").textContent);
  const main = document.querySelector("main");
  const { plan, actions, server, processes, thresholds } = result;
  // The last second is not a whole one.
  const points = result.points.filter(({ t }, at) => at < 2 || t + 1 <= result.seconds);
  const MOST_LINES = 8;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name === "class") element.className = value;
      else if (value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
    return element;
  }

  function number(value) {
    if (!Number.isFinite(value)) return "–";
    if (value >= 100_000) return `${(value / 1_000).toFixed(0)}k`;
    if (value >= 100 || Number.isInteger(value)) return String(Math.round(value));
    return value >= 10 ? value.toFixed(1) : value.toFixed(2);
  }
  const megabytes = (bytes) => `${Math.round(bytes / 1024 ** 2)} MB`;
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const mean = (values) => (values.length === 0 ? Number.NaN : sum(values) / values.length);
  const most = (values) => (values.length === 0 ? Number.NaN : Math.max(...values));

  function table(caption, head, rows) {
    const cellOf = (cell, at) => {
      const { text, ...properties } = typeof cell === "object" ? cell : { text: cell };
      return at === 0 ? make("th", { scope: "row", ...properties }, text) : make("td", properties, text);
    };
    return make(
      "table",
      {},
      make("caption", {}, caption),
      make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cellOf)))),
    );
  }

  function card(title, ...tables) {
    const scroll = make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      ...tables,
    );
    main.append(make("section", { class: "card" }, make("h2", {}, title), scroll));
  }

  // What came first, in short.
  const heldPoints = server.flatMap((one) => one.points.filter(({ t }) => t >= plan.ramp_seconds));
  const serverPoints = heldPoints.length > 0 ? heldPoints : server.flatMap((one) => one.points);
  const failed = sum(result.errors.map(({ count }) => count));
  const done = sum(actions.map(({ count, while_users_came }) => count + (while_users_came?.count ?? 0)));
  const held = thresholds.every(({ passed }) => passed);
  const verdict =
    thresholds.length === 0 ? ["no conditions", ""] : held ? ["passed", "good"] : ["failed", "bad"];
  const groups = plan.group_size > 1 ? ` in groups of ${plan.group_size}` : "";
  main.append(
    make(
      "header",
      { class: "top" },
      make(
        "div",
        {},
        make("p", { class: "eyebrow" }, `Load report, ${result.began_at.replace("T", " ").slice(0, 19)} UTC`),
        make("h1", {}, result.scenario.name),
        make("p", { class: "lead" }, result.scenario.summary ?? ""),
        make(
          "p",
          { class: "lead" },
          `${result.users.begun} users${groups} came within ${plan.ramp_seconds} s and stayed for ${number(result.hold_seconds)} s, on ${plan.urls.join(", ")}`,
        ),
      ),
      make("span", { class: `pill ${verdict[1]}` }, verdict[0]),
    ),
  );
  const notes = [
    result.ended === "interrupted" && "The run was ended early.",
    processes.some(({ too_busy }) => too_busy) &&
      `A load process was busier than 0.8 of a core, or late by more than 20 ms: the times have its own delay in them. Take more --processes, fewer users or a less busy machine (load average ${number(result.machine.load_average)} on ${result.machine.cores} cores).`,
    result.unfinished > 0 && `${result.unfinished} actions had not ended when the run did.`,
    ...server.map(({ problem }) => problem !== undefined && `Figures of the server: ${problem}`),
  ].filter(Boolean);
  for (const note of notes) main.append(make("p", { class: "note" }, note));
  const figures = [
    ["users at most", number(result.users.most_active)],
    [
      "measured a second",
      number(sum(actions.filter(({ phase }) => phase === "hold").map(({ rate }) => rate))),
    ],
    [
      "failed",
      failed === 0 ? "0" : `${failed} (${((100 * failed) / (failed + done)).toFixed(2)} %)`,
      failed > 0,
    ],
    ["server, cores", number(mean(serverPoints.map(({ cpu }) => cpu)))],
    [
      "server, memory",
      serverPoints.length > 0 ? megabytes(most(serverPoints.map((one) => one.rss_bytes))) : "–",
    ],
    ["load, of a core", processes.map(({ cpu }) => number(cpu.mean)).join(", ")],
  ];
  main.append(
    make(
      "dl",
      { class: "figures" },
      ...figures.map(([name, value, isBad]) =>
        make(
          "div",
          { class: "figure" },
          make("dt", {}, name),
          make("dd", isBad ? { class: "bad" } : {}, value),
        ),
      ),
    ),
  );
  if (thresholds.length > 0)
    card(
      "Conditions",
      table(
        "The run has failed where one of these holds.",
        ["condition", "measured", ""],
        thresholds.map(({ fail, value, passed }) => [
          fail,
          value === null ? "nothing" : number(value),
          { text: passed ? "passed" : "failed", class: passed ? "good" : "bad" },
        ]),
      ),
    );

  // Plots.
  const plots = make("div", { class: "plots" });
  main.append(plots);
  const drawn = [];

  /** @param lines name, values, and the scale's unit where it has one of its own */
  function plot(title, { times, lines, unit = "", head = [] }) {
    const place = make("div", {});
    const label = `${title}: ${lines.map(({ name }) => name).join(", ")}`;
    const section = make(
      "section",
      { class: "card" },
      make("div", { class: "plot-head" }, make("h2", {}, title), ...head),
      place,
    );
    section.setAttribute("aria-label", label);
    plots.append(section);
    let chart;
    const draw = (chosen = lines, height = 220) => {
      chart?.destroy();
      const grid = { stroke: colour("line"), width: 1 };
      const axis = { stroke: colour("soft"), grid, ticks: grid, font: "12px system-ui, sans-serif" };
      const format = (value, own = unit) => (value == null ? "–" : `${number(value)}${own}`);
      const right = chosen.some(({ scale }) => scale === "right");
      chart = new uPlot(
        {
          width: Math.max(260, place.clientWidth),
          height,
          scales: {
            x: { time: false },
            y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
            right: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
          },
          axes: [
            { ...axis, values: (_, values) => values.map((value) => `${value} s`) },
            { ...axis, size: 68, values: (_, values) => values.map((value) => format(value)) },
            ...(right
              ? [
                  {
                    ...axis,
                    side: 1,
                    size: 68,
                    scale: "right",
                    grid: { show: false },
                    values: (_, values) => values.map((value) => format(value, "")),
                  },
                ]
              : []),
          ],
          series: [
            { label: "at", value: (_, value) => (value == null ? "–" : `${number(value)} s`) },
            ...chosen.map(({ name, scale = "y", unit: own = unit }, at) => ({
              label: name,
              scale,
              stroke: colour(`c${at % MOST_LINES}`),
              width: 2,
              points: { show: times.length < 3 },
              spanGaps: true,
              value: (_, value) => format(value, own),
            })),
          ],
        },
        [times, ...chosen.map(({ values }) => values)],
        place,
      );
    };
    drawn.push({
      draw,
      place,
      size: () => chart.setSize({ width: Math.max(260, place.clientWidth), height: 220 }),
    });
    return draw;
  }

  const times = points.map(({ t }) => t);
  const shown = [...actions].sort((a, b) => b.count - a.count).slice(0, MOST_LINES);
  const lineOf = (name, of) => ({
    name,
    values: points.map((point) => (point.actions[name] === undefined ? null : of(point.actions[name]))),
  });
  plot("Done a second", { times, lines: shown.map(({ name }) => lineOf(name, ({ rate }) => rate)) });

  const shares = ["p50", "p95", "p99"];
  const buttons = shares.map((share) =>
    make("button", { type: "button", "aria-pressed": String(share === "p99") }, share),
  );
  const choice = make("span", { class: "choice", role: "group", "aria-label": "percentile" }, ...buttons);
  const latencies = (share) => shown.map(({ name }) => lineOf(name, (one) => one[share]));
  let chosen = "p99";
  const drawLatencies = plot("Times", { times, lines: latencies("p99"), unit: " ms", head: [choice] });
  drawn.at(-1).draw = () => drawLatencies(latencies(chosen));
  for (const [at, button] of buttons.entries())
    button.addEventListener("click", () => {
      chosen = shares[at];
      for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
      drawLatencies(latencies(chosen));
    });

  plot("Users, and failures a second", {
    times,
    lines: [
      { name: "users", values: points.map(({ users }) => users) },
      {
        name: "failures",
        scale: "right",
        values: points.map((point) => sum(Object.values(point.actions).map((one) => one.failed))),
      },
    ],
  });
  for (const { url, points: told } of server) {
    if (told.length === 0) continue;
    const where = server.length > 1 ? ` of ${url}` : "";
    const at = told.map(({ t }) => Math.round(t * 10) / 10);
    plot(`Server${where}: cores, and connections`, {
      times: at,
      lines: [
        { name: "cores", values: told.map(({ cpu }) => cpu) },
        { name: "connections", scale: "right", values: told.map(({ connections }) => connections) },
      ],
    });
    plot(`Server${where}: event-loop delay, and memory`, {
      times: at,
      unit: " ms",
      lines: [
        { name: "delay, p99", values: told.map((one) => one.event_loop_delay_ms) },
        {
          name: "memory, MB",
          scale: "right",
          unit: "",
          values: told.map((one) => one.rss_bytes / 1024 ** 2),
        },
      ],
    });
  }

  // Tables.
  const HEAD = ["action", "a second", "done", "failed", "p50 ms", "p95", "p99", "max"];
  const failures = (count) => (count > 0 ? { text: count, class: "bad" } : count);
  const latency = (count, { p50, p95, p99, max }) =>
    [p50, p95, p99, max].map((ms) => (count > 0 ? number(ms) : "–"));
  const rowOf = (one) => [
    one.name,
    number(one.rate),
    one.count,
    failures(one.failed),
    ...latency(one.count, one.latency_ms),
  ];
  const during = actions.filter(({ phase }) => phase === "hold");
  const before = actions.filter(
    ({ phase, while_users_came }) => phase === "ramp" || while_users_came !== undefined,
  );
  card(
    "Actions",
    ...(during.length > 0 ? [table("While all users were there", HEAD, during.map(rowOf))] : []),
    ...(before.length > 0
      ? [
          table(
            "While users came",
            HEAD.toSpliced(1, 1),
            before.map((one) => {
              const { count, failed: wrong, latency_ms } = one.while_users_came ?? one;
              return [one.name, count, failures(wrong), ...latency(count, latency_ms)];
            }),
          ),
        ]
      : []),
  );
  if (result.errors.length > 0)
    card(
      "Failures",
      table(
        "By code",
        ["action", "code", "times", "the first one said"],
        result.errors.map(({ action, code, count, example }) => [
          action,
          { text: code, class: "text" },
          count,
          { text: example, class: "text" },
        ]),
      ),
    );
  if (result.counters.length > 0)
    card(
      "Counted",
      table(
        "In all, and while all users were there",
        ["what", "in all", "a second"],
        result.counters.map(({ name, total, rate }) => [name, number(total), number(rate)]),
      ),
    );
  const refused = server.flatMap(({ refused: by }) => Object.entries(by));
  if (refused.length > 0)
    card("Refused by the server", table("Since the beginning", ["what", "times"], refused));
  card(
    "Load processes",
    table(
      "CPU while all users were there",
      ["process", "users", "of a core", "most", "event loop late by", "memory"],
      processes.map(({ users, cpu, event_loop_delay_ms: { mean: late }, rss_bytes, too_busy }, at) => [
        at + 1,
        users,
        too_busy ? { text: `${number(cpu.mean)} (too busy)`, class: "bad" } : number(cpu.mean),
        number(cpu.max),
        `${number(late)} ms`,
        megabytes(rss_bytes),
      ]),
    ),
  );
  const set = Object.entries(plan.params).map(([name, value]) => `${name}=${value}`);
  main.append(
    make(
      "footer",
      {},
      `${result.scenario.file}, run ${plan.run}, seed ${plan.seed}${set.length > 0 ? `, ${set.join(", ")}` : ""}. Muster ${result.muster}, Node ${result.node}. Percentiles are at most 3.2 % too high.`,
    ),
  );

  const drawAll = () => {
    for (const { draw } of drawn) draw();
  };
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  new ResizeObserver(() => {
    for (const { size } of drawn) size();
  }).observe(plots);
})();
