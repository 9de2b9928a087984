/**
 * The plain WebSocket gateway: takes the upgrades of its endpoints and makes each connection a Socket.IO one.
 * `docs/gateway.md` describes what clients see.
 */

import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Server } from "socket.io";
import type { WebSocket } from "ws";
import { endsWithin } from "../../core/async.ts";
import { because } from "../../core/contract/cause.ts";
import type { RateRule } from "../../core/contract/contract.ts";
import type { WireError } from "../../core/contract/errors.ts";
import type { ByteLimiter } from "../../middleware/rate-limit/bytes.ts";
import { SlidingWindow } from "../../middleware/rate-limit/windows.ts";
import type { Config } from "../config/config.ts";
import type { Observer } from "../observability/observer.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import { type SocketSession, stamp } from "../sessions/socket-session.ts";
import { guardedWebSocketEngine } from "../socketio/limits/guarded-websocket.ts";
import { PlainConnection } from "./connection.ts";
import { converse } from "./conversation.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { type Endpoint, endpointOf } from "./endpoints.ts";
import { Translator } from "./translator.ts";
import { CompressedWriter, FrameWriter, WriteTurn } from "./writer.ts";

/** Upgrades that are taken only to be refused; others are refused by status alone, which costs about half. */
const TOLD: RateRule = { max: 100, windowMs: 1_000 };
/** For the clients' part of a closing when the server stops. */
const LAST_CLOSE_MS = 250;

export interface GatewayOptions {
  readonly io: Server;
  readonly registry: SessionRegistry;
  readonly config: Config;
  readonly observer: Pick<Observer, "refused" | "brokenFrame" | "command">;
  readonly bytes: ByteLimiter;
  /** Told of a command that was refused because too many wait. */
  crowded(session: SocketSession): void;
  now(): number;
}

export interface Gateway {
  /** Takes an upgrade whose path is one of its endpoints; false: it is not. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /**
   * Takes the same upgrade only to say that it is refused: a page's script cannot read the status of an upgrade that fails.
   * False: it is none of its endpoints, or so many were told already that the others get a status alone.
   */
  refuse(req: IncomingMessage, socket: Duplex, head: Buffer, error: WireError): boolean;
  /** Connections that are open. */
  readonly size: number;
  /** Events translated since the start, by dialect. */
  translations(): ReadonlyMap<string, number>;
  /** Ends what is still open, giving clients a moment to answer the goodbye. */
  close(): Promise<void>;
}

/** Engine.IO's list of connections: public in its code, not in its types. */
interface Engine {
  readonly clients: Record<string, PlainConnection>;
  clientsCount: number;
  generateId(req: IncomingMessage): string;
  emit(event: "connection", connection: PlainConnection): boolean;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { io, registry, config, observer, now } = options;
  const { websocket, server } = config;
  const { maxMessageBytes } = websocket;
  // Above the limit a message is answered; above twice the limit the connection is cut, as on Socket.IO.
  const maxPayload = maxMessageBytes * 2;
  const wss = new (guardedWebSocketEngine(websocket.timeoutMs, server.fastIo))({
    noServer: true,
    maxPayload,
    perMessageDeflate: server.compression,
  });
  const connections = new Set<PlainConnection>();
  const translators = new Map<Dialect, Translator>();
  const turn = new WriteTurn();
  const told = new SlidingWindow(TOLD);

  const limits = websocket;
  const lookMs = Math.min(1_000, Math.max(20, Math.floor(websocket.pingIntervalMs / 4)));
  const interval = setInterval(() => {
    const at = performance.now();
    for (const connection of connections) connection.beat(at, limits);
  }, lookMs);

  function translatorOf(dialect: Dialect): Translator {
    let translator = translators.get(dialect);
    if (!translator) {
      translator = new Translator(dialect, now);
      translators.set(dialect, translator);
    }
    return translator;
  }

  function connectionOf(
    ws: WebSocket,
    request: IncomingMessage,
    socket: Socket,
    endpoint: Endpoint,
    id: string,
  ): PlainConnection {
    // Nothing else of it is kept as long as the connection: there may be a token in its query.
    const { namespace } = endpoint;
    return new PlainConnection({
      id,
      request: Object.assign(request, { _query: endpoint.query }),
      ws,
      socket,
      translator: translatorOf(endpoint.dialect),
      stamp: (payload) => stamp(namespace, payload, now()),
      broken: (err) => observer.brokenFrame(request, err),
      writer: (overflow) =>
        server.compression
          ? new CompressedWriter(ws, overflow)
          : new FrameWriter(socket, turn, overflow, server.fastIo),
    });
  }

  function open(ws: WebSocket, request: IncomingMessage, socket: Socket, endpoint: Endpoint): void {
    const engine = io.engine as unknown as Engine;
    const { namespace } = endpoint;
    const connection = connectionOf(ws, request, socket, endpoint, engine.generateId(request));
    connections.add(connection);
    engine.clients[connection.id] = connection;
    engine.clientsCount++;
    connection.once("close", () => {
      connections.delete(connection);
      delete engine.clients[connection.id];
      engine.clientsCount--;
    });
    engine.emit("connection", connection);
    converse({
      ...{ connection, endpoint, maxMessageBytes },
      who: () => whoIs(connection, namespace),
      takeBytes: (size) => options.bytes.take(connection, size),
      crowded(error) {
        const session = registry.sessionOn(connection, namespace);
        if (!session) return;
        observer.command(session, "(unknown)", error.code, performance.now(), error);
        options.crowded(session);
      },
    });
  }

  function whoIs(connection: PlainConnection, namespace: Endpoint["namespace"]) {
    const session = registry.sessionOn(connection, namespace);
    if (!session) return undefined;
    return { userId: session.userId, clientId: session.client.id };
  }

  return {
    upgrade(req, socket, head) {
      const endpoint = endpointOf(req.url ?? "", req.headers);
      if (!endpoint || !(socket instanceof Socket)) return false;
      // The answer waits in the socket until the namespace serves the connection.
      socket.cork();
      let opened = false;
      wss.handleUpgrade(req, socket, head, (ws) => {
        opened = true;
        open(ws, req, socket, endpoint);
      });
      // The library has answered.
      const cause = because("bad_handshake", "it is no handshake of WebSocket 13");
      if (!opened) observer.refused({ entrance: "WebSocket", reason: cause.kind, cause, request: req });
      return true;
    },
    refuse(req, socket, head, { code, ...details }) {
      const endpoint = endpointOf(req.url ?? "", req.headers);
      if (!endpoint || !(socket instanceof Socket) || told.wait(performance.now()) > 0) return false;
      told.record(performance.now());
      socket.cork();
      wss.handleUpgrade(req, socket, head, (ws) =>
        connectionOf(ws, req, socket, endpoint, "").fail(code, details),
      );
      return true;
    },
    get size() {
      return connections.size;
    },
    translations: () =>
      new Map([...translators].map(([dialect, { translations }]) => [dialect.name, translations])),
    async close() {
      clearInterval(interval);
      for (const connection of [...connections]) connection.close();
      const open = [...wss.clients];
      if (open.length > 0) {
        const closed = open.map((ws) => new Promise<void>((resolve) => ws.once("close", () => resolve())));
        await endsWithin(LAST_CLOSE_MS, Promise.all(closed));
      }
      for (const ws of wss.clients) ws.terminate();
      wss.close();
    },
  };
}
