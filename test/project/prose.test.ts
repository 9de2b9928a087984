import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

/** The longest sentence that a page may have, in words. */
const MOST_WORDS = 25;
const MOST_WORDS_OF_CHANGELOG = 20;

/** Pages of people's own words; the reference is made from the code. */
const PAGES = [
  "README.md",
  "deploy/README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.startsWith("reference"))
    .map((name) => path.join("docs", name)),
  "client/README.md",
  "clients/README.md",
  ...readdirSync(path.join(root, "namespaces")).map((name) => path.join("namespaces", name, "README.md")),
];

interface Sentence {
  readonly text: string;
  readonly heading: boolean;
}

/** Headings, paragraphs and list items, each in one line. Code blocks, tables and comments are left out. */
function blocksOf(markdown: string): Sentence[] {
  const blocks: { text: string; heading: boolean }[] = [];
  let open = false;
  let fence: string | undefined;
  for (const line of markdown.replace(/<!--[\s\S]*?-->/g, "").split("\n")) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined || mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark?.startsWith(fence)) fence = undefined;
      open = false;
      continue;
    }
    const heading = /^#{1,6}\s/.test(line);
    const starts = /^\s*([-*+]|\d+[.)])\s+/.exec(line)?.[0];
    // Four spaces begin a code block only where no paragraph or list item is open.
    const skipped = /^\s*(\||$)/.test(line) || (!open && starts === undefined && /^ {4}/.test(line));
    if (skipped) open = false;
    else if (open && !heading && starts === undefined) {
      const last = blocks.at(-1);
      if (last) last.text += ` ${line.trim()}`;
    } else {
      blocks.push({ text: line.slice(starts?.length ?? 0).replace(/^#+\s+/, ""), heading });
      open = !heading;
    }
  }
  return blocks;
}

/** A code span counts as one word, a link by its text. */
const plain = (text: string) =>
  text
    .replace(/(`+)(?!`).+?(?<!`)\1(?!`)/g, "Code")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<https?:[^>]*>/g, "Address")
    .replace(/\*\*|__/g, "");

