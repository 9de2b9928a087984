/** The name that was probably meant. */

/** @returns what to put behind a name that is not known; empty where none is like it */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = closest(name, known, Math.max(2, Math.floor(name.length / 4)));
  const last = name.split(".").at(-1);
  const elsewhere = known.find((path) => path.includes(".") && path.split(".").at(-1) === last);
  const meant = near ?? elsewhere;
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

/** The nearest name within so many letters; undefined where there is none. */
export function closest(name: string, known: readonly string[], within: number): string | undefined {
  let best: string | undefined;
  let bestDistance = within + 1;
  for (const candidate of known) {
    const distance = editDistance(name, candidate, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Letters to insert, delete or replace (Levenshtein); `limit` where it is that many or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + same,
        ),
      );
    }
    previous = current;
  }
  return previous.at(-1) ?? limit;
}
