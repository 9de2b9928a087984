/**
 * Compares the owners of entities with the users that are connected. That an owner's last connection has ended is published once; a worker
 * that misses it, or gets an entity just after it, would keep that entity for ever.
 */
import type { UserId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { PresenceScope } from "../../../core/ports/store/presence.ts";
import type { Entities } from "./entities.ts";

/** How often they are compared. An owner that is away twice is gone: after an outage workers first report their connections anew. */
const COMPARE_MS = 4_000;

export class Owners {
  readonly #services: Pick<Services, "store" | "log">;
  readonly #scope: PresenceScope;
  readonly #entities: Pick<Entities, "owners" | "ownerGone">;
  #away: ReadonlySet<UserId> = new Set();
  #comparing = false;
  #comparedAt = Number.NEGATIVE_INFINITY;

  constructor(
    services: Pick<Services, "store" | "log">,
    scope: PresenceScope,
    entities: Pick<Entities, "owners" | "ownerGone">,
  ) {
    this.#services = services;
    this.#scope = scope;
    this.#entities = entities;
  }

  /** Starts a comparison when it is time. */
  tick(): void {
    const now = this.#services.store.now();
    if (this.#comparing || now - this.#comparedAt < COMPARE_MS) return;
    this.#comparedAt = now;
    this.#comparing = true;
    this.#compare()
      .catch((err: unknown) => {
        this.#away = new Set();
        this.#services.log.debug({ err }, "owners of entities could not be compared; tried again");
      })
      .finally(() => {
        this.#comparing = false;
      });
  }

  async #compare(): Promise<void> {
    const owners = [...this.#entities.owners()];
    const records = owners.length === 0 ? [] : await this.#services.store.presence.get(this.#scope, owners);
    const away = new Set(owners.filter((_, at) => (records[at]?.connections ?? 0) === 0));
    for (const owner of away) if (this.#away.has(owner)) this.#entities.ownerGone(owner);
    this.#away = away;
  }
}
