/** `muster types`: the types of a server's events for a client of another language. */
import { readFile, writeFile } from "node:fs/promises";
import { didYouMean } from "../../../core/did-you-mean.ts";
import { asyncApiDocument } from "../../asyncapi.ts";
import { contracts } from "../../contracts.ts";
import { type Command, EXIT, print, readOptions, UsageError } from "../command.ts";
import { LANGUAGES, typesOf } from "./write.ts";

const LIMIT_MS = 10_000;

/** @throws an error that says what is wrong with it */
async function documentAt(place: string): Promise<unknown> {
  const text = /^https?:\/\//.test(place) ? await fetched(place) : await readFile(place, "utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`${place} is not JSON`);
  }
}

async function fetched(address: string): Promise<string> {
  const answer = await fetch(address, { signal: AbortSignal.timeout(LIMIT_MS) }).catch((cause: unknown) => {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    throw new Error(`${address}: ${error.cause instanceof Error ? error.cause.message : error.message}`);
  });
  if (!answer.ok) throw new Error(`${address} answers with ${answer.status}`);
  return answer.text();
}

export const types: Command = {
  usage: `usage: muster types LANGUAGE [DOCUMENT] [options]
Writes types of all commands, answers and events for a client of clients/: for C#, MusterTypes.cs; for Godot, muster_types.gd.
  LANGUAGE        ${LANGUAGES.join(" or ")}
  DOCUMENT        a file or an address with an AsyncAPI document; this version's own events if left out.
                  A server with a playground has one with your own events at /playground/asyncapi.json
  --out FILE      where to write; standard output if left out
  -h, --help      this text

Exit codes: 0 written; 1 the document can't be had, or no types can be made of it; 64 wrong arguments.`,
  async run(args) {
    const { values, positionals } = readOptions({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: "string" } },
    });
    const [given, place, ...others] = positionals;
    if (given === undefined) throw new UsageError("a language is needed");
    if (others.length > 0) throw new UsageError(`${others.join(" ")}: one document at a time`);
    const language = LANGUAGES.find((each) => each === given);
    if (language === undefined)
      throw new UsageError(`${given} is not a language of this command${didYouMean(given, LANGUAGES)}`);
    const document = place === undefined ? asyncApiDocument(contracts) : await documentAt(place);
    const text = typesOf(language, document, `Made by \`muster types\` from ${place ?? "its own events"}.`);
    if (values.out === undefined) process.stdout.write(text);
    else {
      await writeFile(values.out, text);
      print(`wrote ${values.out}`);
    }
    return EXIT.ok;
  },
};
