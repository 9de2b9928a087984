/**
 * Keeps one zone the same on all workers that follow it, over the bus. Each worker publishes the changes of its own players and entities
 * in one numbered batch per tick, and answers a `hello` with a snapshot. A worker asks for a snapshot where the number of a batch is not
 * the expected one, for then a batch was lost. It asks too where the digest that a worker sends each second differs from what is known of
 * that worker here: of two workers that claim the same player, one may have missed that the other won. While nobody else follows the zone
 * only heartbeats are sent. The players and entities of a worker go when it says `bye`, or when it was silent for a few seconds.
 */
import type { UserId, ZoneId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Bus, Topic } from "../../core/ports/store/bus.ts";
import { NOWHERE } from "./interest/grid.ts";
import { type Claim, type Entity, outranks, type Player, type ReplicaId } from "./model.ts";
import {
  digestOf,
  type EntityRecord,
  entityRecord,
  type MoveRecord,
  type PlayerRecord,
  playerRecord,
  type ReplicaBatch,
  type ReplicaMessage,
  type Snapshot,
  topicOf,
} from "./records.ts";
import type { Zone } from "./zone.ts";

/** A heartbeat at least this often. */
const ALIVE_MS = 1_000;
/** A worker that was silent for longer is gone. */
const EXPIRE_MS = 5_000;
/** A snapshot is asked for at most this often, from one worker. */
const ASK_MS = 500;
/** Digests in a row that differ before a snapshot is asked for: a player may be on the way from one worker to another. */
const MAX_MISMATCHES = 2;
type MessageBus = Pick<Bus, "publish" | "subscribe">;

/** Batches on their way to the bus. Beyond, batches are dropped, and the other workers ask for a snapshot. */
const MAX_IN_FLIGHT = 20;

interface Peer {
  heardAt: number;
  askedAt: number;
  /** Digests in a row that differed from what is known of it. */
  mismatches: number;
  /** The number its next batch must have; undefined until its snapshot has come. */
  expected: number | undefined;
}

export class ZoneReplication {
  readonly #zone: Zone;
  readonly #bus: MessageBus;
  readonly #log: Log;
  readonly #topic: Topic<ReplicaMessage>;
  readonly #peers = new Map<ReplicaId, Peer>();
  #number = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #digestAt = Number.NEGATIVE_INFINITY;
  #inFlight = 0;
  readonly #clock: () => number;
  /** When it ticked last. */
  #now: number;
  #unsubscribe: (() => void) | undefined;
  #subscribing = false;
  #closed = false;

  constructor(zone: Zone, bus: MessageBus, log: Log, clock: () => number) {
    this.#zone = zone;
    this.#bus = bus;
    this.#log = log;
    this.#topic = topicOf(zone.id);
    this.#clock = clock;
    this.#now = clock();
  }

