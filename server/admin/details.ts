/**
 * `admin.mode: development`: sockets, rooms and single events as they happen, in the Admin UI's form. Listeners are on the sockets
 * only while somebody watches, so that otherwise a broadcast costs what it costs without a dashboard.
 */

import type { Namespace, Server, Socket } from "socket.io";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createClusterRequest } from "../cluster/request.ts";
import type { Guard } from "../process/guarded.ts";
import { type ShownSocket, shownEvent, shownSocket } from "./shown.ts";

/** Sockets that one worker lists, and single events that it tells between two rounds; the rest is left out. */
const MAX_SOCKETS = 1_000;
const MAX_EVENTS = 500;

export interface Details {
  /** The first viewer has come. */
  start(): void;
  /** The last viewer has left. */
  stop(): void;
  /** Begins a new round of events. */
  round(): void;
  /** Sockets with listeners on them. */
  watched(): number;
  /** Tells a viewer that has just come of the namespaces and of the sockets of all workers. */
  welcome(viewer: Pick<Socket, "emit">): Promise<void>;
  close(): void;
}

export interface DetailsOptions {
  readonly io: Server;
  readonly admin: Namespace;
  readonly store: Store;
  readonly worker: WorkerId;
  readonly log: Log;
  /** Around every listener on what is watched. */
  readonly guard: Guard;
  addressOf(socket: Socket): string;
}

interface Listeners {
  readonly received: (...args: unknown[]) => void;
  readonly sent: (...args: unknown[]) => void;
  readonly ended: (reason: string) => void;
  readonly upgraded: (transport: { readonly name: string }) => void;
}

export async function createDetails(options: DetailsOptions): Promise<Details> {
  const { io, admin, store, worker, log, guard, addressOf } = options;
  const watched = new Map<Socket, Listeners>();
  const adapters: (() => void)[] = [];
  let watching = false;
  let emitted = 0;

  const namespaces = () => [...io._nsps.values()].filter((nsp) => nsp !== admin);

  function* sockets(): Iterable<Socket> {
    for (const nsp of namespaces()) yield* nsp.sockets.values();
  }

  const request = await createClusterRequest<null, readonly ShownSocket[]>({
    store,
    worker,
    log,
    name: "admin-sockets",
    answer() {
      const shown: ShownSocket[] = [];
      for (const socket of sockets()) {
        if (shown.length === MAX_SOCKETS) break;
        shown.push(shownSocket(socket, addressOf(socket)));
      }
      return shown;
    },
  });

  /** @param shown is asked for only where there is room for it */
  function emitDetail(event: string, nsp: string, about: string, shown: () => unknown): void {
    if (emitted++ < MAX_EVENTS) admin.emit(event, nsp, about, shown(), new Date());
  }

  function attach(socket: Socket): void {
    if (watched.has(socket) || watched.size >= MAX_SOCKETS) return;
    const nsp = socket.nsp.name;
    const listeners: Listeners = {
      received: guard((...args) => emitDetail("event_received", nsp, socket.id, () => shownEvent(args))),
      sent: guard((...args) => emitDetail("event_sent", nsp, socket.id, () => shownEvent(args))),
      ended: guard((reason) => {
        watched.delete(socket);
        socket.conn.off("upgrade", listeners.upgraded);
        admin.emit("socket_disconnected", nsp, socket.id, reason, new Date());
      }),
      upgraded: guard(({ name }) => admin.emit("socket_updated", { id: socket.id, nsp, transport: name })),
    };
    watched.set(socket, listeners);
    socket.onAnyOutgoing(listeners.sent);
    // Before the one that dispatches: it ends there.
    socket.prependAny(listeners.received);
    socket.on("disconnect", listeners.ended);
    socket.conn.on("upgrade", listeners.upgraded);
  }

  function detach(socket: Socket, { received, sent, ended, upgraded }: Listeners): void {
    socket.offAny(received);
    socket.offAnyOutgoing(sent);
    socket.off("disconnect", ended);
    socket.conn.off("upgrade", upgraded);
  }

  function follow(nsp: Namespace): void {
    const joined = guard((room: string, id: string) => emitDetail("room_joined", nsp.name, room, () => id));
    const left = guard((room: string, id: string) => emitDetail("room_left", nsp.name, room, () => id));
    const connected = guard((socket: Socket) => {
      attach(socket);
      admin.emit("socket_connected", shownSocket(socket, addressOf(socket)), new Date());
    });
    nsp.on("connection", connected);
    nsp.adapter.on("join-room", joined);
    nsp.adapter.on("leave-room", left);
    adapters.push(() => {
      nsp.off("connection", connected);
      nsp.adapter.off("join-room", joined);
      nsp.adapter.off("leave-room", left);
    });
  }

  function stop(): void {
    watching = false;
    for (const end of adapters.splice(0)) end();
    for (const [socket, listeners] of watched) detach(socket, listeners);
    watched.clear();
  }

  return {
    start() {
      if (watching) return;
      watching = true;
      for (const nsp of namespaces()) follow(nsp);
      for (const socket of sockets()) attach(socket);
    },
    stop,
    round() {
      emitted = 0;
    },
    watched: () => watched.size,
    async welcome(viewer) {
      const shown = (await request.ask(null)).flat();
      // The page shows the lists of a namespace that it knows when it gets the sockets. With no socket it would know none for good.
      for (const { name } of namespaces()) viewer.emit("socket_updated", { id: "", nsp: name });
      viewer.emit("all_sockets", shown);
    },
    close() {
      stop();
      request.close();
    },
  };
}
