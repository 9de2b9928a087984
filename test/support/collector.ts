/** Collects what a listener hears; `reaches(n)` resolves with the first n, or fails after five seconds. */
export function collector<T>() {
  const heard: T[] = [];
  let check = () => {};
  return {
    heard,
    hear(value: T) {
      heard.push(value);
      check();
    },
    reaches(count: number): Promise<T[]> {
      return new Promise((resolve, reject) => {
        const timeout = setTimeout(
          () => reject(new Error(`heard ${heard.length} of ${count} within 5 s`)),
          5_000,
        );
        check = () => {
          if (heard.length < count) return;
          clearTimeout(timeout);
          resolve(heard.slice(0, count));
        };
        check();
      });
    },
  };
}
