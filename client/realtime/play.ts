/** A real-time room for the application: the session, its connection and its timers. */
import type { EntityValues, RealtimeFields, ValuesOf } from "../../core/realtime/fields.ts";
import type {
  RealtimeCollections,
  RealtimeEvent,
  RealtimeGame,
  RealtimeState,
  StateOf,
} from "../../core/realtime/game.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import type { ClientTimers } from "../connection/timers.ts";
import { CommandError } from "../errors.ts";
import type { NamespaceClient } from "../namespace.ts";
import { checkNames } from "../options.ts";
import { BadLink, type SimulatedLink } from "./bad-link.ts";
import type { Foresee } from "./happenings.ts";
import type { SceneOf } from "./picture.ts";
import { RealtimeSession } from "./session.ts";
import type { RealtimeStats } from "./statistics.ts";
import { type FrameForm, type InputMessage, isFrame, isSync } from "./wire.ts";

export interface RealtimeOptions<I, E> {
  /** Only watches, without a seat. Default false. */
  readonly spectate?: boolean;
  /** Steps whose inputs go in one message, 1 to 4: fewer messages, and inputs that are a step later. Default 1. */
  readonly send_every?: number;
  /** Of frames. Default `columns`, the compact one. */
  readonly form?: FrameForm;
  /** A bad link for tries; it can be changed later. */
  readonly simulate?: SimulatedLink;
  /**
   * Events that the player need not wait for: called once for each step and entity of the player, with the entity before it. What it
   * emits is shown at once, and later confirmed or refused by the server's event of the same `type` and the same texts.
   */
  readonly optimistic?: (
    entity: Readonly<E>,
    input: Readonly<I>,
    emit: (event: RealtimeEvent) => void,
    id: string,
  ) => void;
}

/** A player's, or a spectator's, place in a real-time room. */
export interface RealtimePlay<I, S, E> {
  readonly room_id: string;
  /** The user id that plays; null for a spectator and before the first state. */
  readonly you: string | null;
  /** The newest state of the server, neither predicted nor smoothed. */
  readonly state: Readonly<S>;
  /** The player's entities by id, as the server will have them when it has consumed every input. */
  readonly predicted: ReadonlyMap<string, Readonly<E>>;
  /** The tick of the newest state, and of which owner of the room. */
  readonly tick: number;
  readonly epoch: number;
  readonly stats: RealtimeStats;
  /** From now on; `{}` is the link as it is. */
  simulate: SimulatedLink;
  /** What the player does from now on. The next steps take it; a button counts once. Fields that are left out stay. */
  input(values: Partial<I>): void;
  /** What is to be drawn. @param now by `performance.now()`, as `requestAnimationFrame` gives it. Default: now */
  frame(now?: number): SceneOf<S>;
  /** Calls the listener after each change of the state. @returns a function that ends it */
  onFrame(listener: () => void): () => void;
  /** For good; the seat stays (`room:leave` gives it up). */
  close(): void;
}

type EntitiesOf<S extends RealtimeCollections, C extends keyof S & string> = ValuesOf<S[C]["fields"]>;

export type PlayOf<
  I extends RealtimeFields,
  S extends RealtimeCollections,
  C extends keyof S & string,
> = RealtimePlay<ValuesOf<I>, StateOf<S>, EntitiesOf<S, C>>;

export type OptionsOf<
  I extends RealtimeFields,
  S extends RealtimeCollections,
  C extends keyof S & string,
> = RealtimeOptions<ValuesOf<I>, EntitiesOf<S, C>>;

/** What the client gives to a room. */
export interface PlayContext {
  readonly client: NamespaceClient<GameContract>;
  readonly timers: ClientTimers;
}

/** Refusals of an entry that another try may not meet. */
const PASSING = new Set<string>(["unavailable", "rate_limited", "no_answer", "internal", "server_full"]);
const ENTER_AGAIN_MS = 1_000;
const IDLE_LOOK_MS = 500;
const MAX_BATCH = 4;

export function openRealtime<
  I extends RealtimeFields,
  S extends RealtimeCollections,
  O extends RealtimeFields,
  C extends keyof S & string,
