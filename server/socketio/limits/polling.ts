/**
 * Bounds of connections that poll. One POST holds as many packets as fit into it, which are worked off in one go; and what a poll is
 * answered with waits in the network socket of that request, of which Engine.IO knows nothing any more.
 */
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "socket.io";
import { PacketBudget, type PacketBudgetRule } from "./packet-budget.ts";

/** What the stock client has queued while it was away comes in one POST; it refuses to queue more than a server takes. */
const POLLED: PacketBudgetRule = { packets: 5_000, characters: 64_000_000, windowMs: 10_000 };
/** Between two packets of a POST. */
const SEPARATOR = 0x1e;
/** For a client that is told to go to poll once more, and for one that has gone to read its last answer. */
const CLOSE_TIMEOUT_MS = 2_000;

interface PollingTransport {
  readonly name: string;
  /** Private in the library's types; where a version has none, its own time limit holds, and packets are counted one by one. */
  closeTimeout?: number;
  onData?(data: string | Buffer): void;
}

interface EngineConnection {
  readonly transport: PollingTransport;
  once(event: "close", listener: () => void): void;
  close(discard: boolean): void;
}

interface EngineRequest extends IncomingMessage {
  readonly _query?: Readonly<Record<string, unknown>>;
}

export interface PolledAnswers {
  /** Bytes of an answer that the client has not read; 0: there is none. */
  unread(connection: object): number;
  /** Answers that were read, since the connection was made. */
  readBy(connection: object): number;
  /** Ends the answer that is not read. */
  drop(connection: object): void;
}

interface Answers {
  /** Until it has been read: it holds its request, and a client that goes on over WebSocket never asks for another. */
  latest: ServerResponse | undefined;
  read: number;
}

const isUnread = ({ writableEnded, writableFinished, destroyed }: ServerResponse) =>
  writableEnded && !writableFinished && !destroyed;

function packetsIn(data: string | Buffer, most: number): number {
  // The field of a form, as pages without XMLHttpRequest send it, has them in another form.
  const isForm = typeof data === "string" && data.startsWith("d=");
  let packets = isForm ? data.split(/%1e/i, most + 1).length : 1;
  for (let at = 0; at < data.length && packets <= most; at++)
    if ((typeof data === "string" ? data.charCodeAt(at) : data[at]) === SEPARATOR) packets++;
  return packets;
}

/** @returns what is to be called once the server is attached to its port: from then on new connections of Engine.IO's have bounds */
export function limitPolling(io: Server): PolledAnswers & { watch(): void } {
  const answers = new WeakMap<object, Answers>();

  function unread(connection: object): ServerResponse | undefined {
    const latest = answers.get(connection)?.latest;
    return latest && isUnread(latest) ? latest : undefined;
  }

  const drop = (connection: object) => void unread(connection)?.destroy();

  function limitPosts(connection: EngineConnection, transport: PollingTransport): void {
    const { onData } = transport;
    if (!onData) return;
    const budget = new PacketBudget(POLLED);
    transport.onData = (data) => {
      // Before they are taken apart.
      if (budget.take(data.length, packetsIn(data, POLLED.packets))) onData.call(transport, data);
      else connection.close(true);
    };
  }

  /** A client that polls has read the answer before: one that has not only piles them up. */
  function take(connection: EngineConnection, answer: ServerResponse): void {
    const known = answers.get(connection);
    if (known?.latest && isUnread(known.latest)) {
      drop(connection);
      connection.close(true);
    }
    const own = known ?? { latest: undefined, read: 0 };
    own.latest = answer;
    answers.set(connection, own);
    answer.once("finish", () => own.read++);
    answer.once("close", () => {
      if (own.latest === answer) own.latest = undefined;
    });
  }

  return {
    watch() {
      const clients = () => clientsOf(io.engine);
      io.engine.on("connection", (connection: EngineConnection) => {
        const { transport } = connection;
        if (transport.name !== "polling") return;
        transport.closeTimeout = CLOSE_TIMEOUT_MS;
        limitPosts(connection, transport);
        connection.once("close", () => {
          if (unread(connection)) setTimeout(drop, CLOSE_TIMEOUT_MS, connection).unref();
        });
      });
      io.engine.use((req: EngineRequest, res: unknown, next: () => void) => {
        const sid = req._query?.sid;
        const connection =
          typeof sid === "string" && Object.hasOwn(clients(), sid) ? clients()[sid] : undefined;
        if (connection && req.method === "GET" && res instanceof ServerResponse) take(connection, res);
        next();
      });
    },
    unread: (connection) => unread(connection)?.writableLength ?? 0,
    readBy: (connection) => answers.get(connection)?.read ?? 0,
    drop,
  };
}

/** Public in Engine.IO's code, private in its types. */
const clientsOf = (engine: object): Readonly<Record<string, EngineConnection>> =>
  "clients" in engine ? (engine.clients as Record<string, EngineConnection>) : {};
