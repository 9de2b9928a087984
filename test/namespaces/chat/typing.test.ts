import assert from "node:assert/strict";
import { TypingBoard } from "../../../namespaces/chat/delivery/typing.ts";

describe("chat: typing", () => {
  let now = 0;
  let emitted: [string, boolean][] = [];
  let board = new TypingBoard({ now: () => now }, 6_000);
  const typist = (key: string) => ({ key, emit: (typing: boolean) => void emitted.push([key, typing]) });

  beforeEach(() => {
    now = 0;
    emitted = [];
    board = new TypingBoard({ now: () => now }, 6_000);
  });
  afterEach(() => board.close());

  it("is sent once for many keys, and again after two seconds", () => {
    for (now = 0; now < 2_000; now += 100) board.begin(typist("a"));
    assert.deepEqual(emitted, [["a", true]]);
    board.begin(typist("a"));
    assert.equal(emitted.length, 2);
  });

  it("ends by itself six seconds after the last key", () => {
    board.begin(typist("a"));
    now = 3_000;
    board.begin(typist("a"));
    now = 8_999;
    board.sweep();
    assert.ok(emitted.every(([, typing]) => typing));
    now = 9_000;
    board.sweep();
    assert.deepEqual(emitted.at(-1), ["a", false]);
    assert.equal(board.size, 0);
  });

  it("ends once, and only where it began", () => {
    board.end("a");
    board.begin(typist("a"));
    board.end("a");
    board.end("a");
    assert.deepEqual(emitted, [
      ["a", true],
      ["a", false],
    ]);
  });

  it("ends everywhere with the connection, and not for others", () => {
    for (const key of ["s1 global", "s1 guild:x", "s2 global"]) board.begin(typist(key));
    board.endAll("s1 ");
    assert.deepEqual(
      emitted.filter(([, typing]) => !typing).map(([key]) => key),
      ["s1 global", "s1 guild:x"],
    );
    assert.equal(board.size, 1);
  });
});
