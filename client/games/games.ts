/** Turn-based games of `/game`, followed over reconnects: always the state of one version, each event once and in order. */
import type { GameResult } from "../../core/games/game.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import { type ClientTimers, ReconnectBackoff } from "../connection/timers.ts";
import { CommandError } from "../errors.ts";
import { resumeUntilDone } from "../follower.ts";
import type { NamespaceClient, Payload } from "../namespace.ts";
import { checkNames } from "../options.ts";
import { type AnyGameEvent, type FollowEnd, type FollowedGame, Following } from "./followed-game.ts";
import type { GameAnswer, GameMessage } from "./game-copy.ts";

export interface FollowGameOptions {
  /** Watches, where the user has no seat. Default: without a seat it ends with `not_found`. */
  readonly spectate?: boolean;
  /** Of a private room, for those who watch. */
  readonly join_code?: string;
  /** How long the first view is waited for. Default: that of the client's commands, 30 seconds. */
  readonly withinMs?: number;
}

export interface Games {
  /**
   * Follows a room and its game, from its present state on, over reconnects. Where the user has a seat it comes back into the game, also
   * after a page was loaded anew. @throws Error where this client follows the room already
   */
  follow<S = unknown, E = AnyGameEvent>(room_id: string, options?: FollowGameOptions): FollowedGame<S, E>;
}

export interface GamesParts {
  readonly client: NamespaceClient<GameContract>;
  readonly timers: ClientTimers;
  readonly withinMs: number;
}

/** Refusals that no later try changes. */
const FOR_GOOD = new Set<string>(["not_found", "forbidden", "banned", "unauthorized", "invalid_payload"]);
const NOT_TURN_BASED = new CommandError("games.follow", {
  code: "invalid_payload",
  message: "a real-time room: muster.realtime plays in it",
});
const FIRST_WAIT_MS = 250;
const LAST_WAIT_MS = 5_000;

