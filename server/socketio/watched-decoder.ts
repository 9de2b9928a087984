/** What the server does with a connection's packets before Socket.IO, or the parser, looks at them. */
import type { Socket } from "socket.io";
import { Decoder, PacketType } from "socket.io-parser";
import type { ByteLimiter } from "../../middleware/rate-limit/bytes.ts";

type EventPacket = {
  readonly type: PacketType;
  readonly nsp: string;
  readonly data?: unknown;
  readonly id?: number;
};

/** Takes an event without an acknowledgement. @returns false where it is to go Socket.IO's way */
export type Shortcut = (args: unknown[]) => boolean;

export abstract class WatchedDecoder extends Decoder {
  readonly #shortcuts = new Map<string, Shortcut>();

  /** Told of each CONNECT. */
  onConnect: ((namespace: string) => void) | undefined;
  /** Counts what is to be parsed. @returns for how many milliseconds it is refused; 0: it is not; Infinity: the connection ends */
  take: ((size: number) => number) | undefined;

  /** Hands a packet on: past Socket.IO's emitters where there is a shortcut. */
  protected hand(packet: EventPacket): void {
    if (packet.type === PacketType.EVENT && packet.id === undefined) {
      const shortcut = this.#shortcuts.get(packet.nsp);
      if (shortcut !== undefined && Array.isArray(packet.data) && shortcut(packet.data)) return;
    }
    this.emitReserved("decoded", packet);
  }

  /** @returns a function that takes it away */
  addShortcut(nsp: string, shortcut: Shortcut): () => void {
    this.#shortcuts.set(nsp, shortcut);
    return () => {
      if (this.#shortcuts.get(nsp) === shortcut) this.#shortcuts.delete(nsp);
    };
  }
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
  const take = bytes.follow(conn, userId);
  const decoder = decoderOf(socket);
  if (decoder) decoder.take ??= take;
}

/** The middleware of a socket. Private in Socket.IO's types; undefined where a version has it elsewhere. */
const middlewareOf = (socket: object): readonly unknown[] | undefined =>
  "fns" in socket && Array.isArray(socket.fns) ? socket.fns : undefined;

/** Asked for each event: `listenersAny` makes a list where there is none. */
function hasListenersOfAll(socket: object): boolean {
  const known: unknown = "_anyListeners" in socket ? socket._anyListeners : undefined;
  return Array.isArray(known) && known.length > 0;
}

/**
 * Events that ask for no acknowledgement, as a player's inputs and movements, go straight from the decoder to `take`, in their turn. Those
 * that somebody else wants to see, by a middleware or as a listener of all events, go Socket.IO's way. It reaches into Socket.IO:
 * test/server/shortened-way.test.ts fails where an update changes that.
 * @param take what the socket's only middleware does
 * @returns a function that takes the shortcut away; undefined where Socket.IO is not as it was known
 */
export function shortenWay(socket: Socket, take: (args: unknown[]) => void): (() => void) | undefined {
  if (middlewareOf(socket)?.length !== 1) return undefined;
  return decoderOf(socket)?.addShortcut(socket.nsp.name, (args) => {
    if (middlewareOf(socket)?.length !== 1 || hasListenersOfAll(socket)) return false;
    // As Socket.IO does: in the order of what has come, and not while the network's piece is still being read.
    process.nextTick(take, args);
    return true;
  });
}
