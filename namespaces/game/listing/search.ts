/**
 * Pages of the rooms that fit a filter, newest first. A search walks the shortest list that has them all: those of a label's value, those
 * of a range of numbers where they are few, else the rooms of the game. So rare rooms are found at once however many others there are.
 */
import { GameError } from "../../../core/contract/errors.ts";
import type { RoomId } from "../../../core/ids.ts";
import type { Spend } from "../../../core/ports/reading.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { keys } from "../rooms/stored.ts";
import type { RoomView } from "../schema.ts";
import { factsOf, fits, type LabelWish, type NumberRange, rangeOf, valuesOf } from "./filter.ts";
import type { RoomFilter } from "./schema.ts";
import { listKeys } from "./stored.ts";

/** Of the rooms in an answer, and of all that are looked at for it. */
const PAGE_BYTES = 128 * 1_024;
const SCANNED_BYTES = 1_024 * 1_024;
/** Reads of a list for one answer, and rooms of each where some may not fit. */
const MAX_READS = 40;
const READ_AT_ONCE = 50;
/** Rooms with a number in a range that are sorted by their age; where there are more, another list is walked. */
const MAX_IN_RANGE = 250;

/** Where a room stands in a list: its age, then its id. */
interface Place {
  readonly score: number;
  readonly member: string;
}

interface Found {
  readonly place: Place;
  /** Undefined: has left the lists meanwhile. */
  readonly room: RoomView | undefined;
}

interface Part {
  readonly found: readonly Found[];
  /** There is nothing behind it. */
  readonly isLast: boolean;
}

/** A list that has every room which fits. */
interface Candidate {
  readonly size: number;
  read(after: Place | undefined, limit: number, maxBytes: number): Promise<Part>;
}

export interface RoomsPage {
  rooms: RoomView[];
  cursor?: string;
}

export function createRoomSearch({ documents, indexes }: Pick<Store, "documents" | "indexes">) {
  async function viewsOf(places: readonly Place[]): Promise<Found[]> {
    const listed = await documents.loadMany(places.map(({ member }) => listKeys.listed(member as RoomId)));
    return places.map((place, at) => ({ place, room: listed[at]?.state.room }));
  }

  const ofGame = async (game: string | undefined, isNeeded: boolean): Promise<Candidate> => ({
    size: isNeeded ? await indexes.size(keys.lobby(game)) : 0,
    async read(after, limit, maxBytes) {
      const place = after && { after };
      const page = await indexes.page(keys.lobby(game), { limit, maxBytes, reverse: true, ...place });
      const found = page.members.map(({ member, score, value }) => ({
        place: { member, score },
        room: value,
      }));
      return { found, isLast: page.cursor === undefined };
    },
  });

  async function ofLabel(name: string, wish: LabelWish): Promise<Candidate> {
    const range = rangeOf(wish);
    if (range !== undefined) return inRange(name, range);
    const lists = [...new Set(valuesOf(wish))].map((value) => listKeys.byLabel(name, value));
    const sizes = await Promise.all(lists.map((list) => indexes.size(list)));
    return {
      size: sizes.reduce((sum, size) => sum + size, 0),
      async read(after, limit) {
        const place = after && { after };
        const pages = await Promise.all(
          lists.map((list) => indexes.page(list, { limit, reverse: true, ...place })),
        );
        // Each list gave its newest ones, so the newest of them all are those of the union.
        const places = pages.flatMap(({ members }) => members).toSorted(newestFirst);
        const isLast = places.length <= limit && pages.every(({ cursor }) => cursor === undefined);
        return { found: await viewsOf(places.slice(0, limit)), isLast };
      },
    };
  }

  async function inRange(name: string, { min, max }: NumberRange): Promise<Candidate> {
    const after = { score: Math.max(min, -Number.MAX_VALUE), member: "" };
    const page = await indexes.page(listKeys.byNumber(name), { limit: MAX_IN_RANGE + 1, after });
    const within = page.members.filter(({ score }) => score <= max);
    const isWhole = within.length < page.members.length || page.cursor === undefined;
    const places = within.map(({ member, value }) => ({ member, score: value })).toSorted(newestFirst);
    return {
      size: isWhole && places.length <= MAX_IN_RANGE ? places.length : Number.POSITIVE_INFINITY,
      async read(from, limit) {
        const left = from === undefined ? places : places.filter((place) => newestFirst(from, place) < 0);
        return { found: await viewsOf(left.slice(0, limit)), isLast: left.length <= limit };
      },
    };
  }

  async function shortest({ game, labels = {} }: RoomFilter): Promise<Candidate> {
    const wishes = Object.entries(labels);
    const candidates = await Promise.all([
      ofGame(game, wishes.length > 0),
      ...wishes.map(([name, wish]) => ofLabel(name, wish)),
    ]);
    return candidates.reduce((best, next) => (next.size < best.size ? next : best));
  }

  /**
   * Rooms that fit; fewer than `limit` with a cursor where many do not, or where they are large.
   * @throws GameError `invalid_payload` for a cursor that is none
   */
  return async function page(
    filter: RoomFilter,
    { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
    spend: Spend,
  ): Promise<RoomsPage> {
    let after = cursor === undefined ? undefined : placeOf(cursor);
    const { game: _, ...more } = filter;
    const isWhole = Object.values(more).every((wish) => wish === undefined);
    const { read } = await shortest(filter);
    const rooms: RoomView[] = [];
    let bytes = 0;
    let scanned = 0;
    for (let reads = 0; reads < MAX_READS && scanned < SCANNED_BYTES; reads++) {
      const wanted = limit - rooms.length;
      const { found, isLast } = await read(
        after,
        isWhole ? wanted : Math.max(wanted, READ_AT_ONCE),
        PAGE_BYTES - bytes,
      );
      const before = scanned;
      let seen = 0;
      for (const { place, room } of found) {
        const size = room === undefined ? 0 : Buffer.byteLength(JSON.stringify(room));
        const isFitting = room !== undefined && fits(filter, factsOf(room));
        if (isFitting && rooms.length > 0 && bytes + size > PAGE_BYTES) break;
        seen++;
        after = place;
        scanned += size;
        if (!isFitting) continue;
        rooms.push(room);
        bytes += size;
        if (rooms.length === limit) break;
      }
      await spend(scanned - before);
      if (isLast && seen === found.length) return { rooms };
      if (rooms.length === limit || seen < found.length || bytes >= PAGE_BYTES) break;
    }
    return after === undefined ? { rooms } : { rooms, cursor: `${after.score}:${after.member}` };
  };
}

const newestFirst = (one: Place, other: Place): number =>
  other.score - one.score || (one.member === other.member ? 0 : one.member < other.member ? 1 : -1);

/** @throws GameError `invalid_payload` for a text that is no cursor */
function placeOf(cursor: string): Place {
  const colon = cursor.indexOf(":");
  const score = Number(cursor.slice(0, colon));
  if (colon < 1 || !Number.isFinite(score))
    throw new GameError("invalid_payload", { message: "cursor: not one of a page before" });
  return { score, member: cursor.slice(colon + 1) };
}
