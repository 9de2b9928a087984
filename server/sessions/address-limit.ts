/**
 * How many connections one address may have on this worker, and how many new ones in a time. They are counted from the handshake on, so
 * it is decided before a token is looked at. Each worker counts its own: docs/decisions/0014 says why.
 */
import type { IncomingMessage } from "node:http";
import { dropOldest } from "../../core/collections.ts";
import { because, type Cause } from "../../core/contract/cause.ts";
import type { RateRule } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import { SlidingWindow } from "../../middleware/rate-limit/windows.ts";
import { isLoopback, networkOf } from "./client-address.ts";

/** Where no number is set. A hall of players, or a provider's shared address, has fewer on one worker. */
const DEFAULT_MAX = 1_000;
/** When a client that was refused may try again. */
const RETRY_MS = 5_000;
/** Addresses whose new connections are remembered. */
const MAX_REMEMBERED = 20_000;

/** Of Engine.IO, and of the plain gateway. */
interface Transport {
  readonly request: IncomingMessage;
  once(event: "close", listener: () => void): unknown;
}

export interface AddressLimitOptions {
  /** 0: no limit. Undefined: 1,000, and loopback addresses do not count: they are a proxy's on this host, or a developer's. */
  readonly max: number | undefined;
  /** New connections; undefined: any number. */
  readonly rate: RateRule | undefined;
  addressOf(request: IncomingMessage): string;
  now(): number;
}

export interface AddressLimit {
  /** A request for a new connection. @returns how long to wait, in milliseconds, and why; undefined where it may go on */
  arrive(request: IncomingMessage): { readonly waitMs: number; readonly cause: Cause } | undefined;
  /** A connection has come about: it counts until it closes. */
  count(transport: Transport): void;
  /** @throws GameError `rate_limited` for a connection of an address that has too many */
  check(transport: object): void;
  /** Addresses with connections. */
  readonly size: number;
}

export function createAddressLimit({ max, rate, addressOf, now }: AddressLimitOptions): AddressLimit {
  const most = max ?? DEFAULT_MAX;
  const open = new Map<string, number>();
  const arrivals = new Map<string, SlidingWindow>();
  /** The address of each connection that counts, and whether it was one too many. */
  const counted = new WeakMap<object, { readonly network: string; readonly isOver: boolean }>();

  /** Undefined: it is not counted. */
  function networkOfRequest(request: IncomingMessage): string | undefined {
    const network = networkOf(addressOf(request));
    return network === undefined || (max === undefined && isLoopback(network)) ? undefined : network;
  }

  function windowOf(network: string, rule: RateRule): SlidingWindow {
    const window = arrivals.get(network) ?? new SlidingWindow(rule);
    arrivals.delete(network);
    arrivals.set(network, window);
    dropOldest(arrivals, MAX_REMEMBERED);
    return window;
  }

  return {
    arrive(request) {
      if (rate === undefined) return undefined;
      const network = networkOfRequest(request);
      if (network === undefined) return undefined;
      const window = windowOf(network, rate);
      const at = now();
      const waitMs = window.wait(at);
      if (waitMs === 0) {
        window.record(at);
        return undefined;
      }
      const text = `${network} has made ${rate.max} connections in ${rate.windowMs} ms${HINT}`;
      return { waitMs, cause: because("address", text) };
    },

    count(transport) {
      const network = most === 0 ? undefined : networkOfRequest(transport.request);
      if (network === undefined) return;
      const before = open.get(network) ?? 0;
      open.set(network, before + 1);
      counted.set(transport, { network, isOver: before >= most });
      transport.once("close", () => {
        const left = (open.get(network) ?? 1) - 1;
        if (left > 0) open.set(network, left);
        else open.delete(network);
      });
    },

    check(transport) {
      const found = counted.get(transport);
      if (!found?.isOver) return;
      throw new GameError("rate_limited", {
        message: `an address may have ${most} connections to a worker`,
        details: { retry_after_ms: RETRY_MS },
        cause: because("address", `${found.network} has its ${most} connections${HINT}`),
      });
    },

    get size() {
      return open.size;
    },
  };
}

const HINT = "; if it is a proxy, set TRUST_PROXY";
