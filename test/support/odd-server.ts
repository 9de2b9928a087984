/** A bare Socket.IO server that answers as a test says, and a typed client of it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { connectMuster, type Muster } from "../../client/index.ts";

/** A command as it comes. */
export interface Heard {
  readonly event: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly socket: Socket;
  /** The how-manyth connection of its namespace it comes on, from 1. */
  readonly connection: number;
  acknowledge(answer: unknown): void;
}

const opened: { readonly io: Server; readonly muster: Muster }[] = [];

/** For `afterEach`. */
export async function closeOdd(): Promise<void> {
  for (const { io, muster } of opened.splice(0)) {
    muster.close();
    await io.close();
  }
}

/**
 * @param on called for each command in `/` and `/chat`
 * @param admit called for each that asks for one; with false it gets no answer
 */
export async function oddServer(
  on: (heard: Heard) => void,
  admit: (socket: Socket) => boolean = () => true,
): Promise<Muster> {
  const http = createServer();
  const io = new Server(http);
  for (const namespace of ["/", "/chat"]) {
    let connections = 0;
    io.of(namespace).use((socket, next) => {
      if (admit(socket)) next();
    });
    io.of(namespace).on("connection", (socket) => {
      const connection = ++connections;
      socket.onAny((event: string, input: Heard["input"], acknowledge: Heard["acknowledge"]) =>
        on({ event, input, socket, connection, acknowledge }),
      );
    });
  }
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const muster = connectMuster({
    url: `http://127.0.0.1:${port}`,
    answerMs: 60,
    withinMs: 2_000,
    minDelayMs: 20,
    maxDelayMs: 50,
    manager: { transports: ["websocket"], timeout: 100 },
  });
  opened.push({ io, muster });
  return muster;
}
