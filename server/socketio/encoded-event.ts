/**
 * An event whose payload is JSON text already, written as Socket.IO's encoder would write it: without walking the payload, and without
 * the emitters on the way. It reaches into Socket.IO: test/server/encoded-event.test.ts fails where an update changes that.
 */
import type { Socket } from "socket.io";
import type { NamespaceName } from "../../core/contract/contract.ts";
import { timestampOf } from "../../middleware/common.ts";

/** What all packets of a connection go through; holds back what a namespace that is set up is not to send yet. */
interface EventWriter {
  writeToEngine(encoded: string, options: object): void;
}

const hasWriter = (client: object): client is EventWriter =>
  "writeToEngine" in client && typeof client.writeToEngine === "function";

/** Somebody wants to see each packet, as the Admin UI does in development. */
const isWatched = (socket: Socket): boolean => socket.listenersAnyOutgoing().length > 0;

/** Fields that are JSON text already, with the braces and the time that every payload has. */
export function encodedPayload(namespace: NamespaceName, fields: string, now: number): string {
  const timestamp = JSON.stringify(timestampOf(namespace, now));
  return `{"timestamp":${timestamp}${fields && `,${fields}`}}`;
}

/** A broadcast's payload that is text already. To whoever does not know it, as another encoder or a listener, it is what the text says. */
export class EncodedPayload {
  readonly text: string;

  /** @param text JSON of an object, without binary values in it */
  constructor(text: string) {
    this.text = text;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/**
 * @param payload JSON text, without binary values in it
 * @returns false where Socket.IO is not as it was known, or somebody listens to what is sent: it is to be emitted the ordinary way
 */
export function writeEvent(socket: Socket, event: string, payload: string): boolean {
  const client: object = socket.client;
  if (!hasWriter(client) || isWatched(socket)) return false;
  const { name } = socket.nsp;
  const namespace = name === "/" ? "" : `${name},`;
  client.writeToEngine(`2${namespace}[${JSON.stringify(event)},${payload}]`, {});
  return true;
}
