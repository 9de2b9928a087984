/** Zones without a server: rooms and connections that keep what they are sent, and what a client makes of it. */
import { strict as assert } from "node:assert";
import fc from "fast-check";
import type { Session } from "../../../core/contract/session.ts";
import { asId, type ConnectionId, type UserId, type ZoneId } from "../../../core/ids.ts";
import type { NamespaceOutbound } from "../../../core/ports/outbound.ts";
import type { RoomName } from "../../../core/rooms.ts";
import type { Paging } from "../../../namespaces/world/interest/viewers.ts";
import { newViewer, type ReplicaId, type Viewer } from "../../../namespaces/world/model.ts";
import type { ZoneRules } from "../../../namespaces/world/options.ts";
import type { Updates, WorldContract, WorldTick } from "../../../namespaces/world/schema.ts";
import { Zone } from "../../../namespaces/world/zone.ts";

const rules: ZoneRules = {
  viewDistance: 100,
  speedLimit: 20,
  creditMs: 1_000,
  rememberMs: 0,
  maxPlayers: 0,
  farHalfRate: false,
};
export const replica = (name: string) => name as ReplicaId;

export interface Sent {
  readonly event: string;
  readonly payload: unknown;
  readonly volatile: boolean;
}

/** A connection, and what its client knows of others from what it was sent. */
export class Client {
  readonly id: ConnectionId;
  readonly userId: UserId;
  readonly updates: Updates;
  readonly sent: Sent[] = [];
  readonly known = new Map<string, { x: number; y: number }>();
  readonly entities = new Map<string, unknown>();
  readonly rooms = new Set<RoomName>();
  /** Faults a correct server never causes: news of somebody unknown, a second entry. */
  readonly faults: string[] = [];
  /** As a slow transport does. */
  losesVolatile = false;
  viewer: Viewer | undefined;

  constructor(id: string, userId: string, updates: Updates = "batch") {
    this.id = asId<ConnectionId>(id);
    this.userId = asId<UserId>(userId);
    this.updates = updates;
  }

  receive(event: string, payload: unknown, volatile: boolean): void {
    if (volatile && this.losesVolatile) return;
    this.sent.push({ event, payload, volatile });
    if (event === "world_tick") this.#tick(payload as WorldTick);
    else this.#each(event, payload as { user_id: string; x: number; y: number });
  }

  #tick(frame: WorldTick): void {
    for (const id of frame.left) this.#leave(id);
    for (const { user_id, x, y } of frame.entered) this.#enter(user_id, x, y);
    for (const [id, x, y] of frame.moved) this.#move(id, x, y);
    for (const id of frame.entities?.left ?? []) this.entities.delete(id);
    for (const entity of [...(frame.entities?.entered ?? []), ...(frame.entities?.updated ?? [])])
      this.entities.set(entity.entity_id, entity);
  }

  #each(event: string, { user_id, x, y }: { user_id: string; x: number; y: number }): void {
    if (event === "player_left") this.#leave(user_id);
    else if (event === "player_entered") this.#enter(user_id, x, y);
    else if (event === "player_movement") this.#move(user_id, x, y);
  }

  get #isSelf() {
    return (id: string) => id === this.userId && this.viewer?.player !== undefined;
  }

  #leave(id: string): void {
    if (!this.known.delete(id)) this.faults.push(`${id} left unknown`);
  }

  #enter(id: string, x: number, y: number): void {
    if (this.known.has(id)) this.faults.push(`${id} entered twice`);
    this.known.set(id, { x, y });
  }

  #move(id: string, x: number, y: number): void {
    if (this.known.has(id)) this.known.set(id, { x, y });
    else if (!this.#isSelf(id)) this.faults.push(`${id} moved unknown`);
  }

  session(): Session<WorldContract> {
    return {
      id: this.id,
      namespace: "/world",
      identity: { userId: this.userId, name: this.userId, roles: ["player"], anonymous: false },
      userId: this.userId,
      client: { id: this.id, source: "connection" },
      reliable: false,
      transport: "socket.io",
      connected: true,
      isSlow: false,
      emitFields: (event, fields) => this.receive(event, JSON.parse(`{${fields}}`), false),
      hasRole: () => false,
      emit: (event, payload, options) => this.receive(event, payload, options?.volatile === true),
      join: (room) => this.rooms.add(room),
      leave: (room) => this.rooms.delete(room),
      close: () => assert.fail("closed"),
    };
  }
}

export class ZoneFixture {
  readonly clients: Client[] = [];
  readonly zone: Zone;
  #now = 0;
  #tick = 0;

  readonly #clock: () => number;

