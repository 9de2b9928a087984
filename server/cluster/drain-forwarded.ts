/**
 * Clients whose connection one worker has accepted and another serves (`session-affinity.ts`). When the one that has accepted them stops, the
 * one that serves them tells them so and lets them go one by one; who is polling is only answered, and asks again elsewhere.
 */
import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Server } from "socket.io";
import type { WorkerId } from "../../core/ids.ts";
import { type Bus, topic } from "../../core/ports/store/bus.ts";
import type { InFlight } from "../../middleware/command-queue.ts";
import type { SessionAffinity } from "./session-affinity.ts";

const STEP_MS = 50;
/** For the other worker's last frames, after the time when it was to close. */
const AFTERWARDS_MS = 500;

interface Stopping {
  readonly by: WorkerId;
  /** Who serves these sessions. */
  readonly to: string;
  /** Sessions with a request under way. */
  readonly polling: readonly string[];
  /** Sessions on an upgraded connection, and when it is to be closed. */
  readonly upgraded: readonly { readonly session: string; readonly inMs: number }[];
}

const stoppingTopic = topic<Stopping>("passage-stopping");

/** What this file needs of Engine.IO's sockets. */
interface EngineSocket {
  readonly transport: { readonly name: string; readonly writable: boolean; send(packets: object[]): void };
  close(): void;
}

export interface ForwardedDrainOptions {
  readonly bus: Bus;
  readonly worker: WorkerId;
  readonly io: Server;
  readonly sessionAffinity: Pick<SessionAffinity, "passing">;
  readonly inFlight: Pick<InFlight, "idle">;
  sessionsOn(connection: object): Iterable<{
    emit(event: "server_draining", payload: { readonly reconnect_in_ms: number }): void;
  }>;
}

export interface ForwardedDrain {
  /** Has the others let go of what this worker passes on to them, spread over that time. Resolves when it is gone, or late. */
  leave(options: { readonly spreadMs: number; readonly skip?: AbortSignal }): Promise<void>;
  close(): void;
}

export async function createForwardedDrain(options: ForwardedDrainOptions): Promise<ForwardedDrain> {
  const { bus, worker, io, sessionAffinity, inFlight } = options;
  const timers = new Set<NodeJS.Timeout>();

  const find = (session: string) =>
    (io.engine as unknown as { clients: Record<string, EngineSocket | undefined> }).clients[session];

  function answerPoll({ transport }: EngineSocket): void {
    // As Engine.IO itself ends a poll when a connection is upgraded.
    if (transport.name === "polling" && transport.writable) transport.send([{ type: "noop" }]);
  }

  function letGo(socket: EngineSocket, inMs: number): void {
    for (const session of options.sessionsOn(socket))
      session.emit("server_draining", { reconnect_in_ms: inMs });
    const timer = setTimeout(() => {
      timers.delete(timer);
      // A moment with nothing under way: the client then has every answer.
      void inFlight.idle(STEP_MS).then(() => socket.close());
    }, inMs);
    timers.add(timer);
  }

  const end = await bus.subscribe(stoppingTopic, ({ to, polling, upgraded }) => {
    if (to !== worker) return;
    for (const session of polling) {
      const socket = find(session);
      if (socket) answerPoll(socket);
    }
    for (const { session, inMs } of upgraded) {
      const socket = find(session);
      if (socket) letGo(socket, inMs);
    }
  });

  return {
    async leave({ spreadMs, skip = new AbortController().signal }) {
      const byWorker = new Map<string, { polling: string[]; upgraded: Stopping["upgraded"][number][] }>();
      for (const { worker: to, session, upgraded } of sessionAffinity.passing()) {
        const found = byWorker.get(to) ?? { polling: [], upgraded: [] };
        byWorker.set(to, found);
        if (upgraded) found.upgraded.push({ session, inMs: STEP_MS + randomInt(spreadMs) });
        else found.polling.push(session);
      }
      for (const [to, sessions] of byWorker)
        await bus.publish(stoppingTopic, { by: worker, to, ...sessions });
      const until = performance.now() + spreadMs + AFTERWARDS_MS;
      while (!isEmpty(sessionAffinity.passing()) && performance.now() < until && !skip.aborted)
        await delay(STEP_MS, undefined, { signal: skip }).catch(() => undefined);
    },
    close() {
      end();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

const isEmpty = (items: Iterable<unknown>): boolean => items[Symbol.iterator]().next().done === true;
