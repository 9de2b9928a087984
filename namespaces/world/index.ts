/** `/world`: movement in zones, seen by users that are near, on any worker. */
import type { NamespaceModule } from "../../core/contract/namespace.ts";
import { asId, type UserId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import { deadlineKind } from "../../core/ports/store/deadlines.ts";
import { presenceScope } from "../../core/ports/store/keys.ts";
import type { PresenceEdge, PresenceScope } from "../../core/ports/store/presence.ts";
import { entityScope } from "./entities/quota.ts";
import { worldHandlers } from "./handlers.ts";
import type { WorldInspection } from "./inspect.ts";
import type { WorldOptions } from "./options.ts";
import { type WorldContract, worldContract } from "./schema.ts";
import { World } from "./service.ts";

export { entityScope } from "./entities/quota.ts";
export type { WorldOptions } from "./options.ts";
export { worldContract } from "./schema.ts";

const userOffline = deadlineKind<PresenceEdge>("world:offline");

/** Without a grace period: the entities of a user go with the last connection. */
const worldScope: PresenceScope = {
  name: presenceScope("/world"),
  online: [],
  offline: [{ kind: userOffline, afterMs: 0 }],
};

export interface WorldModule extends NamespaceModule<WorldContract> {
  /** Ticks now, for tests; else a tick comes every `tickMs` while anybody is in a zone. */
  tick(): void;
  /** What the operators' console shows. */
  readonly inspection: WorldInspection;
  close(): Promise<void>;
}

/** @throws RangeError for an option out of range */
export function createWorld(services: Services, options: WorldOptions = {}): WorldModule {
  const world = new World(services, worldScope, options);
  const { presence } = services.store;

  services.timers.on(userOffline, async ({ payload }) => {
    const [record] = await presence.get(worldScope, [payload.subject]);
    if (!record || record.connections > 0) return;
    await world.userGone(asId<UserId>(payload.subject));
    await presence.leave(worldScope, payload.subject);
  });

  return {
    contract: worldContract,
    handlers: worldHandlers(world),
    presence: worldScope,
    scopes: [entityScope],
    async disconnected(session) {
      await world.visits.leave(session);
    },
    held: () => world.held(),
    tick: () => world.tick(),
    inspection: world.inspection,
    close: () => world.close(),
  };
}
