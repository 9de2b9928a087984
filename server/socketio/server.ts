/** The Socket.IO server with this project's settings: small limits, no compression unless asked, a parser that refuses early. */

import { type DefaultEventsMap, Server } from "socket.io";
import { Adapter } from "socket.io-adapter";
import type { Config } from "../config/config.ts";
import { guardedWebSocketEngine } from "./limits/guarded-websocket.ts";
import { createParser } from "./parser.ts";

/** What other workers and the Admin UI may read of a socket: plain data only. */
interface SocketData {
  user_id?: string;
  roles?: readonly string[];
}

export type AdapterConstructor = NonNullable<ConstructorParameters<typeof Server>[1]>["adapter"];

/** In which a connection must join a namespace. */
export const connectLimitMs = ({ websocket }: Config): number => Math.min(5_000, websocket.timeoutMs);

/** Above the limit a message is answered with `payload_too_large`; above this one the connection is cut (1009), or answered 413. */
export const maxPolledBytes = ({ websocket }: Config): number => websocket.maxMessageBytes * 2;

export function createSocketServer(config: Config, adapter: AdapterConstructor | undefined): Server {
  const { websocket, server } = config;
  return new Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>({
    ...(adapter === undefined ? { adapter: Adapter } : { adapter }),
    wsEngine: guardedWebSocketEngine(websocket.timeoutMs, server.fastIo),
    parser: createParser({ maxMessageBytes: websocket.maxMessageBytes }),
    maxHttpBufferSize: maxPolledBytes(config),
    pingInterval: websocket.pingIntervalMs,
    // Engine.IO counts from the ping; `pong_wait` counts from the last sign of life.
    pingTimeout: Math.max(1_000, websocket.pongWaitMs - websocket.pingIntervalMs),
    // Behind the deadline that ends such connections at once.
    connectTimeout: connectLimitMs(config) + 5_000,
    upgradeTimeout: Math.min(10_000, websocket.timeoutMs),
    perMessageDeflate: server.compression,
    httpCompression: server.compression,
    cleanupEmptyChildNamespaces: true,
    // Upgrades that are nobody's are refused by the front, at once.
    destroyUpgrade: false,
    serveClient: true,
  });
}

/** Ends every connection. @throws what an adapter throws */
export async function closeSocketServer(io: Server): Promise<void> {
  // Attached last: where the start failed before that, there is no engine to close.
  if (io.engine !== undefined) await io.close();
}
