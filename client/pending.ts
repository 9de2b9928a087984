/**
 * What the application waits for. What it does not wait for must not end its process when it closes the client: a rejection that
 * nobody handles does that in Node.
 */
export class Pending {
  readonly #all = new Set<{ promise: Promise<unknown> | undefined }>();

  run<T>(work: () => Promise<T>): Promise<T> {
    const running: { promise: Promise<unknown> | undefined } = { promise: undefined };
    this.#all.add(running);
    const promise = (async () => {
      try {
        return await work();
      } finally {
        this.#all.delete(running);
      }
    })();
    running.promise = promise;
    return promise;
  }

  /** From now on what fails may fail unseen; who waits is told all the same. */
  close(): void {
    for (const { promise } of this.#all) promise?.catch(() => undefined);
  }
}