export function createGames({ client, timers, withinMs }: GamesParts): Games {
  const followed = new Map<string, Following>();

  function arrive(room_id: string, message: GameMessage): void {
    const f = followed.get(room_id);
    if (f === undefined) return;
    const wasBehind = f.copy.isBehind;
    f.tell(f.copy.take(message));
    if (f.copy.isBehind && !wasBehind) resume(f);
  }

  client.watch("room:updated", ({ room }) => {
    arrive(room.room_id, { kind: "room", room });
    // The last player has left.
    if (room.players.length === 0) followed.get(room.room_id)?.end("gone");
  });
  client.watch("game_state", ({ room_id, ...change }) => arrive(room_id, { kind: "played", ...change }));
  client.watch("game_ended", ({ room_id, result }) =>
    arrive(room_id, { kind: "ended", result: result as GameResult }),
  );
  client.watch("game_sync", ({ room_id }) => {
    const f = followed.get(room_id);
    if (f === undefined) return;
    client.report(NOT_TURN_BASED);
    f.end("invalid_payload");
  });
  client.watch("room:left", ({ room_id, reason }) => followed.get(room_id)?.end(reason ?? "left"));
  client.socket.on("disconnect", () => {
    for (const f of followed.values()) f.copy.interrupt();
  });
  client.onConnected(() => {
    for (const f of followed.values()) if (f.started) resume(f);
  });
  client.onState((state, reason) => {
    if (state === "ended") for (const f of [...followed.values()]) f.end(reasonOf(reason?.code));
  });

  const options = new WeakMap<Following, FollowGameOptions>();

  /** Asks for everything, on the present connection, until it comes. */
  function resume(f: Following): void {
    void resumeUntilDone(
      client,
      async () => {
        try {
          take(f, await ask(f, { first: true }));
        } catch (thrown) {
          if (!(thrown instanceof CommandError) || !FOR_GOOD.has(thrown.code)) throw thrown;
          f.end(reasonOf(thrown.code));
        }
        return f.copy.isBehind;
      },
      () => f.isOpen && f.copy.isBehind,
    );
  }

  async function ask(f: Following, how: { readonly first?: boolean; readonly withinMs?: number }) {
    const { spectate = false, join_code } = options.get(f) ?? {};
    const room_id = f.roomId;
    // Also where the user has a seat: it is left as it is.
    if (spectate)
      await client.own(
        "room:join",
        { ...(join_code === undefined ? { room_id } : { join_code }), spectate },
        how,
      );
    return await client.own("room:state", { room_id, patches: true }, how);
  }

  function take(f: Following, answer: Awaited<ReturnType<typeof ask>>): void {
    if (!f.isOpen) return;
    if (answer.tick !== undefined) throw NOT_TURN_BASED;
    f.tell(f.copy.answered(answer as GameAnswer));
  }

  /** Behind all commands that were called before: one of them may take the seat. */
  async function begin(f: Following, limitMs: number): Promise<void> {
    const end = performance.now() + limitMs;
    const backoff = new ReconnectBackoff(FIRST_WAIT_MS, LAST_WAIT_MS);
    while (f.isOpen) {
      const { id } = client.socket;
      try {
        take(f, await ask(f, { withinMs: Math.max(1, end - performance.now()) }));
        f.started = true;
        // The connection may have gone meanwhile, or too much has come.
        if (f.copy.isBehind && client.connected) resume(f);
        return;
      } catch (thrown) {
        if (!(thrown instanceof CommandError)) throw thrown;
        // Who only watches is forgotten with the connection, perhaps between the two commands.
        const passes =
          thrown.code === "no_answer" || thrown.code === "unavailable" || client.socket.id !== id;
        if (!passes || performance.now() >= end || client.state === "ended") throw thrown;
        await client.wait(backoff.next());
      }
    }
  }

  async function first(f: Following, limitMs: number) {
    try {
      await begin(f, limitMs);
    } catch (thrown) {
      if (thrown instanceof CommandError && f.isOpen) {
        if (thrown.code !== "closed") client.report(thrown);
        f.end(reasonOf(thrown.code));
      }
      throw thrown;
    }
    return f.until(() => true);
  }

  return {
    follow<S, E>(room_id: string, how: FollowGameOptions = {}): FollowedGame<S, E> {
      checkNames(how, { spectate: true, join_code: true, withinMs: true });
      if (followed.has(room_id)) throw new Error(`the game ${room_id} is followed already`);
      const limitMs = how.withinMs ?? withinMs;
      const f: Following = new Following(room_id, {
        timers,
        withinMs,
        notify: (call) => client.notify("a game", call),
        closed() {
          forget();
          if (followed.get(room_id) === f) followed.delete(room_id);
        },
      });
      followed.set(room_id, f);
      options.set(f, how);
      // Its start is a reliable event: it is taken from the inbox here, as the following shows it.
      const forget = client.onSome(
        "game_started",
        (payload) => payload.room_id === room_id,
        (payload) => arrive(room_id, startOf(payload)),
      );
      const ready = client.running(() => first(f, limitMs));
      // Whoever wants to know of a failure has `onClose`, too.
      ready.catch(() => undefined);
      return {
        room_id,
        get current() {
          return f.copy.view as FollowedGame<S, E>["current"];
        },
        ready: ready as FollowedGame<S, E>["ready"],
        until: (holds, limit) =>
          client.running(() => f.until(holds as never, limit)) as FollowedGame<S, E>["ready"],
        onChange: (listener) => f.on("change", listener as never),
        onEvent: (listener) => f.on("event", listener as never),
        onGap: (listener) => f.on("gap", listener),
        onEnd: (listener) => f.on("end", listener as never),
        onClose: (listener) => f.on("close", listener),
        close: () => f.end(),
      };
    },
  };
}

const startOf = ({ state, version, deadline }: Payload<GameContract, "game_started">): GameMessage => ({
  kind: "started",
  state,
  version,
  deadline,
});

const reasonOf = (code: string | undefined): FollowEnd => (code ?? "closed") as FollowEnd;
