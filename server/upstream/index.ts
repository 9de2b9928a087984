/**
 * The gateway behind this server (`API_GATEWAY_URL`): commands are forwarded to it and its answer decides. Whatever it does, a command
 * is answered within the time limit, and once it has failed some times in a row it is not asked for a while.
 */
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleType,
  retry,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from "cockatiel";
import { GameError } from "../../core/contract/errors.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Upstream, UpstreamRequest } from "../../core/ports/upstream.ts";
import { readAnswer, UpstreamFailure } from "./answers.ts";
import { call, type UpstreamGateway } from "./call.ts";
import { watchReachability } from "./reachable.ts";
import { routeOf } from "./routes.ts";

export interface UpstreamOptions extends UpstreamGateway {
  /** From the command to its answer, whatever is tried in between. */
  readonly timeoutMs: number;
  /** Requests under way at a time. Default 64. */
  readonly concurrency?: number;
  /** Commands that may wait for one of them to end; one more is `unavailable` at once. Default 512. */
  readonly queue?: number;
  /** Failures in a row after which it is not asked any more. Default 5. */
  readonly failures?: number;
  /** How long it is not asked then; after that one command tries it. Default 5 s. */
  readonly openMs?: number;
  /** How often it is tried whether it takes connections. Default 2 s. */
  readonly reachMs?: number;
  readonly log: Log;
}

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** How often a command is sent again, where that is safe. */
const RETRIES = 2;
const BACKOFF = new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 });

export type ServiceHealth = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface UpstreamClient extends Upstream {
  /** Whether commands are sent to it; `open`: not for now, because it has failed. */
  readonly state: "closed" | "open";
  /** Not well: it cannot be connected to, or commands for it are refused at once. */
  health(): ServiceHealth;
  close(): void;
}

/** @throws Error where the secret's header cannot be one */
export function createUpstream(options: UpstreamOptions): UpstreamClient {
  if (!HEADER_NAME.test(options.secretHeader))
    throw new Error("upstream.secret_header [API_GATEWAY_SECRET_HEADER] is no name of a header");
  const { log, timeoutMs, concurrency = 64, queue = 512, failures = 5, openMs = 5_000 } = options;
  const name = `the gateway ${new URL(options.url).host}`;
  const reachable = watchReachability(options.url, options.reachMs ?? 2_000, (failure) => {
    if (failure === undefined) log.info({ upstream: options.url }, "the gateway takes connections again");
    else log.warn({ upstream: options.url, failure }, "the gateway takes no connections");
  });
  const isFailure = handleType(UpstreamFailure).orType(TaskCancelledError);
  const breaker = circuitBreaker(isFailure, {
    halfOpenAfter: openMs,
    breaker: new ConsecutiveBreaker(failures),
  });
  let open = false;
  let openedAt = 0;
  breaker.onBreak(() => {
    open = true;
    openedAt = performance.now();
    log.warn({ upstream: options.url }, "the gateway fails: commands for it are unavailable for now");
  });
  breaker.onReset(() => {
    open = false;
    log.info({ upstream: options.url }, "the gateway answers again");
  });
  const again = (repeatable: boolean) =>
    retry(
      handleType(UpstreamFailure, (failure) => repeatable || failure.untouched),
      { maxAttempts: RETRIES, backoff: BACKOFF },
    );
  // Outermost first: the place in the queue costs time too; an open circuit is found before a place is taken.
  const around = wrap(timeout(timeoutMs, TimeoutStrategy.Aggressive), breaker, bulkhead(concurrency, queue));
  const policies = { once: wrap(around, again(false)), repeatable: wrap(around, again(true)) };

  return {
    get state() {
      return open ? "open" : "closed";
    },
    health() {
      const { failure } = reachable;
      if (failure !== undefined) return { ok: false, reason: `${name} cannot be reached: ${failure}` };
      // Where nobody has tried it since it may be asked again, it is as good as any that nobody asks.
      const waits = performance.now() - openedAt < openMs || breaker.state === CircuitState.HalfOpen;
      return open && waits ? { ok: false, reason: `${name} fails: it is not asked for now` } : { ok: true };
    },
    close: () => reachable.close(),
    async forward(request) {
      const policy = routeOf(request).repeatable ? policies.repeatable : policies.once;
      try {
        return await policy.execute(async ({ signal }) => readAnswer(await call(options, request, signal)));
      } catch (thrown) {
        throw refused(request, thrown);
      }
    },
  };

  function refused({ action }: UpstreamRequest, thrown: unknown): GameError {
    if (thrown instanceof GameError) return thrown;
    const known =
      thrown instanceof BrokenCircuitError ||
      thrown instanceof BulkheadRejectedError ||
      thrown instanceof TaskCancelledError ||
      thrown instanceof UpstreamFailure;
    if (!known) log.error({ err: thrown, action }, "a command could not be forwarded");
    else log.debug({ err: thrown, action }, "a command could not be forwarded");
    return new GameError("unavailable", { cause: thrown });
  }
}
