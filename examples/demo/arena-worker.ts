/** A worker of `npm run demo -- --arena`: the application as it is, which can say whether it steps a room. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Change } from "../../core/ports/store/documents.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createApp } from "../../server/app.ts";
import { loadConfig } from "../../server/config/index.ts";
import { createLog } from "../../server/process/log.ts";

export type WorkerRequest = { readonly ask: "steps"; readonly room: string };
export type WorkerReply = { readonly listens: true } | { readonly steps: boolean; readonly room: string };

/** The one that steps a room commits its journal four times a second. */
const LATELY_MS = 1_000;

const committedAt = new Map<string, number>();
const note = ({ partition, documents = [] }: Change) => {
  if (documents.some(({ name }) => name === "realtime")) committedAt.set(partition, performance.now());
};

/** The store as it is, with an eye on its commits. */
function watched(store: Store): Store {
  const documents = new Proxy(store.documents, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        if (name === "commit") note(args[0] as Change);
        return Reflect.apply(member, target, args);
      };
    },
  });
  return new Proxy(store, {
    get: (target, name) => (name === "documents" ? documents : Reflect.get(target, name, target)),
  });
}

const reply = (message: WorkerReply) => process.send?.(message);
const folder = await mkdtemp(join(tmpdir(), "muster-arena-"));
const { config } = loadConfig({ cwd: folder, env: { ...process.env, DATA_DIR: join(folder, "data") } });
const app = await createApp(config, { log: createLog(config.log), wrapStore: watched });
await app.listen();
reply({ listens: true });

process.on("message", ({ room }: WorkerRequest) => {
  const at = committedAt.get(`game:${room}`) ?? Number.NEGATIVE_INFINITY;
  reply({ steps: performance.now() - at < LATELY_MS, room });
});
process.on("disconnect", () => process.exit(0));
