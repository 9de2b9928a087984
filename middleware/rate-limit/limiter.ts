/**
 * How many events are taken: of a user per event, of a user in all, of a connection, and of everybody. Sliding windows in
 * memory, exact on this worker; users who come near a limit are counted over all workers, in the background: no command waits for
 * the store. Who goes on although refused is refused for longer, on every worker.
 */

import { dropOldest } from "../../core/collections.ts";
import type { RateRule, Role } from "../../core/contract/contract.ts";
import type { SharedCounters } from "../../core/ports/store/counters.ts";
import type { Clock } from "../../core/time.ts";
import { createSharedBackoff, type OffenceChannel } from "./backoff.ts";
import { HeavyTalkers } from "./talkers.ts";
import { createSharedWindows, SharedSubject, SlidingWindow } from "./windows.ts";

/** A rate, and how many of these may come at once; both counted over all workers. */
export interface LimitRule extends RateRule {
  readonly burst?: RateRule;
}

type EventRules = Readonly<Record<string, LimitRule | null>>;

/** Absent or null: no limit. `events` by name replaces a command's own rule. */
interface RateLimits {
  readonly global?: RateRule;
  readonly connection?: RateRule;
  readonly user?: RateRule;
  readonly events: EventRules;
  /** Replace `events` for who has the role; of a user's roles the most generous counts. */
  readonly roles?: Readonly<Partial<Record<Role, EventRules>>>;
  /** The longest that who goes on although refused is refused; absent or 0: never longer than a window. */
  readonly longestRefusalMs?: number;
}

/** A command as the limiter needs it; the same object each time, for windows are kept by it. */
export interface LimitedCommand {
  readonly name: string;
  /** Keeps commands of the same name apart, such as those of two namespaces. */
  readonly scope?: string;
  readonly rate: RateRule;
}

interface Caller {
  /** Of the connection. */
  readonly id: string;
  readonly userId: string;
  readonly identity?: { readonly roles: readonly Role[] };
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

/** Of one user's events of one name. */
interface EventLimit extends Limit {
  readonly rule: LimitRule;
  /** Names it on every worker. */
  readonly subject: string;
  readonly burst: Limit | undefined;
}

interface UserLimits {
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
  const connections = new Map<string, SlidingWindow>();
  const everybody = limits.global && limitOf("global", limits.global);

  function userOf(userId: string): UserLimits {
    let user = users.get(userId);
    if (user === undefined) {
      user = { all: limits.user && limitOf(`user:${userId}`, limits.user), events: new Map() };
      users.set(userId, user);
      dropOldest(users, maxSubjects);
    }
    return user;
  }

  function connectionOf(id: string): SlidingWindow | undefined {
    const { connection: rule } = limits;
    if (rule === undefined) return undefined;
    let window = connections.get(id);
    if (window === undefined) {
      window = new SlidingWindow(rule);
      connections.set(id, window);
      dropOldest(connections, maxSubjects);
    }
    return window;
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
    };
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
    sweptConnections = sweep(connections, sweptConnections, (window) => window.isIdle(now));
  }, SWEEP_MS);
  sweeping.unref();

  return {
    take(caller, command) {
      const now = clock.now();
      const user = userOf(caller.userId);
      const connection = connectionOf(caller.id);
      const event = eventOf(user, caller, command);

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
    forget: (id) => void connections.delete(id),
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

/** Which rule holds for a caller's command; null: none. The same object each time. */
function rulesOf({ events, roles = {} }: RateLimits) {
  const general = new Map(Object.entries(events));
  const byRole = new Map(
    Object.entries(roles).map(([role, rules]) => [role, new Map(Object.entries(rules))] as const),
  );
  return (caller: Caller, { name, rate }: LimitedCommand): LimitRule | null => {
    let found: LimitRule | null | undefined;
    if (byRole.size > 0)
      for (const role of caller.identity?.roles ?? []) {
        const rule = byRole.get(role)?.get(name);
        if (rule !== undefined && (found === undefined || isMoreGenerous(rule, found))) found = rule;
      }
    if (found !== undefined) return found;
    const rule = general.get(name);
    return rule === undefined ? rate : rule;
  };
}

function isMoreGenerous(rule: LimitRule | null, than: LimitRule | null): boolean {
  if (rule === null || than === null) return rule === null;
  return rule.max / rule.windowMs > than.max / than.windowMs;
}

/** Drops the idle events of the user too. */
function isIdleUser(user: UserLimits, now: number): boolean {
  for (const [command, { window }] of user.events) if (window.isIdle(now)) user.events.delete(command);
  return user.events.size === 0 && (user.all?.window.isIdle(now) ?? true);
}

/** Goes on from where the last sweep ended. @returns where this one did */
function sweep<V>(
  map: Map<string, V>,
  from: MapIterator<[string, V]>,
  isIdle: (value: V) => boolean,
): MapIterator<[string, V]> {
  for (let looked = 0; looked < SWEEP_SUBJECTS; looked++) {
    const { done, value } = from.next();
    if (done) return map.entries();
    if (isIdle(value[1])) map.delete(value[0]);
  }
  return from;
}
