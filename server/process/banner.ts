/** The text that a start in development prints: addresses, and a token ready to paste. */
import type { Config } from "../config/config.ts";

export interface BannerFacts {
  readonly url: string;
  readonly config: Config;
  /** For a user of this name; undefined where this server signs no tokens. */
  readonly token: { readonly user: string; readonly value: string } | undefined;
  /** Of the dashboard, where they were made for development. */
  readonly dashboard: { readonly username: string; readonly password: string } | undefined;
}

export function banner({ url, config, token, dashboard }: BannerFacts): string {
  const ws = url.replace(/^http/, "ws");
  const store =
    config.store.redisUrl === undefined
      ? `embedded, in ${config.store.dataDir}`
      : "Redis (any number of workers)";
  const lines = [
    "",
    "  Muster is up (development: AUTH_MODE=dev, not for production)",
    "",
    `  Socket.IO    ${url}          namespaces /  /game  /chat  /combat  /world  /matchmaking`,
    ...(config.server.plainEndpoints ? [`  WebSocket    ${ws}/ws        and /ws/game, /ws/chat, …`] : []),
    ...(config.admin.enabled
      ? [
          `  dashboard    ${url}/admin${dashboard ? `          user ${dashboard.username}, password ${dashboard.password}` : ""}`,
        ]
      : []),
    `  health       ${url}/health    metrics ${url}/metrics`,
    `  store        ${store}`,
  ];
  if (config.auth.keys.kind === "dev")
    lines.push("  secret       made for development and kept; `npm run token -- --user NAME` signs with it");
  if (token) lines.push("", `  a token for ${token.user}, good for a day:`, "", `  ${token.value}`);
  lines.push("", "  next: open the address in two browser windows, or run `npm run demo`", "");
  return lines.join("\n");
}
