/** The newest view of a game, for a player that waits for its turn: each view is acted upon once. */
import { LoadFailure } from "../failure.ts";
import type { ScenarioUser } from "../user.ts";

const WAIT_MS = 60_000;

export class Views<V> {
  #newest: V | undefined;
  #told = () => {};

  /** A newer view replaces one that nobody has taken. */
  tell(view: V): void {
    this.#newest = view;
    this.#told();
  }

  /**
   * The next view that is wanted. @returns undefined when the run has ended
   * @throws LoadFailure `no_event` where none came for a minute
   */
  async take(
    user: Pick<ScenarioUser, "running" | "pause">,
    isWanted: (view: V) => boolean,
  ): Promise<V | undefined> {
    const until = performance.now() + WAIT_MS;
    while (user.running) {
      const view = this.#newest;
      if (view !== undefined && isWanted(view)) {
        this.#newest = undefined;
        return view;
      }
      const left = until - performance.now();
      if (left <= 0) throw new LoadFailure("no_event", `no turn came within ${WAIT_MS} ms`);
      await new Promise<void>((resolve) => {
        this.#told = resolve;
        void user.pause(left).then(resolve);
      });
    }
    return undefined;
  }
}
