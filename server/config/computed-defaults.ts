/** Defaults that depend on other settings. */
import type { ComputedPath, ValueOf } from "./tree.ts";

export interface DefaultsContext {
  readonly production: boolean;
  /** Whether a key for tokens is configured, fit or not. */
  readonly hasKeys: boolean;
  readonly authMode: "dev" | "jwt";
  /** Whether the dashboard has a user and a password. */
  readonly hasAdminLogin: boolean;
  /** What the dashboard shows, where that is configured. */
  readonly adminMode: "development" | "production" | undefined;
}

export const COMPUTED: { readonly [P in ComputedPath]: (circumstances: DefaultsContext) => ValueOf<P> } = {
  "websocket.host": ({ authMode }) => (authMode === "dev" ? "127.0.0.1" : "0.0.0.0"),
  "auth.mode": ({ production, hasKeys }) => (production || hasKeys ? "jwt" : "dev"),
  "server.demo_page": ({ production }) => !production,
  "server.playground": ({ production }) => !production,
  "admin.enabled": ({ production, hasAdminLogin }) => hasAdminLogin || !production,
  "admin.mode": ({ production }) => (production ? "production" : "development"),
  "admin.read_only": ({ production, adminMode }) =>
    (adminMode ?? (production ? "production" : "development")) !== "development",
  "log.format": ({ production }) => (production ? "ecs" : "pretty"),
  "rooms.open_broadcast": ({ production }) => !production,
};
