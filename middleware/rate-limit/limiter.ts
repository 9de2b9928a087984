/**
 * How many events are taken: of a user per event, of a user in all, of a connection, and of everybody. Sliding windows in
 * memory, exact on this worker; users who come near a limit are counted over all workers, in the background: no command waits for
 * the store. Who goes on although refused is refused for longer, on every worker.
 */

import type { RateRule, Role } from "../../core/contract/contract.ts";
import type { SharedCounters } from "../../core/ports/store/counters.ts";
import type { Clock } from "../../core/time.ts";
import { createSharedBackoff, type OffenceChannel } from "./backoff.ts";
import { type LimitedCommand, type LimitRule, type RateLimits, rulesOf } from "./rules.ts";
import { HeavyTalkers } from "./talkers.ts";
import { createSharedWindows, SharedSubject, SlidingWindow } from "./windows.ts";

interface Caller {
  /** Of the connection. */
  readonly id: string;
  readonly userId: string;
  readonly identity?: { readonly roles: readonly Role[] };
  /** What the limiter has found for it, so that it need not look for each event. A caller that lasts has a place for it. */
  counted?: CountedCaller | undefined;
}

/** Where a caller's events are counted, as it was found the last time. */
export interface CountedCaller {
  readonly user: UserLimits;
  readonly connection: ConnectionLimit | undefined;
  /** The command that came last, and for which roles its limit was found. */
  command: LimitedCommand | undefined;
  identity: Caller["identity"];
  event: EventLimit | undefined;
}

export interface RateLimiter {
  /** 0: taken, and counted. Else refused and not counted, for so many milliseconds. */
  take(caller: Caller, command: LimitedCommand): number;
  /** When a connection has ended. */
  forget(connection: string): void;
  /** Subjects that are remembered: connections, users, and what is counted of them over all workers. */
  readonly size: number;
  /** One exchange with the other workers; done by itself five times a second. */
  sync(): Promise<void>;
  close(): void;
}

export interface RateLimiterOptions {
  readonly limits: RateLimits;
  /** The store's time, so that workers agree on where a window begins. */
  readonly clock: Clock;
  /** Absent: this worker is alone. */
  readonly counters?: SharedCounters;
  /** Absent: this worker is alone, and longer refusals hold here. */
  readonly offences?: OffenceChannel;
  /** Told of each refusal, by the limit that refused. */
  readonly onRefused?: (limit: "event" | "user" | "connection" | "global" | "overload") => void;
  /** Whether those who talk most are to be refused. */
  readonly isOverloaded?: () => boolean;
  /** Connections and users remembered, each; past it the one that came first is forgotten, and begins anew. */
  readonly maxSubjects?: number;
}

const MAX_SUBJECTS = 100_000;
const SWEEP_MS = 1_000;
/** Looked at in one sweep, so that a sweep is short however many there are. */
const SWEEP_SUBJECTS = 2_000;

/** What every user may send in a second while those who talk most are refused. */
const LEAST_COMMANDS = 10;

/** A window with what other workers know of it. */
interface Limit {
  readonly window: SlidingWindow;
  readonly shared: SharedSubject;
}

/** What is counted anew where it has been forgotten: by whoever had found it too. */
interface Forgettable {
  isForgotten: boolean;
}

interface ConnectionLimit extends Forgettable {
  readonly window: SlidingWindow;
}

/** Of one user's events of one name. */
interface EventLimit extends Limit, Forgettable {
  readonly rule: LimitRule;
  /** Names it on every worker. */
  readonly subject: string;
  readonly burst: Limit | undefined;
}

interface UserLimits extends Forgettable {
  readonly all: Limit | undefined;
  readonly events: Map<LimitedCommand, EventLimit>;
}