  /** Starts to listen; tried again by `tick` while the bus is away. Never rejects. */
  async open(): Promise<void> {
    if (this.#subscribing || this.#unsubscribe || this.#closed) return;
    this.#subscribing = true;
    try {
      const unsubscribe = await this.#bus.subscribe(this.#topic, (message) => this.#receive(message));
      if (this.#closed) return unsubscribe();
      this.#unsubscribe = unsubscribe;
      this.#send({ from: this.#zone.replica, kind: "hello" });
    } catch (err) {
      this.#log.warn({ err, zone: this.#zone.id }, "a zone cannot be followed on other workers yet");
    } finally {
      this.#subscribing = false;
    }
  }

  close(): void {
    this.#closed = true;
    this.#send({ from: this.#zone.replica, kind: "bye" });
    this.#unsubscribe?.();
  }

  /** Publishes what is new here, before the zone's own tick marks it as sent; forgets workers that fell silent. */
  tick(now: number): void {
    this.#now = now;
    for (const [replica, peer] of this.#peers) if (now - peer.heardAt > EXPIRE_MS) this.#forget(replica);
    if (!this.#unsubscribe && now - this.#sentAt >= ALIVE_MS) {
      this.#sentAt = now;
      void this.open();
      return;
    }
    if (this.#peers.size === 0) {
      for (const player of this.#zone.players.dirty) player.announced = true;
      for (const entity of this.#zone.entities.dirty) entity.announced = true;
      if (now - this.#sentAt >= ALIVE_MS) this.#send({ from: this.#zone.replica, kind: "alive" });
      return;
    }
    const batch = this.#batch();
    const digesting = now - this.#digestAt >= ALIVE_MS;
    if (batch || digesting) {
      this.#number++;
      if (digesting) this.#digestAt = now;
      this.#send({
        from: this.#zone.replica,
        kind: "batch",
        number: this.#number,
        ...(batch ?? { moved: [], entered: [], left: [], gone: [], entities: [], despawned: [] }),
        ...(digesting && { digest: this.#digest(this.#zone.replica) }),
      });
    }
  }

  /** Publishes a change of a persistent entity; a worker that misses it finds it when it reads the store again. */
  publishPersistent(entity: EntityRecord, removed: boolean): void {
    this.#send({ from: this.#zone.replica, kind: "persistent", entity, removed });
  }

  #digest(replica: ReplicaId): string {
    const zone = this.#zone;
    return digestOf({
      players: claimsOf(zone.allPlayers(), replica),
      entities: claimsOf(zone.allEntities(), replica),
    });
  }

  #batch(): Omit<ReplicaBatch, "kind" | "number"> | undefined {
    const { replica, players, entities } = this.#zone;
    const moved: MoveRecord[] = [];
    const entered: PlayerRecord[] = [];
    const left: UserId[] = [];
    const gone: (readonly [UserId, ZoneId])[] = [];
    for (const player of players.dirty) {
      if (player.claim.replica !== replica) continue;
      if (player.cell === NOWHERE) {
        left.push(player.id);
        if (player.wentTo !== undefined) gone.push([player.id, player.wentTo]);
      } else if (player.announced) moved.push([player.id, player.x, player.y, player.seq ?? null]);
      else entered.push(playerRecord(player, this.#now));
      player.announced = true;
    }
    const put: EntityRecord[] = [];
    const despawned: (readonly [string, number])[] = [];
    for (const entity of entities.dirty) {
      if (entity.persistent || entity.claim.replica !== replica) continue;
      if (entity.cell === NOWHERE) despawned.push([entity.id, entity.claim.since]);
      else put.push(entityRecord(entity));
    }
    if (moved.length + entered.length + left.length + put.length + despawned.length === 0) return undefined;
    return { moved, entered, left, gone, entities: put, despawned };
  }

  #snapshot(): Snapshot {
    const { replica } = this.#zone;
    const players = [...this.#zone.allPlayers()].filter((player) => player.claim.replica === replica);
    const entities = [...this.#zone.allEntities()].filter(
      (entity) => entity.claim.replica === replica && !entity.persistent,
    );
    return {
      number: this.#number,
      entered: players.map((player) => playerRecord(player, this.#clock())),
      entities: entities.map(entityRecord),
    };
  }

  #send(message: ReplicaMessage): void {
    if (this.#inFlight >= MAX_IN_FLIGHT) return;
    this.#inFlight++;
    this.#sentAt = this.#now;
    this.#bus
      .publish(this.#topic, message)
      .catch((err: unknown) => this.#log.warn({ err, zone: this.#zone.id }, "the bus refused a message"))
      .finally(() => {
        this.#inFlight--;
      });
  }

  #receive(message: ReplicaMessage): void {
    const { from } = message;
    if (this.#closed || from === this.#zone.replica) return;
    if (message.kind === "bye") {
      this.#forget(from);
      return;
    }
    const peer = this.#peerOf(from);
    peer.heardAt = this.#now;
    switch (message.kind) {
      case "hello":
        if (message.to === undefined) this.#ask(from, peer);
        if (message.to === undefined || message.to === this.#zone.replica)
          this.#send({ from: this.#zone.replica, to: from, kind: "snapshot", ...this.#snapshot() });
        break;
      case "snapshot":
        if (message.to === this.#zone.replica) this.#replace(from, peer, message);
        break;
      case "batch":
        if (message.number === peer.expected) {
          peer.expected++;
          this.#apply(from, message);
          this.#compare(from, peer, message.digest);
        } else this.#ask(from, peer);
        break;
      case "alive":
        this.#ask(from, peer);
        break;
      case "persistent":
        if (message.removed) this.#dropEntity(from, message.entity.id, message.entity.since);
        else this.#putEntity(from, message.entity);
        break;
    }
  }

  #peerOf(replica: ReplicaId): Peer {
    let peer = this.#peers.get(replica);
    if (!peer) {
      peer = { heardAt: this.#now, askedAt: Number.NEGATIVE_INFINITY, mismatches: 0, expected: undefined };
      this.#peers.set(replica, peer);
    }
    return peer;
  }

  #ask(replica: ReplicaId, peer: Peer): void {
    peer.expected = undefined;
    if (this.#now - peer.askedAt < ASK_MS) return;
    peer.askedAt = this.#now;
    this.#send({ from: this.#zone.replica, to: replica, kind: "hello" });
  }

  #apply(from: ReplicaId, batch: ReplicaBatch): void {
    const zone = this.#zone;
    for (const record of batch.entered) this.#putPlayer(from, record);
    for (const [id, x, y, seq] of batch.moved) {
      const player = zone.player(id);
      if (player?.claim.replica !== from) continue;
      zone.movePlayer(player, x, y, seq ?? undefined);
      player.heardAt = this.#clock();
    }
    const to = new Map(batch.gone);
    for (const id of batch.left) {
      const player = zone.player(id);
      if (player?.claim.replica === from) zone.removePlayer(player, to.get(id));
    }
    for (const record of batch.entities) this.#putEntity(from, record);
    for (const [id, since] of batch.despawned) this.#dropEntity(from, id, since);
  }

  #compare(from: ReplicaId, peer: Peer, digest: string | undefined): void {
    if (digest === undefined) return;
    if (digest === this.#digest(from)) peer.mismatches = 0;
    else if (++peer.mismatches >= MAX_MISMATCHES) this.#ask(from, peer);
  }

  #replace(from: ReplicaId, peer: Peer, contents: Snapshot): void {
    peer.expected = contents.number + 1;
    peer.mismatches = 0;
    const players = new Set(contents.entered.map(([id]) => id));
    const entities = new Set(contents.entities.map((entity) => entity.id));
    this.#clear(
      from,
      (player) => !players.has(player.id),
      (entity) => !entities.has(entity.id),
    );
    for (const record of contents.entered) this.#putPlayer(from, record);
    for (const record of contents.entities) this.#putEntity(from, record);
  }

  #putPlayer(replica: ReplicaId, [id, name, x, y, since, seq, from]: PlayerRecord): void {
    const player = this.#zone.player(id);
    const claim = { replica, since };
    if (player && player.claim.replica !== replica && !outranks(claim, player.claim)) return;
    this.#zone.putPlayer({ id, name, from }, claim, x, y, seq ?? undefined).heardAt = this.#clock();
  }

  #putEntity(replica: ReplicaId, { x, y, since, ...traits }: EntityRecord): void {
    this.#zone.putEntity(traits, { replica, since }, x, y);
  }

  #dropEntity(replica: ReplicaId, id: string, since: number): void {
    const entity = this.#zone.entity(id);
    if (!entity) return;
    if (entity.claim.since === since || outranks({ replica, since }, entity.claim))
      this.#zone.removeEntity(entity);
  }

  #forget(replica: ReplicaId): void {
    if (this.#peers.delete(replica)) this.#clear(replica, always, always);
  }

  /** Removes the players and entities of a worker that it has no longer. */
  #clear(replica: ReplicaId, player: (player: Player) => boolean, entity: (entity: Entity) => boolean): void {
    for (const item of this.#zone.allPlayers())
      if (item.claim.replica === replica && player(item)) this.#zone.removePlayer(item);
    for (const item of this.#zone.allEntities())
      if (item.claim.replica === replica && !item.persistent && entity(item)) this.#zone.removeEntity(item);
  }
}

const always = () => true;

/** Claims that a worker makes and publishes: not those of persistent entities. */
function* claimsOf(
  items: Iterable<{ readonly claim: Claim; readonly persistent?: boolean }>,
  replica: ReplicaId,
): Iterable<Claim> {
  for (const { claim, persistent } of items) if (claim.replica === replica && !persistent) yield claim;
}
