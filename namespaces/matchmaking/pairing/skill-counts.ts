/** How many players there are of each skill, kept sorted in blocks: a change or a count costs about the square root of all. */

/** A block larger than this is halved. */
const MAX_BLOCK = 512;

interface Block {
  /** Ascending. */
  readonly skills: number[];
  /** Beside `skills`. */
  readonly counts: number[];
  players: number;
}

export class SkillCounts {
  readonly #blocks: Block[] = [];
  #players = 0;

  get players(): number {
    return this.#players;
  }

  add(skill: number, players: number): void {
    const found = this.#blocks.findIndex((block) => skill <= (block.skills.at(-1) as number));
    const at = found < 0 ? Math.max(0, this.#blocks.length - 1) : found;
    const block = this.#blocks[at] ?? { skills: [], counts: [], players: 0 };
    this.#blocks[at] = block;
    const place = firstFrom(block.skills, skill);
    block.skills.splice(place, 0, skill);
    block.counts.splice(place, 0, players);
    block.players += players;
    this.#players += players;
    if (block.skills.length > MAX_BLOCK) this.#halve(at);
  }

  /** Takes away what was added. */
  remove(skill: number, players: number): void {
    for (const [at, block] of this.#blocks.entries()) {
      if (skill > (block.skills.at(-1) as number)) continue;
      let place = firstFrom(block.skills, skill);
      while (block.skills[place] === skill && block.counts[place] !== players) place += 1;
      if (block.skills[place] !== skill) {
        if (place < block.skills.length) return;
        continue;
      }
      block.skills.splice(place, 1);
      block.counts.splice(place, 1);
      block.players -= players;
      this.#players -= players;
      if (block.skills.length === 0) this.#blocks.splice(at, 1);
      return;
    }
  }

  /** How many players have a skill from `low` to `high`. */
  between(low: number, high: number): number {
    let sum = 0;
    for (const { skills, counts, players } of this.#blocks) {
      const first = skills[0] as number;
      const last = skills.at(-1) as number;
      if (last < low) continue;
      if (first > high) break;
      if (first >= low && last <= high) sum += players;
      else
        for (let at = firstFrom(skills, low); at < skills.length && (skills[at] as number) <= high; at++)
          sum += counts[at] as number;
    }
    return sum;
  }

  #halve(at: number): void {
    const block = this.#blocks[at];
    if (!block) return;
    const middle = block.skills.length >>> 1;
    const skills = block.skills.splice(middle);
    const counts = block.counts.splice(middle);
    const players = counts.reduce((sum, count) => sum + count, 0);
    block.players -= players;
    this.#blocks.splice(at + 1, 0, { skills, counts, players });
  }
}

function firstFrom(sorted: readonly number[], skill: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < skill) low = middle + 1;
    else high = middle;
  }
  return low;
}
