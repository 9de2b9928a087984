import type { Random } from "../random.ts";
import type { ConnectionPresence } from "./connection-presence.ts";
import type { Inbox } from "./inbox.ts";
import type { Live } from "./live.ts";
import type { Log } from "./log.ts";
import type { Outbound, Shedding, WorkerRoom } from "./outbound.ts";
import type { Guesses, StorageQuotas } from "./quotas.ts";
import type { Reading } from "./reading.ts";
import type { Settings } from "./settings.ts";
import type { Neighbours, UserBus } from "./store/bus.ts";
import type { Store } from "./store/store.ts";
import type { Timers } from "./timers.ts";

/** Everything that a namespace is given; it imports nothing that does I/O. */
export interface Services {
  readonly store: Store;
  readonly live: Live;
  readonly outbound: Outbound;
  readonly userBus: UserBus;
  readonly inbox: Inbox;
  readonly timers: Timers;
  readonly connectionPresence: ConnectionPresence;
  readonly storageQuotas: StorageQuotas;
  readonly guesses: Guesses;
  readonly reading: Reading;
  readonly neighbours: Neighbours;
  readonly shedding: Shedding;
  readonly room: WorkerRoom;
  readonly random: Random;
  readonly log: Log;
  readonly settings: Settings;
}
