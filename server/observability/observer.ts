/**
 * What the log and the metrics are told of connections and commands: who comes and goes and what they ask for at `debug`; who is
 * turned away and why, at `debug` each time and at `info` summed. In development the client is told the cause too.
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "socket.io";
import { because, type Cause, causeOf } from "../../core/contract/cause.ts";
import { GameError, toWire, type WireError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import type { Log } from "../../core/ports/log.ts";
import type { EngineRefusal } from "../metrics/connections.ts";
import { hideSecretText } from "../process/log.ts";
import type { SocketSession } from "../sessions/socket-session.ts";
import { PLAIN_TRANSPORT } from "../socketio/attach.ts";
import { createSummingLog } from "./summing-log.ts";

/** Where somebody was turned away. */
type Entrance = "Socket.IO" | "WebSocket" | "HTTP" | "dashboard";

interface Refused {
  readonly entrance: Entrance;
  /** As the metric tells it: one of a few fixed words. */
  readonly reason: string;
  readonly cause: Cause | undefined;
  readonly request: IncomingMessage | undefined;
  readonly namespace?: string;
}

export interface Observer {
  /** An error as a client is told it. */
  wireOf(thrown: unknown): WireError;
  /** A connection, a log-in or a request for operators was turned away. */
  refused(refused: Refused): void;
  /** The same for a CONNECT to a namespace. @returns what the client is told */
  refusedConnect(socket: Socket, thrown: unknown, entrance?: Entrance): WireError;
  /** A request or an upgrade that goes nowhere; the reason is the kind of the error's cause. @returns what the answer says */
  refusedAtDoor(request: IncomingMessage, error: GameError): WireError;
  /** What Engine.IO turns away before a connection comes about. */
  refusedByEngine(refusal: EngineRefusal): void;
  /** What asks for a session whose worker is gone. */
  refusedAsGone(request: IncomingMessage): void;
  /** What comes to the port and is no HTTP; it costs the connection. */
  noHttp(err: Error): void;
  /** A request of a caller that may, but not in this form. */
  failedRequest(request: IncomingMessage, path: string, error: GameError): void;
  /** A frame that breaks the transport's own rules; it costs the connection. */
  brokenFrame(request: IncomingMessage, err: Error): void;
  connected(session: SocketSession): void;
  disconnected(session: SocketSession, reason: string): void;
  /** @param thrown what refused it */
  command(session: Session, event: string, outcome: string, startedAt: number, thrown?: unknown): void;
  /** Turned away since the start, by reason. */
  readonly counts: ReadonlyMap<string, number>;
  /** Writes the sums that are due. */
  look(): void;
  close(): void;
}

export interface ObserverOptions {
  readonly log: Log;
  /** Whether clients are told causes. */
  readonly development: boolean;
  now(): number;
  /** Whom a request came from, through trusted proxies. */
  addressOf(request: IncomingMessage): string;
}

