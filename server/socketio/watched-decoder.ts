/** What the server does with a connection's packets before Socket.IO, or the parser, looks at them. */
import type { Socket } from "socket.io";
import { Decoder } from "socket.io-parser";
import type { ByteLimiter } from "../../middleware/rate-limit/bytes.ts";

export abstract class WatchedDecoder extends Decoder {
  /** Told of each CONNECT. */
  onConnect: ((namespace: string) => void) | undefined;
  /** Counts what is to be parsed. @returns for how many milliseconds it is refused; 0: it is not; Infinity: the connection ends */
  take: ((size: number) => number) | undefined;
}

/** The one of a socket's connection. It is private in Socket.IO's types; the gateway's connections have one without use. */
function decoderOf({ client: ofSocketIo }: Socket): WatchedDecoder | undefined {
  const client: object = ofSocketIo;
  const decoder: unknown = "decoder" in client ? client.decoder : undefined;
  return decoder instanceof WatchedDecoder ? decoder : undefined;
}

/** The first one that asks for a connection is called from then on. */
export function watchConnects(socket: Socket, onConnect: (namespace: string) => void): void {
  const decoder = decoderOf(socket);
  if (decoder) decoder.onConnect ??= onConnect;
}

/** From now on the messages of a socket's connection are counted. @param userId undefined: they are no user's that could have others */
export function countBytes(socket: Socket, bytes: ByteLimiter, userId: string | undefined): void {
  const { conn } = socket;
  bytes.follow(conn, userId);
  const decoder = decoderOf(socket);
  if (decoder) decoder.take ??= (size) => bytes.take(conn, size);
}
