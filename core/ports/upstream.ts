import type { UserId } from "../ids.ts";

/** What is forwarded to the program behind this server (such as DashDice's API gateway), if there is one. */
export type UpstreamAction = "queue_join" | "queue_leave" | "preferences" | "game_action";

export interface UpstreamRequest {
  readonly action: UpstreamAction;
  readonly user: UserId;
  /** The command's fields as they go over the wire. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Names the command for good: the same id is the same command sent again. */
  readonly requestId: string;
}

/** The program whose answer decides whether a command takes effect. */
export interface Upstream {
  /**
   * @returns the fields of its answer; what they hold is not checked
   * @throws GameError with the code that its refusal means, or `unavailable` where it does not answer in time, fails, or has failed
   * so often lately that it is not asked
   */
  forward(request: UpstreamRequest): Promise<Readonly<Record<string, unknown>>>;
}
