/**
 * What is to be sent in this turn of the event loop, by all namespaces, in order. A broadcast is kept once for its room; at the end of
 * the turn each socket gets all that is for it in one write. A socket's own packets go through here too, so that order holds, and
 * several of one turn become one write as well.
 */
import { Socket } from "node:net";
import { writePast } from "../direct-writes.ts";
import { frameBytes, payloadBytes, writeFrame } from "./frames.ts";
import {
  type AdapterInside,
  type CloseConnection,
  type EngineConnection,
  type FrameSender,
  type Packet,
  type PacketOptions,
  readySender,
  type SendPacket,
  type Targets,
} from "./internals.ts";
import { forEachRecipient } from "./recipients.ts";

/** Bytes kept, counted once per broadcast; with more the turn is ended early. */
const MAX_KEPT_BYTES = 512 * 1_024;

/** A broadcast as it is kept. */
export interface Shared {
  readonly order: number;
  readonly packet: Packet;
  readonly packets: readonly (string | Buffer)[];
  readonly options: PacketOptions;
  readonly frames: Buffer;
}

/** A packet of one connection. */
interface Own {
  readonly order: number;
  readonly type: string;
  readonly data: string | Uint8Array | undefined;
  readonly options: PacketOptions | undefined;
  readonly done: (() => void) | undefined;
}

type Entry = Shared | Own;

/** Broadcasts to the same rooms, except for the same. */
export interface Group {
  readonly adapter: AdapterInside;
  readonly targets: Targets;
  readonly sent: Shared[];
  /** Sockets that have been sent to already, because their connections are not Engine.IO's. */
  readonly direct: ReadonlySet<string>;
}

/** What a connection is sent of a turn, while that is found out: on the connection itself, as a map of all takes longer. */
const PLAN = Symbol("what it is sent of this turn");

interface Planned extends EngineConnection {
  [PLAN]?: Entry[] | Group | undefined;
}

const isShared = (entry: Entry): entry is Shared => "frames" in entry;

export class TurnBuffer {
  /** Packets written past Engine.IO's own counting. */
  packetsSent = 0;
  /** Told of a connection whose network has not taken all that was written. */
  leftUnsent: (connection: EngineConnection) => void = () => undefined;
  /** Engine.IO's own, and what takes their place on each connection. */
  #sendPacket: SendPacket | undefined;
  #close: CloseConnection | undefined;
  readonly #keepPacket: SendPacket;
  readonly #closeInOrder: CloseConnection;
  #groups: Group[] = [];
  #own = new Map<EngineConnection, Entry[]>();
  #order = 0;
  #keptBytes = 0;
  #scheduled: "no" | "tick" | "turn" = "no";
  /** Adapters whose memberships must not change while this is not empty. */
  readonly onFlush: (() => void)[] = [];

  /** Whether bytes are written past Node's streams. */
  readonly #past: boolean;

