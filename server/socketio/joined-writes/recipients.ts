/** Who gets a broadcast that was kept. */
import type { AdapterInside, AdapterSocket, EngineConnection, Packet, Targets } from "./internals.ts";

/** Broadcasts to the same rooms, except for the same. */
interface Broadcasts {
  readonly adapter: AdapterInside;
  readonly targets: Targets;
  readonly sent: readonly { readonly packet: Packet }[];
  /** Sockets that have been sent to already, because their connections are not Engine.IO's. */
  readonly direct: ReadonlySet<string>;
}

export function forEachRecipient(
  { adapter, targets, sent, direct }: Broadcasts,
  notify: (connection: EngineConnection) => void,
): void {
  const tell = (socket: AdapterSocket) => {
    if (direct.size > 0 && direct.has(socket.id)) return;
    if (socket._anyOutgoingListeners?.length)
      for (const { packet } of sent) socket.notifyOutgoingListeners(packet);
    notify(socket.client.conn);
  };
  const { rooms, except } = targets;
  if (rooms.size === 1 && isEmpty(adapter, except)) tellRoom(adapter, rooms, tell);
  else adapter.apply(targets, tell);
}

const isEmpty = ({ rooms }: AdapterInside, except: ReadonlySet<string> | undefined): boolean => {
  for (const room of except ?? []) if (rooms.has(room)) return false;
  return true;
};

/** As the adapter does it, without its list of whom it has told: nobody is in one room twice. */
function tellRoom(
  { rooms, nsp }: AdapterInside,
  [room = ""]: Iterable<string>,
  tell: (socket: AdapterSocket) => void,
): void {
  for (const id of rooms.get(room) ?? []) {
    const socket = nsp.sockets.get(id);
    if (socket) tell(socket);
  }
}
