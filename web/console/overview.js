/** Workers and live figures. */
import { look } from "./api.js";
import { bytes, h, numbers, report, table } from "./dom.js";
import { livePlot } from "./plots.js";

const EVERY_MS = 2_000;
const sum = (workers, read) =>
  workers.reduce((total, worker) => total + (worker.figures ? read(worker) : 0), 0);

/** Rates between two answers, of workers that are in both. */
function rates(before, now) {
  const seconds = (Date.parse(now.at) - Date.parse(before.at)) / 1_000;
  const former = new Map(before.workers.map((worker) => [worker.worker, worker]));
  const rate = (read) => {
    const grown = now.workers.reduce((total, worker) => {
      const known = former.get(worker.worker);
      if (!known?.figures || !worker.figures) return total;
      return total + Math.max(0, read(worker) - read(known));
    }, 0);
    return seconds > 0 ? grown / seconds : 0;
  };
  return {
    received: rate((worker) => worker.figures.messages_received),
    sent: rate((worker) => worker.figures.messages_sent),
    bytesIn: rate((worker) => worker.figures.bytes_received) / 1_024,
    bytesOut: rate((worker) => worker.figures.bytes_sent) / 1_024,
    cpu: 100 * rate((worker) => worker.cpu_s),
  };
}

export function overview(place) {
  const plots = {
    people: livePlot("Connections and users", ["connections", "users"]),
    messages: livePlot("Messages a second", ["received", "sent"]),
    traffic: livePlot("Traffic, KB a second", ["received", "sent"]),
    load: livePlot("Load: CPU in percent of one core, event loop delay in ms", ["CPU", "delay"]),
  };
  const top = h("div");
  const list = h("div");
  place.append(
    h("h2", {}, "Overview"),
    top,
    h(
      "div",
      { class: "cards plots" },
      Object.values(plots).map(({ element }) => element),
    ),
    list,
  );
  let last;
  let timer;
  let ended = false;

  async function round() {
    const now = await look("workers");
    if (ended) return;
    const { workers, store } = now;
    const clients = sum(workers, ({ figures }) => figures.clients);
    const users = sum(workers, ({ figures }) => figures.users);
    const delay = Math.max(0, ...workers.map(({ figures }) => figures?.event_loop_delay_ms ?? 0));
    const room = store.capacity_bytes === undefined ? "" : ` of ${bytes(store.capacity_bytes)}`;
    top.replaceChildren(
      numbers({
        Workers: workers.length,
        Connections: clients,
        "Users, counted on each worker": users,
        Store: store.healthy ? store.kind : `${store.kind}, away`,
        Stored: bytes(store.used_bytes) + room,
      }),
    );
    list.replaceChildren(workersTable(workers));
    const at = Date.parse(now.at) / 1_000;
    plots.people.push(at, clients, users);
    if (last !== undefined && at > Date.parse(last.at) / 1_000) {
      const rate = rates(last, now);
      plots.messages.push(at, rate.received, rate.sent);
      plots.traffic.push(at, rate.bytesIn, rate.bytesOut);
      plots.load.push(at, rate.cpu, delay);
    }
    last = now;
  }

  async function turn() {
    clearTimeout(timer);
    if (ended || document.hidden) return;
    await round().then(() => report(), report);
    if (!ended) timer = setTimeout(turn, EVERY_MS);
  }
  document.addEventListener("visibilitychange", turn);
  turn();

  return () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", turn);
    for (const plot of Object.values(plots)) plot.end();
  };
}

const duration = (seconds) =>
  seconds >= 86_400
    ? `${Math.floor(seconds / 86_400)} d`
    : seconds >= 3_600
      ? `${Math.floor(seconds / 3_600)} h`
      : `${Math.floor(seconds / 60)} min`;

const workersTable = (workers) =>
  table(
    "Workers",
    {
      Worker: ({ worker }) => worker,
      Host: ({ host, pid, silent }) =>
        silent ? h("span", { class: "bad" }, "did not answer") : `${host}, process ${pid}`,
      Up: ({ uptime_s }) => uptime_s !== undefined && duration(uptime_s),
      Connections: ({ figures }) => figures && String(figures.clients),
      Polling: ({ figures }) => figures && String(figures.polling),
      "In namespaces": ({ sessions }) =>
        sessions &&
        Object.entries(sessions)
          .map(([name, count]) => `${name} ${count}`)
          .join(", "),
      Memory: ({ memory_bytes }) => memory_bytes && bytes(memory_bytes),
      "Event loop delay": ({ figures }) => figures && `${Math.round(figures.event_loop_delay_ms)} ms`,
      Shedding: ({ figures }) =>
        figures && (figures.load_level === 0 ? "nothing" : `level ${figures.load_level}`),
    },
    workers,
  );
