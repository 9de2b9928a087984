/** What even operators are not shown: who writes to whom in private, and what lets others in. */
import type { WaitingDeadline } from "../../core/ports/store/deadlines.ts";
import type { Inspection } from "../modules.ts";

const PRIVATE = "channel:private";

/** Its name says who talks to whom. */
export const isOfPrivateChannel = (partition: string): boolean => partition.startsWith(`${PRIVATE}:`);

/** Where a deadline is kept and what it is called, without what is nobody's to see. */
export function shownDeadline(
  { partition, kind, id }: Pick<WaitingDeadline, "partition" | "kind" | "id">,
  { game }: Pick<Inspection, "game">,
): { readonly partition: string; readonly kind: string; readonly id: string } {
  return {
    partition: isOfPrivateChannel(partition) ? PRIVATE : partition,
    kind,
    id: game.hasSecretId(kind) ? "hidden" : id,
  };
}