  constructor(name = "here", clock = () => ++this.#now, paging?: Paging, own: Partial<ZoneRules> = {}) {
    this.#clock = clock;
    const outbound: NamespaceOutbound<WorldContract> = {
      toRoom: (room, event, payload, options) => {
        for (const client of this.clients)
          if (client.rooms.has(room) && client.id !== options?.except)
            client.receive(event, payload, options?.volatile === true);
      },
      fieldsToRoom(room, event, fields, options) {
        outbound.toRoom(room, event, JSON.parse(`{${fields}}`), options);
      },
      toUser: () => assert.fail("not used"),
      toAll: () => assert.fail("not used"),
    };
    this.zone = new Zone(asId<ZoneId>("z"), { ...rules, ...own }, replica(name), outbound, paging);
  }

  /** As `World` does it. @param watch it gets no avatar */
  enter(client: Client, x: number, y: number, watch = false): void {
    if (!this.clients.includes(client)) this.clients.push(client);
    const before = client.viewer;
    const viewer = newViewer({
      session: client.session(),
      updates: client.updates,
      x,
      y,
      cell: this.zone.players.grid.keyAt(x, y),
      pace: { credit: 0, at: 0 },
    });
    if (!watch) this.zone.embody(viewer, this.#clock());
    if (before) this.leave(client);
    client.viewer = viewer;
    this.zone.viewers.add(viewer);
    client.known.clear();
    client.entities.clear();
    const around = this.zone.viewers.open(viewer);
    for (const player of around.players) client.known.set(player.id, { x: player.x, y: player.y });
    for (const entity of around.entities) client.entities.set(entity.id, entity);
  }

  move(client: Client, x: number, y: number): void {
    const { viewer } = client;
    if (!viewer) return;
    this.zone.viewers.place(viewer, x, y);
    if (viewer.player) this.zone.movePlayer(viewer.player, x, y, undefined);
  }

  leave(client: Client): void {
    const { viewer } = client;
    if (!viewer) return;
    if (viewer.player) this.zone.removePlayer(viewer.player);
    this.zone.viewers.remove(viewer);
    client.viewer = undefined;
    client.known.clear();
    client.entities.clear();
  }

  /** Puts an entity, or changes its place. */
  put(id: string, owner: string, x: number, y: number): void {
    const before = this.zone.entity(id)?.claim.since ?? 0;
    const claim = { replica: this.zone.replica, since: Math.max(this.#clock(), before + 1) };
    const traits = { id, kind: "plant", data: undefined, owner: asId<UserId>(owner), persistent: false };
    this.zone.putEntity(traits, claim, x, y);
  }

  /** Removes one, as its owner does or as it goes with them. */
  drop(id: string): void {
    const entity = this.zone.entity(id);
    if (entity?.claim.replica !== this.zone.replica) return;
    const since = Math.max(this.#clock(), entity.claim.since + 1);
    entity.claim = { replica: this.zone.replica, since };
    this.zone.removeEntity(entity);
  }

  tick(): void {
    this.zone.tick(++this.#tick);
  }

  /** The entities that the client ought to know of now. */
  entitiesOf({ viewer }: Client): string[] {
    return viewer
      ? this.zone.entities.grid
          .inBlock(viewer.cell)
          .map(({ id }) => id)
          .sort()
      : [];
  }

  /** What the client ought to know of now: all in the block around it but its own avatar. */
  truth(client: Client): Map<string, { x: number; y: number }> {
    const { viewer } = client;
    if (!viewer) return new Map();
    const around = this.zone.players.grid.inBlock(viewer.cell).filter((player) => player !== viewer.player);
    return new Map(around.map((player) => [player.id as string, { x: player.x, y: player.y }]));
  }
}

export const sorted = <V>(map: ReadonlyMap<string, V>): (readonly [string, V])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

type Act = readonly ["enter" | "watch" | "move" | "leave" | "tick", number, number, number];

export const act: fc.Arbitrary<Act> = fc.tuple(
  fc.constantFrom("enter", "watch", "move", "move", "move", "move", "leave", "tick", "tick"),
  fc.nat({ max: 5 }),
  fc.oneof(
    fc.integer({ min: -8, max: 8 }).map((n) => n * 40),
    fc.integer({ min: -400, max: 400 }),
  ),
  fc.oneof(
    fc.integer({ min: -2, max: 2 }).map((n) => n * 40),
    fc.integer({ min: -100, max: 100 }),
  ),
);

/** Four users; one of them has three connections, of which one gets each change by itself. */
export const people = () => [
  new Client("1", "ann"),
  new Client("2", "bob", "each"),
  new Client("3", "cid"),
  new Client("4", "dee"),
  new Client("5", "dee", "each"),
  new Client("6", "dee"),
];

export function run(
  acts: readonly Act[],
  afterTick: (fixture: ZoneFixture) => void,
  clients = people(),
  fixture = new ZoneFixture(),
): ZoneFixture {
  for (const [what, who, x, y] of acts) {
    const client = clients[who];
    assert.ok(client);
    if (what === "tick") {
      fixture.tick();
      afterTick(fixture);
    } else if (what === "leave") fixture.leave(client);
    else if (what === "move") fixture.move(client, x, y);
    else fixture.enter(client, x, y, what === "watch");
  }
  return fixture;
}
