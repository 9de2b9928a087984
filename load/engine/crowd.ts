/** The users of one process: they come over the ramp, begin anew where they fail, and end together. */
import { setMaxListeners } from "node:events";
import { asError, LoadFailure } from "../failure.ts";
import type { LoadClaims, Scenario } from "../scenario.ts";
import { GroupOfUsers } from "./group.ts";
import { comesAt, groupsOf, type LoadPlan, userIdOf } from "./plan.ts";
import { type LoadPhase, type RecordedDelta, Recorder, USER_ITSELF } from "./recorder.ts";
import { seeded } from "./seeded.ts";
import { VirtualUser } from "./virtual-user.ts";

/** A user that fails comes back after a time between these, doubled up to the last. */
const AGAIN_MS = 1_000;
const LONGEST_AGAIN_MS = 15_000;
/** For actions that are under way at the end. */
const FINISH_MS = 5_000;
const LOOK_MS = 50;
const QUIET_LOOKS = 10;

/** `token`: each user has one. `name`: the server takes a user's word, under `AUTH_MODE=dev`. `guest`: nobody is anybody. */
export type UserIdentity = "token" | "name" | "guest";

export interface TokenSupply {
  readonly identity: UserIdentity;
  tokenFor(user: string, claims: LoadClaims): Promise<string>;
}

export interface UserCounts {
  /** Their time has come. */
  readonly begun: number;
  /** The most that acted at the same time, since the last time this was taken. */
  readonly active: number;
  /** Returned by themselves. */
  readonly left: number;
  /** How often one began anew after a failure. */
  readonly restarts: number;
}

export interface CrowdOptions {
  readonly scenario: Scenario;
  readonly plan: LoadPlan;
  /** Which of the plan's processes this is. */
  readonly process: number;
  readonly tokens: TokenSupply;
}

export class Crowd {
  readonly #options: CrowdOptions;
  readonly #ended = new AbortController();
  readonly #recorder: Recorder;
  readonly #lives = new Set<VirtualUser>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running: Promise<void>[] = [];
  #holdsFrom = Number.POSITIVE_INFINITY;
  #begun = 0;
  #peak = 0;
  #left = 0;
  #restarts = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#recorder = new Recorder(() => this.phase);
    // Every user waits for it.
    setMaxListeners(0, this.#ended.signal);
  }

  get phase(): LoadPhase {
    return Date.now() < this.#holdsFrom ? "ramp" : "hold";
  }

  #counts(): UserCounts {
    return { begun: this.#begun, active: this.#peak, left: this.#left, restarts: this.#restarts };
  }

  take(): { readonly recorded: RecordedDelta; readonly users: UserCounts } {
    const users = this.#counts();
    this.#peak = this.#lives.size;
    return { recorded: this.#recorder.take(), users };
  }

  /**
   * Until all users have left, the time is over, or `stop` was called.
   * @param at milliseconds since the epoch, the same for all processes. @returns actions that did not end
   */
  async run(at: number): Promise<number> {
    const { plan, process } = this.#options;
    this.#holdsFrom = at + plan.rampMs;
    for (const { number, indexes } of groupsOf(plan, process)) {
      const group = new GroupOfUsers(number, {
        name: `load-${plan.run}-g${number}`,
        ids: indexes.map((index) => userIdOf(plan, index)),
        signal: this.#ended.signal,
      });
      for (const [seat, index] of indexes.entries())
        this.#running.push(this.#userAt(at + comesAt(plan, index), index, group, seat));
    }
    this.#after(at + plan.rampMs + plan.durationMs - Date.now(), () => this.stop());
    const all = Promise.all(this.#running);
    const stopped = new Promise<void>((resolve) => {
      this.#ended.signal.addEventListener("abort", () => resolve());
    });
    await Promise.race([all, stopped]);
    await Promise.race([all, this.#finished()]);
    return this.#close();
  }

  /** When nothing is under way any more, or has taken too long: a user may be stuck. */
  async #finished(): Promise<void> {
    const until = Date.now() + FINISH_MS;
    for (let quiet = 0; quiet < QUIET_LOOKS && Date.now() < until; quiet++) {
      await new Promise<void>((resolve) => this.#after(LOOK_MS, resolve));
      if (this.#recorder.inFlight > 0) quiet = -1;
    }
  }

  /** Ends the run for all users; those under way may finish for a while. */
  stop(): void {
    this.#ended.abort();
  }

  #close(): number {
    this.stop();
    this.#recorder.over();
    for (const timer of this.#timers) clearTimeout(timer);
    for (const life of this.#lives) life.close();
    return this.#recorder.inFlight;
  }

  async #userAt(at: number, index: number, group: GroupOfUsers, seat: number): Promise<void> {
    await this.#wait(at - Date.now());
    if (this.#ended.signal.aborted) return;
    this.#begun++;
    for (let failures = 0; !this.#ended.signal.aborted; failures++) {
      if (failures > 0) this.#restarts++;
      const life = this.#life(index, group, seat, failures);
      this.#lives.add(life);
      this.#peak = Math.max(this.#peak, this.#lives.size);
      try {
        await this.#options.scenario.user(life);
        if (!this.#ended.signal.aborted) this.#left++;
        return;
      } catch (thrown) {
        // What an action threw is counted already.
        this.#recorder.failed(USER_ITSELF, asError(thrown));
      } finally {
        life.close();
        this.#lives.delete(life);
      }
      const wait = Math.min(LONGEST_AGAIN_MS, AGAIN_MS * 2 ** failures);
      await this.#wait(wait * (0.5 + life.random() / 2));
    }
  }

  #life(index: number, group: GroupOfUsers, seat: number, life: number) {
    const { scenario, plan, tokens } = this.#options;
    const { run, params, urls, seed } = plan;
    const id = userIdOf(plan, index);
    const place = { index, group: group.number, run, params };
    const claims = scenario.claims?.(place) ?? {};
    return new VirtualUser({
      ...{ ...place, id, together: group.at(seat), signal: this.#ended.signal, recorder: this.#recorder },
      url: urls[index % urls.length] ?? "",
      random: seeded((seed + index * 7_919 + life * 104_729) >>> 0),
      client: scenario.client ?? {},
      identity: tokens.identity,
      async token() {
        if (tokens.identity !== "token") return undefined;
        try {
          return await tokens.tokenFor(id, claims);
        } catch (cause) {
          throw new LoadFailure("token_failed", asError(cause).message, { cause });
        }
      },
    });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#ended.signal.removeEventListener("abort", done);
        resolve();
      };
      if (this.#ended.signal.aborted) return done();
      this.#after(ms, done);
      this.#ended.signal.addEventListener("abort", done);
    });
  }

  #after(ms: number, then: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        then();
      },
      Math.max(0, ms),
    );
    this.#timers.add(timer);
  }
}
