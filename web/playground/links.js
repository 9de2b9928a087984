/**
 * A user's connections: over Socket.IO, or over plain WebSocket with its frames. Both are told to `log`, can be dropped as a network
 * failure drops them, and can be delayed.
 */
/* global io */

/** Where this server is: a proxy may serve it below a path of its own. */
export const base = new URL(".", document.baseURI);

const ANSWER_MS = 10_000;
const AGAIN_MS = 500;

/** Runs what it is given, later by the delay of that moment, in order. */
function createDelay() {
  let ms = 0;
  let lastAt = 0;
  return {
    set(next) {
      ms = next;
    },
    run(act) {
      const now = performance.now();
      const at = Math.max(lastAt, now + ms);
      if (at <= now) return act();
      lastAt = at;
      setTimeout(act, at - now);
    },
  };
}

/** Puts the delay between a browser's WebSocket and whoever uses it. */
function slowDown(ws, delay) {
  const send = ws.send.bind(ws);
  ws.send = (data) => delay.run(() => ws.readyState === WebSocket.OPEN && send(data));
  const taken = ws.onmessage;
  ws.onmessage = (event) => delay.run(() => taken?.call(ws, event));
}

/** @param log `(kind, title, detail)`; @param token asked for before each connection */
export function openSocketIo({ token, log, onState }) {
  const delay = createDelay();
  const manager = new io.Manager(base.origin, {
    path: `${base.pathname}socket.io/`,
    transports: ["websocket"],
    reconnectionDelay: AGAIN_MS,
    autoConnect: false,
  });
  const sockets = new Map();
  manager.on("open", () => {
    const { engine } = manager;
    slowDown(engine.transport.ws, delay);
    engine.on("packet", ({ type, data }) => log("frame", "←", `${type} ${data ?? ""}`));
    engine.on("packetCreate", ({ type, data }) => log("frame", "→", `${type} ${data ?? ""}`));
  });

  function socketOf(namespace) {
    const known = sockets.get(namespace);
    if (known) return known;
    const socket = manager.socket(namespace, {
      auth: (give) => token().then((text) => give({ token: text, reliable: true })),
    });
    sockets.set(namespace, socket);
    socket.on("connect", () => {
      log("state", `connected to ${namespace}`, socket.recovered ? "recovered" : undefined);
      onState("connected");
    });
    socket.on("connect_error", (error) => {
      log("refused", `${namespace} refused`, error.data ?? error.message);
      onState("not connected");
      // Socket.IO does not try again by itself where the server has refused.
      if (!socket.active)
        setTimeout(() => sockets.get(namespace) === socket && socket.connect(), 2 * AGAIN_MS);
    });
    socket.on("disconnect", (reason) => {
      log("state", `disconnected from ${namespace}`, reason);
      onState("not connected");
      if (reason === "io server disconnect")
        setTimeout(() => sockets.get(namespace) === socket && socket.connect(), AGAIN_MS);
    });
    socket.onAny((event, ...args) => {
      const acknowledge = typeof args.at(-1) === "function" ? args.pop() : undefined;
      log("event", `${namespace} ${event}`, args.length === 1 ? args[0] : args);
      // A reliable event waits on the server until it is acknowledged.
      acknowledge?.();
    });
    return socket;
  }

  return {
    connect: (namespace) => void socketOf(namespace).connect(),
    async call(namespace, event, payload) {
      return await socketOf(namespace).connect().timeout(ANSWER_MS).emitWithAck(event, payload);
    },
    drop: () => manager.engine?.transport.ws.close(),
    delay: delay.set,
    close() {
      const all = [...sockets.values()];
      sockets.clear();
      for (const socket of all) socket.disconnect();
    },
  };
}

/** One WebSocket for each namespace. A frame is the event's name with its payload, in `data` on `/matchmaking`. */
export function openPlain({ token, log, onState, plainOf }) {
  const delay = createDelay();
  const links = new Map();
  let ids = 0;

  /** @param ended called when the connection is closed, or could not be made */
  async function open(namespace, ended) {
    const { path, enveloped } = plainOf(namespace);
    const url = new URL(path, base);
    url.protocol = base.protocol.replace("http", "ws");
    url.searchParams.set("token", await token());
    const ws = new WebSocket(url);
    const waiting = new Map();
    const send = (type, payload, id) => {
      const text = JSON.stringify(enveloped ? { type, id, data: payload } : { ...payload, type, id });
      log("frame", "→", text);
      ws.send(text);
    };
    ws.onmessage = ({ data }) => {
      log("frame", "←", data);
      const { type, timestamp: _, id, ...flat } = JSON.parse(data);
      const body = enveloped ? flat.data : flat;
      if (type === "ack" && waiting.has(id)) return waiting.get(id)(body);
      log("event", `${namespace} ${type}`, body);
      // A reliable event waits on the server until it is acknowledged.
      if (body?.delivery_id) send("ack", { delivery_id: body.delivery_id });
    };
    slowDown(ws, delay);
    await new Promise((resolve, reject) => {
      ws.onopen = resolve;
      ws.onclose = ({ code, reason }) => {
        reject(new Error(`closed: ${code} ${reason}`));
        for (const answer of [...waiting.values()])
          answer({ ok: false, error: { code: "closed", message: "the connection was closed" } });
        log("state", `disconnected from ${namespace}`, `${code} ${reason}`);
        onState("not connected");
        ended();
      };
    });
    log("state", `connected to ${namespace}`);
    onState("connected");
    return {
      ws,
      call(type, payload) {
        const id = ++ids;
        return new Promise((resolve, reject) => {
          const timer = setTimeout(() => {
            waiting.delete(id);
            reject(new Error("no answer in ten seconds"));
          }, ANSWER_MS);
          waiting.set(id, (answer) => {
            clearTimeout(timer);
            waiting.delete(id);
            resolve(answer);
          });
          send(type, payload, id);
        });
      },
    };
  }

  function make(namespace) {
    const link = {};
    links.set(namespace, link);
    const again = () => {
      setTimeout(() => links.get(namespace) === link && make(namespace), AGAIN_MS);
    };
    link.opened = open(namespace, again);
    link.opened.catch((error) => log("refused", `${namespace} refused`, error.message));
    return link;
  }

  const linkOf = (namespace) => links.get(namespace) ?? make(namespace);
  const closeAll = () => {
    for (const { opened } of links.values())
      opened.then(
        ({ ws }) => ws.close(),
        () => undefined,
      );
  };

  return {
    connect: (namespace) => void linkOf(namespace),
    call: async (namespace, event, payload) => (await linkOf(namespace).opened).call(event, payload),
    drop: closeAll,
    delay: delay.set,
    close() {
      closeAll();
      links.clear();
    },
  };
}
