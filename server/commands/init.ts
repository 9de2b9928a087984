/** `muster init`: a new project with one game, its test and a Dockerfile, which runs at once. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packageVersion } from "../package-version.ts";
import { type Command, EXIT, print, readOptions, UsageError } from "./command.ts";

/** Beside this file; in `dist` too, where the build puts it. */
const TEMPLATE = fileURLToPath(new URL("template/", import.meta.url));
/** npm leaves such files out of a package under their own names. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: ".gitignore", dockerignore: ".dockerignore" };
/** As npm takes them. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,100}$/;

/** @throws UsageError where there is something in it already: nothing is ever written over */
async function ensureEmpty(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const found = await readdir(folder).catch(() => {
    throw new UsageError(`${folder} is no folder`);
  });
  const [first] = found.filter((name) => name !== ".git");
  if (first !== undefined) throw new UsageError(`${folder} is not empty (${first}): name a new folder`);
}

export const init: Command = {
  usage: `usage: muster init FOLDER [options]
Makes a project in a new or empty folder: a turn-based game, its test, a server that serves it, a Dockerfile. It needs no network.
  FOLDER          where; its last part is the project's name
  --name NAME     another name, as npm takes it
  --server SPEC   what package.json names as muster-server, such as a version or file:…; this version if left out
  -h, --help      this text

Exit codes: 0 made; 64 wrong arguments, or the folder is not empty.`,
  async run(args) {
    const { values, positionals } = readOptions({
      args: [...args],
      allowPositionals: true,
      options: { name: { type: "string" }, server: { type: "string" } },
    });
    const [given, ...others] = positionals;
    if (given === undefined) throw new UsageError("a folder is needed");
    if (others.length > 0) throw new UsageError(`${others.join(" ")}: one folder at a time`);
    const folder = path.resolve(given);
    const name = values.name ?? path.basename(folder).toLowerCase();
    if (!NAME.test(name))
      throw new UsageError(
        `${name} is no name that npm takes: small letters, digits, - . _; give one with --name`,
      );
    await ensureEmpty(folder);
    const server = values.server ?? `^${packageVersion()}`;
    await mkdir(folder, { recursive: true });
    for (const file of await readdir(TEMPLATE)) {
      const text = await readFile(path.join(TEMPLATE, file), "utf8");
      const made = text.replaceAll("{{name}}", name).replaceAll("{{server}}", server);
      await writeFile(path.join(folder, RENAMED[file] ?? file), made);
    }
    const where = path.relative(process.cwd(), folder) || ".";
    print(
      `${where} has a game, its test and a server. Next:\n  cd ${where}\n  npm install\n  npm test\n  npm start`,
    );
    return EXIT.ok;
  },
};
