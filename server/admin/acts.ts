/**
 * What the Admin UI's buttons do, in the form of its own server side: send an event, have sockets join or leave a room, disconnect
 * them, on all workers. They go past the rules of the namespaces. Each is written to the audit before it is done.
 */
import type { Server, Socket } from "socket.io";
import type { RateRule } from "../../core/contract/contract.ts";
import { GameError, toWire } from "../../core/contract/errors.ts";
import type { Log } from "../../core/ports/log.ts";
import type { RateLimiter } from "../../middleware/rate-limit/limiter.ts";
import type { LimitedCommand } from "../../middleware/rate-limit/rules.ts";
import type { ConsoleAudit } from "../console/audit.ts";
import { isReservedEvent } from "../delivery/notify.ts";
import type { Guard } from "../process/guarded.ts";

/** What the page shows buttons for. */
const FEATURES = ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"];
const ACT_RATE: RateRule = { max: 60, windowMs: 10_000 };
const actCommand: LimitedCommand = { name: "admin:act", rate: ACT_RATE };
const MAX_NAME = 256;

/** One press of a button, checked. */
interface Act {
  /** Without what an event carries: that is nobody's to keep. */
  readonly input: Readonly<Record<string, unknown>>;
  do(): void;
}

export interface ActsOptions {
  readonly io: Server;
  /** The dashboard's own namespace, whose sockets stay out of reach. */
  readonly own: string;
  readonly readOnly: boolean;
  /** The user that logs in. */
  readonly operator: string;
  readonly audit: Pick<ConsoleAudit, "perform">;
  readonly limiter: Pick<RateLimiter, "take">;
  readonly log: Log;
  readonly guard: Guard;
  addressOf(socket: Socket): string;
}

export interface Acts {
  /** For the page's `config`. */
  readonly features: readonly string[];
  /** Takes the buttons of one watcher, in the order in which they are pressed. */
  listen(socket: Socket): void;
}

export function createActs(options: ActsOptions): Acts {
  const { io, readOnly, operator: by, audit, log } = options;

  /** A namespace that there is: asking Socket.IO for another would make it. */
  function namespaceOf(name: unknown) {
    const found = typeof name === "string" && name !== options.own ? io._nsps.get(name) : undefined;
    if (found === undefined) throw refused("namespace: there is none of this name");
    return found;
  }

  /** The sockets that an act is for: those in a room, one by its id, or all. */
  function targetOf(name: unknown, filter: unknown) {
    const nsp = namespaceOf(name);
    if (filter === undefined || filter === null || filter === "")
      return { input: { namespace: nsp.name }, sockets: nsp };
    const to = nameOf("filter", filter);
    return { input: { namespace: nsp.name, to }, sockets: nsp.in(to) };
  }

  const acts: Readonly<Record<string, (args: unknown[]) => Act>> = {
    emit([name, filter, event, ...args]) {
      const { input, sockets } = targetOf(name, filter);
      const named = nameOf("event", event);
      if (isReservedEvent(named)) throw refused("event: the name is the server's own");
      return { input: { ...input, event: named }, do: () => void sockets.emit(named, ...args) };
    },
    join([name, room, filter]) {
      const { input, sockets } = targetOf(name, filter);
      const joined = nameOf("room", room);
      return { input: { ...input, room: joined }, do: () => sockets.socketsJoin(joined) };
    },
    leave([name, room, filter]) {
      const { input, sockets } = targetOf(name, filter);
      const left = nameOf("room", room);
      return { input: { ...input, room: left }, do: () => sockets.socketsLeave(left) };
    },
    _disconnect([name, close, filter]) {
      const { input, sockets } = targetOf(name, filter);
      const whole = close === true;
      return { input: { ...input, whole_connection: whole }, do: () => sockets.disconnectSockets(whole) };
    },
  };

  async function perform(socket: Socket, button: string, args: unknown[]): Promise<void> {
    const act = acts[button]?.(args);
    if (act === undefined) return;
    const address = options.addressOf(socket);
    const action = `admin_ui.${button.replace("_", "")}`;
    await audit.perform({ by, address, action, input: act.input }, async () => act.do());
    // With `times` each has a line: the rate above bounds them.
    log.info({ by, address, action, ...act.input, times: 1 }, "the dashboard acted");
  }

  function admit(): void {
    if (readOnly)
      throw new GameError("forbidden", {
        message: "the dashboard is read-only: admin.read_only false, or admin.mode development, lets it act",
      });
    const subject = `admin ${by}`;
    const waitMs = options.limiter.take({ id: subject, userId: subject }, actCommand);
    if (waitMs > 0) throw new GameError("rate_limited", { details: { retry_after_ms: Math.ceil(waitMs) } });
  }

  return {
    features: readOnly ? [] : FEATURES,
    listen(socket) {
      /** Of the buttons before; at most as many as the rate lets in. */
      let before: Promise<unknown> = Promise.resolve();
      for (const button of Object.keys(acts)) {
        const press = options.guard((...args: unknown[]) => {
          const last = args.at(-1);
          const answer = typeof last === "function" ? (args.pop() as (answer: object) => void) : undefined;
          const acting = (async () => {
            admit();
            await before.catch(() => undefined);
            await perform(socket, button, args);
          })();
          before = acting;
          acting.then(
            () => answer?.({ ok: true }),
            (thrown: unknown) => {
              if (!(thrown instanceof GameError)) log.error({ err: thrown }, "the dashboard could not act");
              const { code, message, ...details } = toWire(thrown);
              if (answer) answer({ ok: false, error: { code, message, ...details } });
              else socket.emit("error", { ...details, error: message, code, event: button });
            },
          );
        });
        socket.on(button, press);
      }
    },
  };
}

const refused = (message: string) => new GameError("invalid_payload", { message });

function nameOf(field: string, value: unknown): string {
  if (typeof value !== "string" || value === "" || value.length > MAX_NAME)
    throw refused(`${field}: must be text of 1 to ${MAX_NAME} characters`);
  return value;
}
