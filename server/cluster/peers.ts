/** Other workers at addresses of their own: asked directly when the store, over which workers speak otherwise, is away. */
import os from "node:os";
import { every } from "../../core/async.ts";
import { textWithin } from "../../core/bytes.ts";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Presence } from "../../core/ports/store/presence.ts";

/** How often the list of workers is read. What is known of it outlasts the store. */
const READ_MS = 10_000;
/** How often at first, and for how long: workers that start together learn of each other. */
const READ_SOON_MS = 1_500;
const AT_FIRST_MS = 30_000;
/** Addresses that are kept, and that are asked at a time. */
const MAX_KNOWN = 64;
const ASKED_AT_ONCE = 6;
const ANSWER_MS = 800;
/** What is at an address need not be a worker. */
const MAX_ANSWER_BYTES = 65_536;

export interface Peers {
  /** Whether some of the others, asked now, are ready for clients and have the store. Never rejects. */
  anyIsWell(): Promise<boolean>;
  close(): void;
}

export interface PeersOptions {
  readonly presence: Pick<Presence, "workers">;
  readonly worker: WorkerId;
  readonly log: Log;
}

/** The address of this machine that others most likely reach, where a server listens at all of them; undefined: there is none. */
export function outwardHost(host: string): string | undefined {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const all = Object.values(os.networkInterfaces()).flatMap((some) => some ?? []);
  const outward = all.filter(({ internal, scopeid }) => !internal && !scopeid);
  return (outward.find(({ family }) => family === "IPv4") ?? outward[0])?.address;
}

export function createPeers({ presence, worker, log }: PeersOptions): Peers {
  let known: readonly string[] = [];
  const startedAt = performance.now();
  let readAt = 0;

  async function read(): Promise<void> {
    const now = performance.now();
    if (now - startedAt > AT_FIRST_MS && now - readAt < READ_MS) return;
    readAt = now;
    const urls = (await presence.workers()).flatMap(({ worker: other, info: { peer_url: url } }) =>
      other !== worker && typeof url === "string" ? [url] : [],
    );
    known = someOf([...new Set(urls)], MAX_KNOWN);
  }
  const failed = (err: unknown) => log.debug({ err }, "the list of workers could not be read");
  const close = every(READ_SOON_MS, read, failed);

  /** @throws where it is not so */
  async function isWell(url: string): Promise<void> {
    const answer = await fetch(new URL("/ready", url), {
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: { connection: "close" },
    });
    const body: unknown = JSON.parse(await textWithin(answer.body, MAX_ANSWER_BYTES));
    // Workers of one host share a port: this one may have answered itself.
    const isOther = answer.headers.get("x-muster-worker") !== worker;
    const hasStore = typeof body === "object" && body !== null && "store" in body && body.store === true;
    if (answer.status !== 200 || !isOther || !hasStore) throw new Error(`${url} is no better off`);
  }

  return {
    anyIsWell: () =>
      Promise.any(someOf(known, ASKED_AT_ONCE).map(isWell)).then(
        () => true,
        () => false,
      ),
    close,
  };
}

/** So many of them, by chance. */
function someOf(urls: readonly string[], count: number): string[] {
  const left = [...urls];
  const chosen: string[] = [];
  while (chosen.length < count && left.length > 0)
    chosen.push(...left.splice(Math.floor(Math.random() * left.length), 1));
  return chosen;
}