>(
  { client, timers }: PlayContext,
  room_id: string,
  game: RealtimeGame<I, S, O, C>,
  options: OptionsOf<I, S, C> = {},
): PlayOf<I, S, C> {
  checkNames(options, { spectate: true, send_every: true, form: true, simulate: true, optimistic: true });
  const { send_every = 1, form = "columns", spectate = false, optimistic } = options;
  if (!Number.isInteger(send_every) || send_every < 1 || send_every > MAX_BATCH)
    throw new RangeError(`send_every: ${send_every} is not 1 to ${MAX_BATCH}`);
  let simulate = options.simulate ?? {};
  let isClosed = false;
  let cancelNext: () => void = () => undefined;
  const listeners = new Set<() => void>();
  const now = () => performance.now();

  const outgoing = new BadLink<InputMessage>(simulate, (message) => {
    const { socket } = client;
    if (!socket.connected) return;
    const buffered = socket.sendBuffer.length;
    socket.emit("game:input", message);
    // The heartbeat is overdue: it would go out on the next connection. There it is sent again anyway.
    if (socket.sendBuffer.length > buffered) socket.sendBuffer.pop();
  });
  const incoming = new BadLink<unknown>(simulate, (message, at) => take(message, at));
  const session = new RealtimeSession({
    roomId: room_id,
    game,
    batch: send_every,
    foresee: optimistic as Foresee | undefined,
    link: {
      send: (message) => outgoing.send(message, now()),
      ask: () => void enter(false),
    },
  });

  function take(message: unknown, at: number): void {
    if (isClosed) return;
    if (isSync(message)) session.sync(at, message);
    else if (isFrame(message)) session.frame(at, message);
    for (const listener of listeners) client.notify("a frame", listener);
    pump();
  }

  /** Does what is due, and comes back for the next. */
  function pump(): void {
    cancelNext();
    if (isClosed) return;
    const at = now();
    outgoing.advance(at);
    incoming.advance(at);
    const next = Math.min(
      session.advance(at) ?? at + IDLE_LOOK_MS,
      outgoing.nextAt ?? Number.POSITIVE_INFINITY,
      incoming.nextAt ?? Number.POSITIVE_INFINITY,
    );
    cancelNext();
    cancelNext = timers.after(Math.max(1, next - at), pump);
  }

  const arrive = (message: unknown) => {
    if (isClosed || !isFor(room_id, message)) return;
    incoming.send(message, now());
    pump();
  };

  /** Asks for everything, as a member or, where it is none yet on this connection, by joining. */
  async function enter(join: boolean): Promise<void> {
    try {
      if (join) await client.own("room:join", { room_id, form, ...(spectate && { spectate }) });
      await client.own("room:state", { room_id, form });
    } catch (thrown) {
      if (isClosed || !(thrown instanceof CommandError)) return;
      if (thrown.code !== "closed") client.report(thrown);
      if (join && PASSING.has(thrown.code)) timers.after(ENTER_AGAIN_MS, () => connected());
    }
  }

  function connected(): void {
    if (isClosed || !client.connected) return;
    session.connected(now());
    void enter(true);
    pump();
  }

  function disconnected(): void {
    outgoing.drop();
    incoming.drop();
    session.disconnected();
  }

  const { socket } = client;
  const onStarted = (message: unknown) => {
    if (isFor(room_id, message)) session.started(now());
  };
  const onEnded = (message: unknown) => {
    if (isFor(room_id, message)) session.ended();
  };
  const heard: readonly [string, (message: unknown) => void][] = [
    ["game_frame", arrive],
    ["game_sync", arrive],
    ["game_started", onStarted],
    ["game_ended", onEnded],
    ["disconnect", disconnected],
    ["connect", connected],
  ];
  for (const [name, listener] of heard) socket.on(name, listener);
  if (client.connected) connected();

  return {
    room_id,
    get you() {
      return session.you;
    },
    get state() {
      return typed<StateOf<S>>(session.state);
    },
    get predicted() {
      return session.predicted as ReadonlyMap<string, EntitiesOf<S, C>>;
    },
    get tick() {
      return session.tick;
    },
    get epoch() {
      return session.epoch;
    },
    get stats() {
      return session.stats(now());
    },
    get simulate() {
      return simulate;
    },
    set simulate(link) {
      simulate = link;
      outgoing.link = link;
      incoming.link = link;
    },
    input: (values) => session.input(values as EntityValues),
    frame(at = now()) {
      if (!isClosed) pump();
      const { state, ...scene } = session.scene(at);
      return { ...scene, state: typed<StateOf<S>>(state) };
    },
    onFrame(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    close() {
      isClosed = true;
      cancelNext();
      listeners.clear();
      for (const [name, listener] of heard) socket.off(name, listener);
      outgoing.drop();
      incoming.drop();
    },
  };
}

/** The state of a game that is known only as it runs, by the types of its declaration. */
const typed = <T>(state: RealtimeState): T => state as unknown as T;

const isFor = (room_id: string, message: unknown): boolean =>
  typeof message === "object" && message !== null && "room_id" in message && message.room_id === room_id;
