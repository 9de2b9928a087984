/** What the changes of one frame take as columns in JSON, and as the same columns in protobuf: bytes, and time to write and to read. */
import protobuf from "protobufjs/minimal.js";
import { type ColumnsBlock, type ColumnsDelta, columnsDelta } from "../../core/realtime/columns.ts";
import { diffViews, type RealtimeView } from "../../core/realtime/delta.ts";
import type { RealtimeGame } from "../../core/realtime/game.ts";
import { benchGames } from "./games.ts";

const FRAMES = 6_000;
const WARM_UP = 2_000;

export interface FormCost {
  readonly form: "columns in JSON" | "columns in protobuf";
  /** Of one frame's changes, on average. */
  readonly bytes: number;
  /** Of all that goes over a Socket.IO connection for the frame. */
  readonly wholeBytes: number;
  readonly writeMicros: number;
  readonly readMicros: number;
}

// Written as protobufjs's static code would: fields 1 to 3 of a block are its mask, its slots and its columns.
// message Frame { repeated Collection set = 1; }  message Collection { string name = 1; repeated Block blocks = 2; }
// message Block { uint32 mask = 1; repeated sint32 slots = 2; repeated Column columns = 3; }  message Column { repeated sint64 values = 1; }
const BYTES = 2;
const tag = (field: number) => (field << 3) | BYTES;

function writeNumbers(writer: protobuf.Writer, field: number, values: readonly (number | string)[]): void {
  writer.uint32(tag(field)).fork();
  for (const value of values) writer.sint32(Number(value));
  writer.ldelim();
}

function writeProtobuf({ set = {} }: ColumnsDelta): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const name of Object.keys(set)) {
    writer.uint32(tag(1)).fork().uint32(tag(1)).string(name);
    for (const [mask, slots, ...columns] of set[name] ?? []) {
      writer.uint32(tag(2)).fork().uint32(8).uint32(mask);
      writeNumbers(writer, 2, slots);
      for (const column of columns) {
        writer.uint32(tag(3)).fork();
        writeNumbers(writer, 1, column);
        writer.ldelim();
      }
      writer.ldelim();
    }
    writer.ldelim();
  }
  return writer.finish();
}

function readNumbers(reader: protobuf.Reader): number[] {
  const end = reader.uint32() + reader.pos;
  const values: number[] = [];
  while (reader.pos < end) values.push(reader.sint32());
  return values;
}

function readBlock(reader: protobuf.Reader): ColumnsBlock {
  const end = reader.uint32() + reader.pos;
  let mask = 0;
  let slots: number[] = [];
  const columns: number[][] = [];
  while (reader.pos < end) {
    const field = reader.uint32() >>> 3;
    if (field === 1) mask = reader.uint32();
    else if (field === 2) slots = readNumbers(reader);
    else {
      reader.uint32();
      reader.uint32();
      columns.push(readNumbers(reader));
    }
  }
  return [mask, slots, ...columns];
}

function readProtobuf(bytes: Uint8Array): ColumnsDelta {
  const reader = protobuf.Reader.create(bytes);
  const set: Record<string, ColumnsBlock[]> = {};
  while (reader.pos < reader.len) {
    reader.uint32();
    const end = reader.uint32() + reader.pos;
    reader.uint32();
    const blocks: ColumnsBlock[] = [];
    set[reader.string()] = blocks;
    while (reader.pos < end) {
      reader.uint32();
      blocks.push(readBlock(reader));
    }
  }
  return { set };
}

/** All ships turn and drive: each frame has a column of small differences for x, and one for y. */
function viewAt(tick: number, entities: number): RealtimeView {
  const ships = new Map(
    Array.from({ length: entities }, (_, slot) => {
      const at = (factor: number) => Math.round(30_000 + 3_000 * Math.sin(tick / 50 + slot * factor));
      return [`s${slot}`, { id: `s${slot}`, slot, packed: [`u${slot}`, at(1), at(2)] }] as const;
    }),
  );
  return new Map([["ships", ships]]);
}

function timed<T>(work: (at: number) => T): { readonly micros: number; readonly results: readonly T[] } {
  const results: T[] = [];
  let startedAt = 0;
  for (let at = 0; at < WARM_UP + FRAMES; at++) {
    if (at === WARM_UP) startedAt = performance.now();
    results.push(work(at));
  }
  return { micros: ((performance.now() - startedAt) / FRAMES) * 1_000, results };
}

const WS_HEADER = 4;
const ROOM = "r_0123456789abcdefghijk";
/** What stands around the changes. */
const JSON_HEAD = `42/game,["game_frame",{"timestamp":"2026-01-01T00:00:00.000Z","room_id":"${ROOM}","epoch":1,"tick":12345,"base":12344,"ack":12340,"lead":1}]`;
/** A binary event is two messages: this text, and the bytes. */
const PLACEHOLDER = `451-/game,["game_frame",{"_placeholder":true,"num":0}]`;

/** The same fields: the time as a number, the room as text, six numbers. */
function protobufHead(): Uint8Array {
  const writer = protobuf.Writer.create().uint32(tag(1)).string(ROOM).uint32(16).uint64(1_767_225_600_000);
  for (const [at, number] of [1, 12_345, 12_344, 12_340, 1].entries())
    writer.uint32((at + 3) << 3).uint32(number);
  return writer.finish();
}

/** @throws Error where the two forms do not say the same */
export function measureForms(entities: number): readonly FormCost[] {
  const { state } = benchGames.find(({ name }) => name === "bench-crowd") as RealtimeGame;
  const deltas = Array.from({ length: WARM_UP + FRAMES }, (_, at) =>
    columnsDelta(diffViews(state, viewAt(at, entities), viewAt(at + 1, entities))),
  );
  const of = (at: number) => deltas[at] ?? {};
  const json = timed((at) => JSON.stringify(of(at)));
  const packed = timed((at) => writeProtobuf(of(at)));
  const jsonRead = timed((at) => JSON.parse(json.results[at] ?? "") as ColumnsDelta);
  const packedRead = timed((at) => readProtobuf(packed.results[at] ?? new Uint8Array()));
  for (const at of [0, WARM_UP, FRAMES])
    if (JSON.stringify(packedRead.results[at]) !== JSON.stringify(jsonRead.results[at]))
      throw new Error("protobuf gives other columns than JSON");
  const average = (all: readonly { readonly length: number }[]) =>
    all.reduce((sum, { length }) => sum + length, 0) / all.length;
  const [jsonBytes, packedBytes] = [average(json.results), average(packed.results)];
  return [
    {
      ...{ form: "columns in JSON", bytes: jsonBytes, wholeBytes: WS_HEADER + jsonBytes + JSON_HEAD.length },
      ...{ writeMicros: json.micros, readMicros: jsonRead.micros },
    },
    {
      ...{ form: "columns in protobuf", bytes: packedBytes },
      wholeBytes: 2 * WS_HEADER + PLACEHOLDER.length + packedBytes + protobufHead().length,
      ...{ writeMicros: packed.micros, readMicros: packedRead.micros },
    },
  ];
}