  constructor(past: boolean) {
    this.#past = past;
    const turnBuffer = this;
    this.#keepPacket = function keepPacket(type, data, options, done) {
      if (this.readyState === "open")
        turnBuffer.#keep(this, { order: turnBuffer.#order++, type, data, options, done });
      else turnBuffer.#sendPacket?.call(this, type, data, options, done);
    };
    this.#closeInOrder = function closeInOrder(discard) {
      turnBuffer.flush();
      return turnBuffer.#close?.call(this, discard);
    };
  }

  /** Lets the connection's packets go through here. All connections are of one class; another's are left alone. */
  adopt(connection: EngineConnection): void {
    const { sendPacket, close } = connection;
    this.#sendPacket ??= sendPacket;
    this.#close ??= close;
    if (sendPacket !== this.#sendPacket || close !== this.#close) return;
    connection.sendPacket = this.#keepPacket;
    connection.close = this.#closeInOrder;
  }

  get kept(): number {
    return this.#own.size + this.#groups.length;
  }

  has(connection: object): boolean {
    return "sendPacket" in connection && connection.sendPacket === this.#keepPacket;
  }

  #keep(connection: EngineConnection, entry: Own): void {
    const kept = this.#own.get(connection);
    if (kept) kept.push(entry);
    else this.#own.set(connection, [entry]);
    if (this.#scheduled === "no") {
      this.#scheduled = "tick";
      process.nextTick(this.#onTick);
    }
    this.#count(entry.data?.length ?? 0);
  }

  /** Keeps a broadcast for the group, which is new where `fresh`. */
  broadcast(group: Group, fresh: boolean, sent: Omit<Shared, "order">): void {
    if (fresh) this.#groups.push(group);
    const { packet, packets, options, frames } = sent;
    group.sent.push({ order: this.#order++, packet, packets, options, frames });
    if (this.#scheduled !== "turn") {
      this.#scheduled = "turn";
      setImmediate(this.flush);
    }
    this.#count(frames.length);
  }

  #count(bytes: number): void {
    this.#keptBytes += bytes;
    if (this.#keptBytes > MAX_KEPT_BYTES) this.flush();
  }

  /** After the handler that sent: at once, unless broadcasts wait for the turn to end. */
  readonly #onTick = () => {
    if (this.#scheduled === "tick") this.flush();
  };

  /** Sends all that is kept. What is sent meanwhile is kept for the next time. */
  readonly flush = (): void => {
    this.#scheduled = "no";
    if (this.#groups.length === 0 && this.#own.size === 0) return;
    const groups = this.#groups;
    const own = this.#own;
    this.#groups = [];
    this.#own = new Map();
    this.#keptBytes = 0;
    for (const notify of this.onFlush) notify();
    const [only] = groups;
    if (groups.length === 1 && own.size === 0 && only) this.#sendGroup(only);
    else this.#sendMixed(groups, own);
  };

  #sendGroup(group: Group): void {
    const frames = joined(group.sent);
    forEachRecipient(group, (connection) => this.#sendJoined(connection, group, frames));
  }

  #sendMixed(groups: readonly Group[], own: ReadonlyMap<EngineConnection, Entry[]>): void {
    const recipients: Planned[] = [];
    const plan = (connection: Planned, what: Entry[] | Group) => {
      connection[PLAN] = what;
      recipients.push(connection);
    };
    for (const [connection, entries] of own) plan(connection, entries);
    for (const group of groups)
      forEachRecipient(group, (connection: Planned) => {
        const known = connection[PLAN];
        if (known === undefined) plan(connection, group);
        else if (Array.isArray(known)) known.push(...group.sent);
        else connection[PLAN] = [...known.sent, ...group.sent];
      });
    const frames = new Map<Group, Buffer>();
    for (const connection of recipients) {
      const what = connection[PLAN];
      connection[PLAN] = undefined;
      if (what === undefined) continue;
      if (Array.isArray(what)) {
        this.#sendEntries(connection, what.length > 1 ? what.sort((a, b) => a.order - b.order) : what);
        continue;
      }
      let joint = frames.get(what);
      if (joint === undefined) {
        joint = joined(what.sent);
        frames.set(what, joint);
      }
      this.#sendJoined(connection, what, joint);
    }
  }

  #sendJoined(connection: EngineConnection, group: Group, frames: Buffer): void {
    if (connection.sendShared) {
      this.packetsSent += group.sent.length;
      connection.sendShared(group.sent);
      this.leftUnsent(connection);
      return;
    }
    const sender = readySender(connection);
    if (sender === undefined) for (const sent of group.sent) this.#sendOrdinarily(connection, sent);
    else {
      this.packetsSent += group.sent.length;
      this.#write(connection, sender, frames);
    }
  }

  #sendEntries(connection: EngineConnection, entries: readonly Entry[]): void {
    const sender = entries.every(isJoinable) ? readySender(connection) : undefined;
    if (sender !== undefined) {
      this.#write(connection, sender, this.#together(entries));
      return;
    }
    for (const entry of entries)
      if (connection.addShared && isShared(entry)) {
        this.packetsSent++;
        connection.addShared(entry);
      } else this.#sendOrdinarily(connection, entry);
    if (connection.writeNow) {
      connection.writeNow();
      this.leftUnsent(connection);
    }
  }

  #write(connection: EngineConnection, sender: FrameSender, bytes: Buffer): void {
    const { socket } = connection.transport;
    if (this.#past && socket?._socket instanceof Socket) {
      if (writePast(socket._socket, bytes)) this.leftUnsent(connection);
      return;
    }
    sender.sendFrame([bytes]);
    if (socket && socket.bufferedAmount > 0) this.leftUnsent(connection);
  }

  #together(entries: readonly Entry[]): Buffer {
    const sizes: number[] = [];
    let total = 0;
    for (const entry of entries) {
      const size = isShared(entry) ? entry.frames.length : payloadBytes(entry.data ?? "");
      sizes.push(size);
      total += isShared(entry) ? size : frameBytes(size);
    }
    const buffer = Buffer.allocUnsafe(total);
    let at = 0;
    for (const [index, entry] of entries.entries()) {
      if (isShared(entry)) at += entry.frames.copy(buffer, at);
      else at = writeFrame(buffer, at, entry.data ?? "", sizes[index] ?? 0);
    }
    this.packetsSent += entries.length;
    return buffer;
  }

  #sendOrdinarily(connection: EngineConnection, entry: Entry): void {
    if (isShared(entry))
      for (const data of entry.packets) this.#sendPacket?.call(connection, "message", data, entry.options);
    else this.#sendPacket?.call(connection, entry.type, entry.data, entry.options, entry.done);
  }
}

/** Pings and what asks to be told when it is sent go the ordinary way. */
const isJoinable = (entry: Entry): boolean =>
  isShared(entry) || (entry.type === "message" && entry.data !== undefined && entry.done === undefined);

const joined = (sent: readonly Shared[]): Buffer => {
  const [first] = sent;
  return sent.length === 1 && first ? first.frames : Buffer.concat(sent.map(({ frames }) => frames));
};
