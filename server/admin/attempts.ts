/** How often an address may try to log in, to the dashboard and the console together, over all workers. */
import { update } from "../../core/consistency/transact.ts";
import type { RateRule } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import { documentKey, partitions } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { sha256 } from "../../core/sha256.ts";
import type { RateLimiter } from "../../middleware/rate-limit/limiter.ts";
import type { LimitedCommand } from "../../middleware/rate-limit/rules.ts";

const LOGIN_RATE: RateRule = { max: 10, windowMs: 60_000 };
/** A page that is open comes back with its session whenever the network does. */
const RESUME_RATE: RateRule = { max: 60, windowMs: 60_000 };
const loginCommand: LimitedCommand = { name: "admin:login", rate: LOGIN_RATE };
const resumeCommand: LimitedCommand = { name: "admin:resume", rate: RESUME_RATE };

/** Each throws GameError `rate_limited` where the address has tried too often. */
export interface Attempts {
  /** Counted in the store, so that no worker lets one more through. @throws GameError `unavailable` where the store is away */
  login(address: string): Promise<void>;
  /** Counted as other limits are: workers tell one another a moment later. */
  resume(address: string): void;
}

interface Tried {
  /** When, in the store's time, oldest first. */
  readonly at: readonly number[];
}

const triedKey = (address: string) =>
  documentKey<Tried>(partitions.system(), `admin-attempts:${sha256(address)}`);

export function createAttempts(
  limiter: Pick<RateLimiter, "take">,
  { documents, now }: Pick<Store, "documents" | "now">,
): Attempts {
  function limit(address: string, command: LimitedCommand): void {
    const subject = `admin ${address}`;
    refuseFor(limiter.take({ id: subject, userId: subject }, command));
  }

  /** @returns how long the address has to wait; 0: it was counted */
  async function take(address: string): Promise<number> {
    const time = now();
    const { result } = await update(documents, triedKey(address), (current) => {
      const at = (current?.state.at ?? []).filter((one) => one > time - LOGIN_RATE.windowMs);
      const [oldest = time] = at;
      return at.length < LOGIN_RATE.max
        ? { state: { at: [...at, time] }, ttlMs: LOGIN_RATE.windowMs, result: 0 }
        : { state: undefined, result: Math.max(1, oldest + LOGIN_RATE.windowMs - time) };
    });
    return result;
  }

  return {
    async login(address) {
      // First here: who tries without end costs the store nothing.
      limit(address, loginCommand);
      refuseFor(await take(address));
    },
    resume: (address) => limit(address, resumeCommand),
  };
}

function refuseFor(waitMs: number): void {
  if (waitMs === 0) return;
  const message = `too many attempts, try again in ${Math.ceil(waitMs / 1_000)} s`;
  throw new GameError("rate_limited", { message, details: { retry_after_ms: Math.ceil(waitMs) } });
}
