/**
 * The OpenAPI and AsyncAPI documents as pages that open from a disk: everything is in the file, nothing is fetched.
 * They are made of the documents alone, so what a page shows is what tools read.
 */
import { schemaText } from "./schema-text.ts";

type Json = Readonly<Record<string, unknown>>;

interface Entry {
  readonly id: string;
  /** What the list beside the page shows, such as `POST /api/websocket`. */
  readonly name: string;
  readonly html: string;
}

interface Section {
  readonly name: string;
  readonly about: string;
  readonly entries: readonly Entry[];
}

const escapeHtml = (text: unknown): string =>
  String(text ?? "").replace(
    /[&<>"]/g,
    (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[one] ?? one,
  );
/** Text with spans of code, as summaries have it. */
const prose = (text: unknown): string => escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
const objectOf = (value: unknown): Json =>
  typeof value === "object" && value !== null ? (value as Json) : {};
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);

const shape = (title: string, schema: unknown): string =>
  `<h4>${escapeHtml(title)}</h4><pre>${escapeHtml(schemaText(schema))}</pre>`;

/** What a reference within the document leads to. */
function resolve(document: Json, value: unknown): Json {
  const ref = objectOf(value).$ref;
  if (typeof ref !== "string") return objectOf(value);
  return objectOf(
    ref
      .slice(2)
      .split("/")
      .reduce<unknown>((at, name) => objectOf(at)[name.replaceAll("~1", "/")], document),
  );
}

const STYLE = `
:root { color-scheme: light dark; --line: #8886; --faint: #8881; --accent: #2563eb; }
@media (prefers-color-scheme: dark) { :root { --accent: #7aa5ff; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); }
nav input { width: 100%; font: inherit; padding: .3rem .5rem; }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0; font-size: 13px; }
nav h3 { margin: .8rem 0 .2rem; font-size: 13px; }
a { color: var(--accent); text-decoration: none; overflow-wrap: anywhere; }
a:hover { text-decoration: underline; }
main { padding: 1rem 2rem 4rem; max-width: 62rem; }
article { border-top: 1px solid var(--line); padding: .2rem 0 1rem; }
article:target { background: var(--faint); }
h4 { margin: .8rem 0 .2rem; font-size: 13px; }
pre { margin: 0; white-space: pre-wrap; padding: .6rem .8rem; background: var(--faint); overflow: auto; font-size: 13px; }
code { background: var(--faint); padding: 0 .2em; }
table { border-collapse: collapse; } td, th { border: 1px solid var(--line); padding: .2rem .5rem; text-align: left; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; max-height: 40vh; } }
`;

/** Hides what does not have the words; without scripts everything is there. */
const SCRIPT = `
const field = document.querySelector("nav input");
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const article of document.querySelectorAll("article")) {
    const text = article.textContent.toLowerCase();
    const hidden = !words.every((word) => text.includes(word));
    article.hidden = hidden;
    document.querySelector('nav a[href="#' + CSS.escape(article.id) + '"]').parentElement.hidden = hidden;
  }
});
`;

function page(title: string, about: string, sections: readonly Section[]): string {
  const list = sections.map(
    ({ name, entries }) =>
      `<h3>${escapeHtml(name)}</h3><ul>${entries.map((one) => `<li><a href="#${one.id}">${escapeHtml(one.name)}</a></li>`).join("")}</ul>`,
  );
  const body = sections.map(
    ({ name, about: told, entries }) =>
      `<section><h2>${escapeHtml(name)}</h2><p>${prose(told)}</p>${entries
        .map(
          ({ id, name: entry, html }) => `<article id="${id}"><h3>${escapeHtml(entry)}</h3>${html}</article>`,
        )
        .join("\n")}</section>`,
  );
  return [
    "<!doctype html>",
    "<!-- Made by `npm run docs` from the code; change it there. -->",
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>`,
    `<nav><input type="search" placeholder="Find" aria-label="Find">${list.join("\n")}</nav>`,
    `<main><h1>${escapeHtml(title)}</h1><p>${prose(about)}</p>${body.join("\n")}</main>`,
    `<script>${SCRIPT}</script></body></html>`,
    "",
  ].join("\n");
}

const idOf = (text: string) => text.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");

function callers(operation: Json): string {
  const ways = listOf(operation.security);
  if (ways.length === 0) return "Everybody may call it.";
  const open = ways.some((way) => Object.keys(way).length === 0);
  return open
    ? "A token is optional; a bad one is refused."
    : "A token with a role that may, or the API key, in <code>Authorization: Bearer</code>.";
}

function routeEntry(document: Json, path: string, method: string, operation: Json): Entry {
  const name = `${method.toUpperCase()} ${path}`;
  const jsonOf = (content: unknown): [string, Json][] =>
    Object.entries(objectOf(content)) as [string, Json][];
  const parameters = listOf(operation.parameters).map(
    (one) =>
      `<tr><td><code>${escapeHtml(one.name)}</code></td><td>${escapeHtml(one.in)}</td><td>${prose(one.description)}</td></tr>`,
  );
  const body = jsonOf(objectOf(operation.requestBody).content).map(([, { schema }]) => shape("Body", schema));
  const answers = Object.entries(objectOf(operation.responses)).map(([status, answer]) => {
    const { description, content } = objectOf(answer);
    const failed = Number(status) >= 400;
    const shapes = failed
      ? []
      : jsonOf(content).map(([type, { schema }]) => shape(`${status}, ${type}`, resolve(document, schema)));
    return failed ? `<tr><td>${status}</td><td>${prose(description)}</td></tr>` : shapes.join("");
  });
  const failures = answers.filter((one) => one.startsWith("<tr>"));
  return {
    id: idOf(name),
    name,
    html: [
      `<p>${prose(operation.summary)} ${callers(operation)}</p>`,
      parameters.length === 0 ? "" : `<h4>Parameters</h4><table>${parameters.join("")}</table>`,
      ...body,
      ...answers.filter((one) => !one.startsWith("<tr>")),
      failures.length === 0 ? "" : `<h4>Failures</h4><table>${failures.join("")}</table>`,
    ].join("\n"),
  };
}

/** The HTTP API, one entry for each route. */
export function httpPage(document: Json): string {
  const info = objectOf(document.info);
  const entries = Object.entries(objectOf(document.paths)).flatMap(([path, operations]) =>
    Object.entries(objectOf(operations)).map(([method, operation]) =>
      routeEntry(document, path, method, objectOf(operation)),
    ),
  );
  return page(String(info.title), String(info.description), [
    { name: "Routes", about: "Bodies and answers are JSON, where nothing else is said.", entries },
  ]);
}

function frameEntry(document: Json, key: string, operation: Json): Entry {
  const [message] = listOf(operation.messages).map((one) => resolve(document, one));
  const [reply] = listOf(objectOf(operation.reply).messages).map((one) => resolve(document, one));
  const sent = operation.action === "receive";
  const delivery = listOf(message?.tags).map(({ name }) => String(name));
  return {
    id: idOf(`${key} ${sent ? "send" : "on"} ${String(message?.name)}`),
    name: `${sent ? "→" : "←"} ${String(message?.name)}`,
    html: [
      `<p>${prose(operation.summary)}${delivery.length === 0 ? "" : ` Delivery: ${escapeHtml(delivery.join(", "))}.`}</p>`,
      shape(sent ? "The client sends" : "The client receives", message?.payload),
      reply === undefined ? "" : shape("It is answered with", reply.payload),
    ].join("\n"),
  };
}

/** Every frame, one section for each namespace; commands first. */
export function framesPage(document: Json): string {
  const info = objectOf(document.info);
  const operations = Object.values(objectOf(document.operations)).map(objectOf);
  const sections = Object.entries(objectOf(document.channels)).map(([key, channel]) => {
    const own = operations.filter((one) => objectOf(one.channel).$ref === `#/channels/${key}`);
    const [commands, events] = ["receive", "send"].map((action) =>
      own.filter((one) => one.action === action),
    );
    return {
      name: String(objectOf(channel).address),
      about: `${String(objectOf(channel).description)} → is a command, ← an event.`,
      entries: [...(commands ?? []), ...(events ?? [])].map((one) => frameEntry(document, key, one)),
    };
  });
  return page("Muster: commands and events", String(info.description), sections);
}
