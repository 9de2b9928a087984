import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { CLOSE_CODES, ERRORS } from "../../core/contract/errors.ts";
import { contracts } from "../../server/contracts.ts";
import { referenceDocuments } from "./reference.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

function markdownFiles(): string[] {
  const inDocs = readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.join("docs", name));
  return ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ...inDocs];
}

describe("documents", () => {
  for (const [file, text] of referenceDocuments())
    it(`${file} says what the code does`, () => {
      assert.equal(read(file), text, "run `npm run docs`");
    });

  it("links within the project lead to files", () => {
    const broken = markdownFiles().flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
        .map((match) => match[1] ?? "")
        .filter((target) => !existsSync(path.join(root, path.dirname(file), target)))
        .map((target) => `${file}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it("the README links every page, and the decisions' list every decision", () => {
    const linked = (file: string) =>
      [...read(file).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) =>
        path.join(path.dirname(file), match[1] ?? ""),
      );
    const known = new Set([...linked("README.md"), ...linked("docs/decisions/README.md")]);
    assert.deepEqual(
      markdownFiles().filter((file) => file !== "README.md" && !known.has(file)),
      [],
    );
  });

  it("files of the source that they name are there", () => {
    const named = /`((?:core|games|middleware|namespaces|server|client)\/[\w./-]+\.ts)`/g;
    const missing = markdownFiles().flatMap((file) =>
      [...read(file).matchAll(named)]
        .map((match) => match[1] ?? "")
        .filter((name) => !existsSync(path.join(root, name)))
        .map((name) => `${file}: ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  it("npm scripts that they name are there", () => {
    const scripts = new Set(Object.keys((JSON.parse(read("package.json")) as { scripts: object }).scripts));
    const missing = markdownFiles().flatMap((file) =>
      [...read(file).matchAll(/npm run ([\w:-]+)/g)]
        .map((match) => match[1] ?? "")
        .filter((name) => !scripts.has(name))
        .map((name) => `${file}: npm run ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  it("troubleshooting has each error code and close code, and the HTTP page each route", () => {
    const rows = [...read("docs/troubleshooting.md").matchAll(/^\| ([^|]*) \|/gm)].map(
      ([, cell]) => cell ?? "",
    );
    const named = (name: string) => rows.some((cell) => cell.replaceAll("`", "").split(", ").includes(name));
    const names = [...Object.keys(ERRORS), ...Object.values(CLOSE_CODES).map(String)];
    assert.deepEqual(
      names.filter((name) => !named(name)),
      [],
    );
    const { paths } = JSON.parse(read("docs/reference/openapi.json")) as { paths: Record<string, object> };
    const page = read("docs/http-api.md");
    const routes = Object.entries(paths).flatMap(([route, methods]) =>
      Object.keys(methods).map((method) => `| \`${method.toUpperCase()} ${route}\` |`),
    );
    assert.ok(routes.length >= 12);
    assert.deepEqual(
      routes.filter((route) => !page.includes(route)),
      [],
    );
  });

  it("rendered pages show every route, command and event, and fetch nothing", () => {
    const { paths } = JSON.parse(read("docs/reference/openapi.json")) as { paths: Record<string, object> };
    const { operations } = JSON.parse(read("docs/reference/asyncapi.json")) as { operations: object };
    const counts = {
      "http.html": Object.values(paths).flatMap((methods) => Object.keys(methods)).length,
      "frames.html": Object.keys(operations).length,
    };
    for (const [file, count] of Object.entries(counts)) {
      const text = read(`docs/reference/${file}`);
      assert.doesNotMatch(text, /\b(?:src|href)="(?!#)|@import|url\(|https?:/);
      const ids = [...text.matchAll(/<article id="([^"]+)"/g)].map(([, id]) => id);
      const links = [...text.matchAll(/<a href="#([^"]+)"/g)].map(([, id]) => id);
      assert.equal(ids.length, count, file);
      assert.deepEqual([...new Set(ids)], links, `${file}: two of one name, or one that the list leaves out`);
    }
  });

  it("every event has a summary, and no payload uses the frame's own fields", () => {
    for (const contract of contracts)
      for (const [name, spec] of [...Object.entries(contract.commands), ...Object.entries(contract.events)]) {
        assert.ok(spec.summary.length > 10, `${contract.namespace} ${name} has no summary`);
        const schema = "input" in spec ? spec.input : spec.payload;
        const properties: unknown = "properties" in schema ? schema.properties : {};
        for (const field of ["type", "id"])
          assert.ok(
            !Object.hasOwn(properties as object, field),
            `${contract.namespace} ${name} has a field ${field}`,
          );
      }
  });
});