const ABBREVIATION = /(?:^|[\s("'])(?:e\.g|i\.e|etc|vs|cf|ca|approx|[A-Z])\.$/;

/** A sentence ends with . ! or ? before a space and what can begin the next one; a block ends the last. */
function sentencesOf(markdown: string): Sentence[] {
  return blocksOf(markdown).flatMap(({ text, heading }) => {
    const sentences: string[] = [];
    let start = 0;
    const line = plain(text);
    for (const end of line.matchAll(/[.!?]+["'”’)\]]*(?=\s+["'“‘([]*[\p{Lu}\d])/gu)) {
      const upTo = end.index + end[0].length;
      if (ABBREVIATION.test(line.slice(0, end.index + 1))) continue;
      sentences.push(line.slice(start, upTo).trim());
      start = upTo;
    }
    sentences.push(line.slice(start).trim());
    return sentences.filter((sentence) => sentence !== "").map((sentence) => ({ text: sentence, heading }));
  });
}

const wordsOf = (sentence: string) =>
  sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

function tooLong(markdown: string, most: number): string[] {
  return sentencesOf(markdown)
    .map(({ text }) => ({ text, words: wordsOf(text) }))
    .filter(({ words }) => words > most)
    .map(({ text, words }) => `${words} words: ${text}`);
}

/** "Who asks twice …" instead of "A client that asks twice …". Questions and headings may begin so. */
function freeSubjects(markdown: string): string[] {
  return sentencesOf(markdown)
    .filter(({ text, heading }) => !heading && /^(Who|Whoever|What)\b/.test(text) && !text.endsWith("?"))
    .map(({ text }) => text);
}

/** Pages and names that a reader of this project cannot open. */
const ELSEWHERE = /\b(?:PROTOCOL|DESIGN|FAULTS|HOUSE|REALTIME)\b|\bS[0-4]\b|\.\.\/shared\b|\/work\//;

/** Folders that are no part of the project: what is installed, built, or kept by a server. */
const FOREIGN = /^(\.git|node_modules|dist|dist\.[^/]*|data|coverage|\.tmp)(\/|$)/;

/** The project's files: those in git, or all that are there where the project was unpacked without it. */
function projectFiles(): string[] {
  if (existsSync(path.join(root, ".git")))
    return execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).split("\n").filter(Boolean);
  return readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (name) => !FOREIGN.test(name) && statSync(path.join(root, name)).isFile(),
  );
}

function projectTexts(): string[] {
  const own = path.relative(root, import.meta.filename);
  const isText = (name: string) => !/package-lock|\.(png|svg|jpg|gif|ico|woff2?|log|gz)$/.test(name);
  return projectFiles().filter((name) => name !== own && isText(name));
}

describe("prose", () => {
  describe("the splitter", () => {
    const texts = (markdown: string) => sentencesOf(markdown).map(({ text }) => text);

    it("ends a sentence where the next begins, also with code, a quote or a number", () => {
      assert.deepEqual(texts('One. `two` is code. "Three." (Four.) 5 is a number! Six?'), [
        "One.",
        "Code is code.",
        '"Three."',
        "(Four.)",
        "5 is a number!",
        "Six?",
      ]);
    });

    it("goes on over abbreviations, versions, file names and dots before a small letter", () => {
      assert.deepEqual(texts("Use e.g. Redis 7.0.15, see errors.ts, i.e. A. Smith's. and so on"), [
        "Use e.g. Redis 7.0.15, see errors.ts, i.e. A. Smith's. and so on",
      ]);
    });

    it("joins lines of a paragraph; list items, headings and empty lines end", () => {
      assert.deepEqual(texts("# Head\none\ntwo:\n- three\n  four\n1. five\n\nsix"), [
        "Head",
        "one two:",
        "three four",
        "five",
        "six",
      ]);
    });

    it("leaves out code blocks, tables and comments", () => {
      assert.deepEqual(
        texts(
          "<!-- a -->\n```sh\nb\n```\n| c | d |\n|---|---|\n\n    indented code\n\nText\n    that goes on",
        ),
        ["Text that goes on"],
      );
    });

    it("counts a code span as one word, a link by its text, dashes not at all", () => {
      assert.equal(
        wordsOf(texts("Ask `room:state {room_id, since}` – see [the page](a/b c.md).")[0] ?? ""),
        5,
      );
    });

    it("finds what is too long and what has no subject", () => {
      assert.equal(tooLong("one two three. Four five.", 2).length, 1);
      assert.deepEqual(freeSubjects("# What it does\nWho asks waits. Who asks? The user who asks."), [
        "Who asks waits.",
      ]);
    });
  });

  for (const page of PAGES) {
    it(`${page} has short sentences, each with a subject`, () => {
      const most = page === "CHANGELOG.md" ? MOST_WORDS_OF_CHANGELOG : MOST_WORDS;
      assert.deepEqual([...tooLong(read(page), most), ...freeSubjects(read(page))], []);
    });
  }

  it("the glossary's definitions begin with a subject", () => {
    const definitions = read("docs/glossary.md")
      .split("\n")
      .flatMap((line) => /^\|[^|]*\|\s*(.*?)\s*\|$/.exec(line)?.slice(1) ?? []);
    assert.ok(definitions.length > 50);
    assert.deepEqual(definitions.flatMap(freeSubjects), []);
  });

  it("names nothing that a reader cannot open", () => {
    const files = projectTexts();
    assert.ok(files.length > 500, `only ${files.length} files were found`);
    const found = files.flatMap((file) =>
      read(file)
        .split("\n")
        .flatMap((line, at) => (ELSEWHERE.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
    );
    assert.deepEqual(found, []);
  });
});
