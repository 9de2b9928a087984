/** The checker's small sister: commands whose effects can be counted. Acknowledged means one effect and one answer. */
import { noCounts, type Verdict } from "./checker.ts";

export interface Effect {
  readonly id: string;
  /** Every acknowledgement that came for this command, as text: repeats must be told the same. */
  readonly answers: readonly string[];
  /** How often it was seen to have happened. */
  readonly effects: number;
  /** Refused for good every time. */
  readonly refused?: boolean;
}

export function checkEffects(all: readonly Effect[]): Verdict {
  const counts = noCounts();
  const examples: string[] = [];
  const note = (text: string) => {
    if (examples.length < 8) examples.push(text);
  };
  for (const { id, answers, effects, refused = false } of all) {
    if (effects > 1) {
      counts.duplicated++;
      note(`duplicated: ${id} had ${effects} effects`);
    } else if (new Set(answers).size > 1) {
      counts.falselyAcknowledged++;
      note(`falselyAcknowledged: ${id} was answered ${[...new Set(answers)].join(" and ")}`);
    } else if (refused && effects > 0) {
      counts.falselyAcknowledged++;
      note(`falselyAcknowledged: ${id} was refused, and happened`);
    } else if (answers.length > 0 && effects === 0) {
      counts.lost++;
      note(`lost: ${id} was acknowledged and did not happen`);
    } else if (answers.length > 0) counts.ok++;
    else if (refused) counts.refused++;
    else counts.unknown++;
  }
  return { counts, gapsTold: 0, examples };
}
