/** What is forwarded where: method and path of each action (docs/upstream.md). Pure. */
import type { UpstreamAction, UpstreamRequest } from "../../core/ports/upstream.ts";

export interface UpstreamRoute {
  readonly method: "POST" | "PUT";
  readonly path: string;
  /** Whether doing it twice is the same as doing it once, so that it may be sent again though it might have arrived. */
  readonly repeatable: boolean;
}

const ROUTES: Readonly<Record<UpstreamAction, UpstreamRoute>> = {
  queue_join: { method: "POST", path: "/matchmaking/queue/join", repeatable: false },
  queue_leave: { method: "POST", path: "/matchmaking/queue/leave", repeatable: true },
  preferences: { method: "PUT", path: "/matchmaking/preferences", repeatable: true },
  game_action: { method: "POST", path: "/game/actions", repeatable: false },
};

export const routeOf = ({ action }: UpstreamRequest): UpstreamRoute => ROUTES[action];
