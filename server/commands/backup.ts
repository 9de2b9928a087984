/** `muster backup FOLDER`: a copy of the embedded store, while the server runs. */
import { resolve } from "node:path";
import { type Command, EXIT, onlyFolder, print, readConfig, readOptions } from "./command.ts";

export const backup: Command = {
  usage: `usage: muster backup FOLDER
Copies the embedded store of DATA_DIR into an empty or new folder, also while the server runs. It prints what it has written.
The copy is the store at one moment. muster restore puts it back.
Redis has tools of its own for this: docs/operations.md, Backups.
  -h, --help      this text

Exit codes: 0 the backup is whole and on its disk; 1 it could not be made; 64 wrong arguments; 78 the configuration has mistakes.`,
  async run(args) {
    const { positionals } = readOptions({ args: [...args], allowPositionals: true, options: {} });
    const folder = onlyFolder(positionals);
    const { store } = readConfig().config;
    if (store.redisUrl !== undefined)
      throw new Error("REDIS_URL is set: Redis is backed up with its own tools, as docs/operations.md says");
    const { backUp } = await import("../store/backup/embedded.ts");
    const { bytes, format, sha256 } = await backUp(store.dataDir, folder);
    print(`${resolve(folder)}: ${bytes} bytes, format ${format}, sha256 ${sha256}`);
    return EXIT.ok;
  },
};