export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { limits, clock, counters, offences, onRefused, isOverloaded, maxSubjects = MAX_SUBJECTS } = options;
  const talkers = new HeavyTalkers<string>(LEAST_COMMANDS);
  const shared = counters === undefined ? undefined : createSharedWindows(counters, clock);
  const ruleOf = rulesOf(limits);
  const backoffs = createSharedBackoff({
    longestMs: limits.longestRefusalMs ?? 0,
    now: () => clock.now(),
    ...(offences && { channel: offences }),
  });
  const users = new Map<string, UserLimits>();
  const connections = new Map<string, ConnectionLimit>();
  const everybody = limits.global && limitOf("global", limits.global);

  function userOf(userId: string): UserLimits {
    let user = users.get(userId);
    if (user === undefined) {
      user = {
        all: limits.user && limitOf(`user:${userId}`, limits.user),
        events: new Map(),
        isForgotten: false,
      };
      users.set(userId, user);
      bound(users, maxSubjects);
    }
    return user;
  }

  function connectionOf(id: string): ConnectionLimit | undefined {
    const { connection: rule } = limits;
    if (rule === undefined) return undefined;
    let limit = connections.get(id);
    if (limit === undefined) {
      limit = { window: new SlidingWindow(rule), isForgotten: false };
      connections.set(id, limit);
      bound(connections, maxSubjects);
    }
    return limit;
  }

  function countedOf(caller: Caller): CountedCaller {
    const known = caller.counted;
    if (known && !known.user.isForgotten && !known.connection?.isForgotten) return known;
    const { userId, id, identity } = caller;
    const user = userOf(userId);
    const found = { user, connection: connectionOf(id), command: undefined, identity, event: undefined };
    if ("counted" in caller) caller.counted = found;
    return found;
  }

  function eventLimitOf(counted: CountedCaller, caller: Caller, command: LimitedCommand) {
    const isKnown = counted.command === command && counted.identity === caller.identity;
    if (isKnown && !counted.event?.isForgotten) return counted.event;
    counted.command = command;
    counted.identity = caller.identity;
    counted.event = eventOf(counted.user, caller, command);
    return counted.event;
  }

  function eventOf(user: UserLimits, caller: Caller, command: LimitedCommand): EventLimit | undefined {
    const rule = ruleOf(caller, command);
    const known = user.events.get(command);
    // A refreshed token can bring other roles, and with them another rule.
    if (known !== undefined && known.rule === rule) return known;
    if (rule === null) return undefined;
    const subject = `${command.scope ?? ""}${command.name}:${caller.userId}`;
    const limit = {
      ...limitOf(`event:${subject}`, rule),
      rule,
      subject,
      burst: rule.burst && limitOf(`burst:${subject}`, rule.burst),
      isForgotten: false,
    };
    forget(known);
    user.events.set(command, limit);
    return limit;
  }

  function eventWaitOf(limit: EventLimit, now: number): number {
    const { burst, subject, rule } = limit;
    const wait = Math.max(waitFor(limit, now), burst === undefined ? 0 : waitFor(burst, now));
    if (wait === 0 && backoffs.left(subject, now) === 0) return 0;
    return backoffs.refuse(subject, now, wait, rule);
  }

  function waitFor({ window, shared: subject }: Limit, now: number): number {
    return window.wait(now, shared?.elsewhere(subject, now));
  }

  function record({ window, shared: subject }: Limit, now: number): void {
    window.record(now);
    shared?.count(subject, now);
  }

  let sweptUsers = users.entries();
  let sweptConnections = connections.entries();
  const sweeping = setInterval(() => {
    const now = clock.now();
    backoffs.sweep(now);
    if (!isOverloaded?.()) talkers.forget();
    sweptUsers = sweep(users, sweptUsers, (user) => isIdleUser(user, now));
    sweptConnections = sweep(connections, sweptConnections, ({ window }) => window.isIdle(now));
  }, SWEEP_MS);
  sweeping.unref();

  return {
    take(caller, command) {
      const now = clock.now();
      const counted = countedOf(caller);
      const { user } = counted;
      const connection = counted.connection?.window;
      const event = eventLimitOf(counted, caller, command);

      const eventWait = event === undefined ? 0 : eventWaitOf(event, now);
      const userWait = user.all === undefined ? 0 : waitFor(user.all, now);
      const connectionWait = connection === undefined ? 0 : connection.wait(now);
      const globalWait = everybody === undefined ? 0 : waitFor(everybody, now);
      const limitWait = Math.max(eventWait, userWait, connectionWait, globalWait);
      const overloadWait = limitWait === 0 && isOverloaded?.() ? talkers.take(caller.userId, now) : 0;
      const wait = limitWait + overloadWait;
      if (wait > 0) {
        onRefused?.(
          overloadWait > 0
            ? "overload"
            : eventWait > 0
              ? "event"
              : userWait > 0
                ? "user"
                : connectionWait > 0
                  ? "connection"
                  : "global",
        );
        return wait;
      }
      if (event !== undefined) {
        record(event, now);
        if (event.burst !== undefined) record(event.burst, now);
      }
      if (user.all !== undefined) record(user.all, now);
      connection?.record(now);
      if (everybody !== undefined) record(everybody, now);
      return 0;
    },
    forget(id) {
      forget(connections.get(id));
      connections.delete(id);
    },
    get size() {
      return users.size + connections.size + backoffs.size + (shared?.size ?? 0);
    },
    sync: async () => shared?.sync(),
    close() {
      clearInterval(sweeping);
      shared?.close();
      backoffs.close();
      users.clear();
      connections.clear();
    },
  };
}

const limitOf = (key: string, rule: RateRule): Limit => ({
  window: new SlidingWindow(rule),
  shared: new SharedSubject(key, rule),
});

/** Drops the idle events of the user too. */
function isIdleUser(user: UserLimits, now: number): boolean {
  for (const [command, limit] of user.events)
    if (limit.window.isIdle(now)) {
      forget(limit);
      user.events.delete(command);
    }
  return user.events.size === 0 && (user.all?.window.isIdle(now) ?? true);
}

function forget(limit: Forgettable | undefined): void {
  if (limit) limit.isForgotten = true;
}

/** After each addition: with more than `max`, the one that came first is forgotten. */
function bound(subjects: Map<string, Forgettable>, max: number): void {
  if (subjects.size <= max) return;
  for (const [key, limit] of subjects) {
    forget(limit);
    subjects.delete(key);
    return;
  }
}

/** Goes on from where the last sweep ended. @returns where this one did */
function sweep<V extends Forgettable>(
  map: Map<string, V>,
  from: MapIterator<[string, V]>,
  isIdle: (value: V) => boolean,
): MapIterator<[string, V]> {
  for (let looked = 0; looked < SWEEP_SUBJECTS; looked++) {
    const { done, value } = from.next();
    if (done) return map.entries();
    if (isIdle(value[1])) {
      forget(value[1]);
      map.delete(value[0]);
    }
  }
  return from;
}
