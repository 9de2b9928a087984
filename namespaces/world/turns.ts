/** What connections wait for that are on their way into a zone: they do nothing else before they are there. */
import type { ConnectionId } from "../../core/ids.ts";

export class ZoneTurns {
  readonly #last = new Map<ConnectionId, Promise<unknown>>();

  get size(): number {
    return this.#last.size;
  }

  has(connection: ConnectionId): boolean {
    return this.#last.has(connection);
  }

  /** Acts after all that the connection has waited for before, whatever came of that. */
  take<R>(connection: ConnectionId, act: () => Promise<R>): Promise<R> {
    const turn = (this.#last.get(connection) ?? Promise.resolve()).then(act, act);
    this.#last.set(connection, turn);
    const end = () => {
      if (this.#last.get(connection) === turn) this.#last.delete(connection);
    };
    turn.then(end, end);
    return turn;
  }
}
