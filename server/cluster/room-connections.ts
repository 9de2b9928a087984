/** Whose connections are in a room now, on all workers: asked over the bus, never by `fetchSockets`, which waits for dead workers. */
import type { Server, Socket } from "socket.io";
import type { NamespaceName } from "../../core/contract/contract.ts";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { RoomName } from "../../core/rooms.ts";
import { iso } from "../../core/time.ts";
import type { SessionRegistry } from "../sessions/registry.ts";
import type { SocketSession } from "../sessions/socket-session.ts";
import { userOf } from "./reach.ts";
import { createClusterRequest } from "./request.ts";

/** Named by one worker; a larger room is told by its count. */
const MAX_NAMED = 1_000;

interface RoomConnection {
  readonly id: string;
  readonly user_id: string;
  readonly client_id: string;
  readonly connected_at: string;
}

interface Question {
  readonly namespace: NamespaceName;
  readonly room: RoomName;
}

interface Answer {
  readonly count?: number;
  readonly connections?: readonly RoomConnection[];
}

interface Members {
  /** All of them. */
  readonly count: number;
  /** Those that the workers name. */
  readonly connections: readonly RoomConnection[];
}

export interface ClusterRoomMembers {
  /** @throws GameError `unavailable` where the other workers cannot be asked */
  of(namespace: NamespaceName, room: RoomName): Promise<Members>;
  close(): void;
}

export async function createRoomMembers(options: {
  readonly io: Server;
  readonly registry: SessionRegistry;
  readonly store: Store;
  readonly worker: WorkerId;
  readonly log: Log;
}): Promise<ClusterRoomMembers> {
  const { io, registry, store, worker, log } = options;

  function* socketsIn({ namespace, room }: Question): Iterable<Socket> {
    const nsp = io.of(namespace);
    for (const id of nsp.adapter.rooms.get(room) ?? []) {
      const socket = nsp.sockets.get(id);
      if (socket) yield socket;
    }
  }

  function answer(question: Question): Answer {
    const connections: RoomConnection[] = [];
    let count = 0;
    for (const socket of socketsIn(question)) {
      if (count++ < MAX_NAMED)
        connections.push(connectionOf(socket, registry.sessionOn(socket.conn, question.namespace)));
    }
    return { count, connections };
  }

  const request = await createClusterRequest<Question, Answer>({
    store,
    worker,
    log,
    name: "room-members",
    answer,
  });
  return {
    async of(namespace, room) {
      const answers = await request.askAll({ namespace, room });
      const connections = answers.flatMap((answer) => answer.connections ?? []);
      // A worker of an older version does not count.
      const count = answers.reduce(
        (sum, answer) => sum + (answer.count ?? answer.connections?.length ?? 0),
        0,
      );
      return { count, connections };
    },
    close: () => request.close(),
  };
}

function connectionOf(socket: Socket, session: SocketSession | undefined): RoomConnection {
  return {
    id: socket.id,
    user_id: userOf(socket),
    client_id: session?.client.id ?? socket.id,
    connected_at: iso(socket.handshake.issued),
  };
}