export function createObserver(options: ObserverOptions): Observer {
  const { log, development, now } = options;
  const counts = new Map<string, number>();
  const refusals = createSummingLog({ log, now, message: "refused connections" });
  const commands = createSummingLog({ log, now, message: "refused commands" });
  const requests = createSummingLog({ log, now, message: "failed requests" });
  const debugging = () => log.isLevelEnabled?.("debug") !== false;

  const addressOf = (request: IncomingMessage | undefined) =>
    request === undefined ? {} : { address: options.addressOf(request) };

  function refused({ entrance, reason, cause, request, namespace }: Refused): void {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const describe = () => ({
      entrance,
      ...(namespace === undefined ? {} : { namespace }),
      reason,
      ...(cause === undefined ? {} : { cause: cause.text }),
      ...addressOf(request),
    });
    if (debugging()) log.debug(describe(), MESSAGES[entrance]);
    refusals.note(`${entrance} ${namespace ?? ""} ${reason} ${cause?.kind ?? ""}`, describe);
  }

  function wireOf(thrown: unknown): WireError {
    const wire = toWire(thrown);
    const cause = development ? causeOf(thrown) : undefined;
    return cause === undefined ? wire : { ...wire, cause: hideSecretText(cause.text) };
  }

  const named = ({ namespace, id, userId, transport }: Session) => ({
    namespace,
    connection: id,
    user: userId,
    transport,
  });

  return {
    wireOf,
    refused,
    refusedConnect(socket, thrown, entrance = entranceOf(socket)) {
      const { code, message } = toWire(thrown);
      const cause = causeOf(thrown) ?? { kind: code, text: message };
      refused({ entrance, reason: code, cause, request: socket.request, namespace: socket.nsp.name });
      return wireOf(thrown);
    },
    refusedAtDoor(request, error) {
      const entrance = request.headers.upgrade === undefined ? "HTTP" : "WebSocket";
      const cause = causeOf(error);
      refused({ entrance, reason: cause?.kind ?? error.code, cause, request });
      return wireOf(error);
    },
    refusedByEngine({ req, code, message }) {
      const reason = ENGINE_REASONS[code] ?? "bad_request";
      refused({ entrance: "Socket.IO", reason, cause: because(reason, message), request: req });
    },
    refusedAsGone(request) {
      const cause = because("worker", "its worker is gone");
      refused({ entrance: "Socket.IO", reason: "unknown_session", cause, request });
    },
    noHttp(err) {
      const kind = "code" in err ? String(err.code) : err.name;
      refused({
        ...{ entrance: "HTTP", reason: "no_http", request: undefined },
        cause: because(kind, `what came is no HTTP: ${kind}`),
      });
    },
    failedRequest({ method }, path, { code, message }) {
      const describe = () => ({ method, path, code, cause: message });
      if (debugging()) log.debug(describe(), "a request failed");
      requests.note(code, describe);
    },
    brokenFrame(request, err) {
      const kind = "code" in err ? String(err.code) : err.name;
      const describe = () => ({ cause: err.message, ...addressOf(request) });
      if (debugging()) log.debug(describe(), "a frame was refused");
      commands.note(`frame ${kind}`, describe);
    },
    connected(session) {
      if (debugging()) log.debug({ ...named(session), ...addressOf(session.socket.request) }, "connected");
    },
    disconnected(session, reason) {
      if (!debugging()) return;
      const { closedWith } = session;
      log.debug(
        { ...named(session), reason, ...(closedWith === undefined ? {} : { closedWith }) },
        "disconnected",
      );
    },
    command(session, command, outcome, startedAt, thrown) {
      const isRefused = outcome !== "ok";
      const debug = debugging();
      if (!debug && !isRefused) return;
      const { namespace } = session;
      const why = () => (isRefused ? { cause: causeOf(thrown)?.text ?? messageOf(thrown) } : {});
      if (debug) {
        const ms = Math.round((performance.now() - startedAt) * 1_000) / 1_000;
        log.debug(
          { ...named(session), command, outcome, ...why(), ms },
          isRefused ? "a command was refused" : "a command",
        );
      }
      if (isRefused)
        commands.note(`${namespace} ${command} ${outcome}`, () => ({
          namespace,
          command,
          outcome,
          ...why(),
        }));
    },
    counts,
    look() {
      for (const sums of [refusals, commands, requests]) sums.look();
    },
    close() {
      for (const sums of [refusals, commands, requests]) sums.close();
    },
  };
}

const messageOf = (thrown: unknown): string | undefined =>
  thrown instanceof GameError || thrown instanceof Error ? thrown.message : undefined;

const entranceOf = (socket: Socket): Entrance =>
  socket.conn.transport.name === PLAIN_TRANSPORT ? "WebSocket" : "Socket.IO";

/** Engine.IO's codes, as the metric tells them. */
const ENGINE_REASONS: Readonly<Record<number, string>> = {
  0: "unknown_transport",
  1: "unknown_session",
  2: "bad_handshake",
  3: "bad_request",
  4: "forbidden",
  5: "unsupported_protocol",
};

const MESSAGES: Readonly<Record<Entrance, string>> = {
  "Socket.IO": "a connection was refused",
  WebSocket: "a connection was refused",
  HTTP: "a request was refused",
  dashboard: "a log-in was refused",
};
