/** The namespaces of this server, made with their services and options. */
import type { Contract } from "../core/contract.ts";
import type { NamespaceModule } from "../core/namespace.ts";
import type { PresenceScope } from "../core/ports/presence.ts";
import type { Services } from "../core/ports/services.ts";
import { createRooms, roomsScope } from "../namespaces/rooms/index.ts";
import type { Config } from "./config/config.ts";
import { type AttachDeps, attachNamespace } from "./socketio/attach.ts";

/** What an application around this server adds. */
export type ModuleOptions = Record<never, never>;

interface Entry {
  readonly module: Pick<NamespaceModule<Contract>, "presence" | "scopes" | "close"> & { readonly contract: Contract };
  attach(deps: AttachDeps): void;
}

export interface Modules {
  readonly list: readonly Entry[];
  /** The scope that counts the rooms of `/`. */
  readonly roomsScope: PresenceScope;
  close(): Promise<void>;
}

const entryOf = <C extends Contract>(module: NamespaceModule<C>): Entry => ({
  module,
  attach: (deps) => attachNamespace(deps, module),
});

export function createModules(services: Services, _config: Config, _options: ModuleOptions): Modules {
  const list = [entryOf(createRooms(services))];
  return {
    list,
    roomsScope,
    async close() {
      for (const { module } of list) await module.close?.();
    },
  };
}
