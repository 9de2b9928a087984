/**
 * One reading for all who ask at the same time, however many they are. Who asks while one is under way gets the next: what they have seen
 * happen before they asked is in it.
 */
export function coalesce<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  function start(): Promise<T> {
    const mine = read().finally(() => {
      if (running === mine) running = undefined;
    });
    running = mine;
    return mine;
  }

  function queued(before: Promise<T>): Promise<T> {
    const begin = () => {
      next = undefined;
      return start();
    };
    return before.then(begin, begin);
  }

  return () => {
    if (running === undefined) return start();
    next ??= queued(running);
    return next;
  };
}
