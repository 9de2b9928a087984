/**
 * Connections that are in a namespace, and those that are on their way to one: each kind has its bound, so that connections which join
 * nothing keep nobody out. A connection that is in no namespace, not yet or any more, is ended after a while. Socket.IO's own time limit
 * knows the first time only, and closes in order: a polling client that has gone away would keep its place for half a minute more.
 */
import type { Namespace, Server } from "socket.io";
import { because } from "../../../core/contract/cause.ts";
import { GameError } from "../../../core/contract/errors.ts";

/** Engine.IO's, or one of the gateway's. */
interface Connection {
  once(event: "close", listener: () => void): void;
  close(discard: boolean): void;
}

/** Of one connection. */
interface Stage {
  /** Namespaces that it is in. */
  joined: number;
  /** Ends it, while that is none. */
  deadline: NodeJS.Timeout | undefined;
}

export interface ConnectionStagesOptions {
  /** How long a connection may be in no namespace. */
  readonly limitMs: number;
  /** Connections that may be in; 0: no limit. */
  readonly max: number;
  /** Connections that may be on their way. */
  readonly maxConnecting: number;
}

export interface ConnectionStages {
  /** From here on connections have these limits; after the server is attached to its port. */
  watch(): void;
  /** Whether there is a place for a connection that asks for a namespace. @throws GameError `server_full` */
  admit(connection: object): void;
  /** Takes it, once it is known who asks. @throws GameError `server_full` */
  takePlace(connection: object): void;
  /** It was refused: without another namespace it gives its place back. */
  refused(connection: object): void;
  /** Connections that are in no namespace. */
  readonly connecting: number;
  /** Whether no more of them are taken. */
  readonly isCrowded: boolean;
}

export function createConnectionStages(io: Server, options: ConnectionStagesOptions): ConnectionStages {
  const { limitMs, max, maxConnecting } = options;
  const stages = new Map<object, Stage>();
  /** In a namespace, or being let into one. */
  const places = new Set<object>();
  let joined = 0;

  function startDeadline(connection: Connection, stage: Stage): void {
    // What is queued for it is no reason to wait: it may never be fetched.
    stage.deadline = setTimeout(() => connection.close(true), limitMs);
  }

  function leave(connection: Connection): void {
    const stage = stages.get(connection);
    if (!stage || --stage.joined > 0) return;
    joined--;
    places.delete(connection);
    startDeadline(connection, stage);
  }

  function admit(connection: object): void {
    if (max === 0 || places.has(connection) || places.size < max) return;
    throw new GameError("server_full", {
      cause: because("full", `this worker has its ${max} connections`),
    });
  }

  const note = (nsp: Namespace) =>
    nsp.on("connection", (socket) => {
      const connection: Connection = socket.conn;
      const stage = stages.get(connection);
      if (!stage) return;
      places.add(connection);
      if (stage.joined++ === 0) {
        joined++;
        clearTimeout(stage.deadline);
        stage.deadline = undefined;
      }
      socket.once("disconnect", () => leave(connection));
    });
  note(io.sockets);
  io.on("new_namespace", note);

  return {
    watch() {
      io.engine.on("connection", (connection: Connection) => {
        const stage: Stage = { joined: 0, deadline: undefined };
        stages.set(connection, stage);
        startDeadline(connection, stage);
        connection.once("close", () => {
          stages.delete(connection);
          places.delete(connection);
          clearTimeout(stage.deadline);
          if (stage.joined > 0) joined--;
          // Its sockets leave after it.
          stage.joined = 0;
        });
      });
    },
    admit,
    takePlace(connection) {
      admit(connection);
      // One that has ended meanwhile can join nothing.
      if (stages.has(connection)) places.add(connection);
    },
    refused(connection) {
      if ((stages.get(connection)?.joined ?? 0) === 0) places.delete(connection);
    },
    get connecting() {
      return stages.size - joined;
    },
    get isCrowded() {
      return stages.size - joined >= maxConnecting;
    },
  };
}
