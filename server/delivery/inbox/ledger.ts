/**
 * What waits in one inbox, and what gives way when there is too much: pure. The server's own entries and those of players are
 * bounded apart, and each player has a share: no player pushes out what the server or another player has sent.
 */
import type { DeliveryId, UserId } from "../../../core/ids.ts";

/** One entry that waits. With `about`, a newer entry about the same takes its place. */
type Held = readonly [id: DeliveryId, bytes: number, about?: string];

/** Oldest first; `from` is null for the server's own. */
interface Share {
  readonly from: UserId | null;
  readonly held: readonly Held[];
}

export interface Ledger {
  /** Until when the user counts as one with a device that acknowledges, in the store's time; 0: as one without. */
  readonly deviceUntil: number;
  readonly shares: readonly Share[];
}

interface Bound {
  readonly entries: number;
  readonly bytes: number;
}

export interface InboxBounds {
  readonly server: Bound;
  /** Of one player. */
  readonly sender: Bound;
  /** Of all players together. */
  readonly players: Bound;
}

/** The bytes are far more than as many invitations and messages take; what the HTTP API sends may be larger. */
export const boundsOf = (entries: number, perSender: number): InboxBounds => ({
  server: { entries, bytes: 4 * 2 ** 20 },
  sender: { entries: perSender, bytes: 256 * 2 ** 10 },
  players: { entries, bytes: 2 * 2 ** 20 },
});

export const emptyLedger: Ledger = { deviceUntil: 0, shares: [] };

export interface InboxArrival {
  readonly id: DeliveryId;
  readonly bytes: number;
  readonly from: UserId | null;
  readonly about?: string | undefined;
}

export interface Added {
  readonly ledger: Ledger;
  /** Entries about the same that it takes the place of. */
  readonly replaced: readonly DeliveryId[];
  /** Entries that gave way to it. The entry itself can be one of them: where every other sender has less. */
  readonly dropped: readonly DeliveryId[];
}

/** A share or the players' part while entries are taken out of it. */
interface Part {
  readonly from: UserId | null;
  readonly held: Held[];
  bytes: number;
}

const partOf = ({ from, held }: Share): Part => ({ from, held: [...held], bytes: bytesOf(held) });
const bytesOf = (held: readonly Held[]): number => held.reduce((sum, [, bytes]) => sum + bytes, 0);
const isOver = (count: number, bytes: number, bound: Bound) => count > bound.entries || bytes > bound.bytes;

export function add(ledger: Ledger, arrival: InboxArrival, bounds: InboxBounds): Added {
  const { id, bytes, from, about } = arrival;
  const replaced = about === undefined ? [] : entriesOf(ledger).filter((held) => held[2] === about);
  const before = without(ledger, new Set(replaced.map(([old]) => old)));
  const parts = before.shares.map(partOf);
  const own = parts.find((part) => part.from === from) ?? { from, held: [], bytes: 0 };
  if (!parts.includes(own)) parts.push(own);
  own.held.push(about === undefined ? [id, bytes] : [id, bytes, about]);
  own.bytes += bytes;
  const dropped: DeliveryId[] = [];
  const dropOldest = (part: Part): void => {
    const [oldest] = part.held.splice(0, 1);
    if (!oldest) return;
    part.bytes -= oldest[1];
    dropped.push(oldest[0]);
  };
  const bound = from === null ? bounds.server : bounds.sender;
  // The newest stays, however large it is alone.
  while (own.held.length > 1 && isOver(own.held.length, own.bytes, bound)) dropOldest(own);
  if (from !== null) makeRoom(parts, own, bounds.players, dropOldest);
  return {
    ledger: { ...before, shares: sharesOf(parts) },
    replaced: replaced.map(([old]) => old),
    dropped,
  };
}

/** One after the other; what gives way can be one of them. */
export function addAll(ledger: Ledger, arrivals: readonly InboxArrival[], bounds: InboxBounds): Added {
  let after = ledger;
  const replaced: DeliveryId[] = [];
  const dropped: DeliveryId[] = [];
  for (const arrival of arrivals) {
    const added = add(after, arrival, bounds);
    after = added.ledger;
    replaced.push(...added.replaced);
    dropped.push(...added.dropped);
  }
  return { ledger: after, replaced, dropped };
}

/** Whoever has most gives up its oldest: the newcomer's, where it has as much as any. */
function makeRoom(parts: readonly Part[], own: Part, bound: Bound, dropOldest: (part: Part) => void): void {
  const players = parts.filter(({ from }) => from !== null);
  const count = () => players.reduce((sum, { held }) => sum + held.length, 0);
  const bytes = () => players.reduce((sum, part) => sum + part.bytes, 0);
  const largest = (size: (part: Part) => number) =>
    players.reduce((most, part) => (size(part) > size(most) ? part : most), own);
  while (count() > bound.entries) dropOldest(largest(({ held }) => held.length));
  while (bytes() > bound.bytes) dropOldest(largest((part) => part.bytes));
}

const sharesOf = (parts: readonly Part[]): Share[] =>
  parts.filter(({ held }) => held.length > 0).map(({ from, held }) => ({ from, held }));

/** The ledger without these entries; the same one where it has none of them. */
export function without(ledger: Ledger, ids: ReadonlySet<DeliveryId>): Ledger {
  if (!entriesOf(ledger).some(([id]) => ids.has(id))) return ledger;
  const shares = ledger.shares.map(({ from, held }) => ({ from, held: held.filter(([id]) => !ids.has(id)) }));
  return { ...ledger, shares: shares.filter(({ held }) => held.length > 0) };
}

const entriesOf = ({ shares }: Ledger): Held[] => shares.flatMap(({ held }) => [...held]);
