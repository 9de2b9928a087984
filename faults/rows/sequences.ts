/** Row 36: any sequence of commands in one go, on one process and on two workers. */
import { connectClient } from "../../test/support/client.ts";
import { noCounts } from "../checker.ts";
import type { Row } from "../row.ts";
import { type Connect, compareSequence } from "../sequences/compare.ts";
import type { Answer } from "../sequences/script.ts";
import { SCRIPTS } from "../sequences/scripts.ts";
import { SEQUENCE_ENV } from "../sequences/settings.ts";
import { openStage, type Stage } from "../stage.ts";

const LENGTH = 12;
/** Sequences under way together. */
const PARALLEL = 8;
const TELL_EVERY = 200;

const connectTo =
  (stage: Stage): Connect =>
  async (namespace, user, { roles, worker }) => {
    const url = stage.workers[worker % stage.workers.length]?.url ?? "";
    const auth = { token: stage.token(user, { roles: [...roles] }) };
    const client = await connectClient({ url, namespace, name: user, auth });
    return {
      send: (event, input) => client.raw(event, input) as Promise<Answer>,
      close: () => client.disconnect(),
    };
  };

export const sequences: Row = {
  id: "36",
  title: "any sequence of a namespace's commands in one go ends as one at a time",
  async run({ draws, quick, progress }) {
    const each = quick ? 6 : 1_000;
    const problems: string[] = [];
    let ran = 0;
    for (const store of ["embedded", "redis"] as const) {
      const stage = await openStage({ store, env: SEQUENCE_ENV });
      try {
        const connect = connectTo(stage);
        for (const script of SCRIPTS) {
          let next = 0;
          const walk = async () => {
            for (let at = next++; at < each; at = next++) {
              const name = `${store}${script.namespace.slice(1)}${at}`;
              const connections = at % 2 === 0 ? 1 : 2;
              const differs = await compareSequence({
                script,
                draws,
                connect,
                name,
                connections,
                length: LENGTH,
              });
              ran++;
              if (differs !== undefined) problems.push(differs);
              if (ran % TELL_EVERY === 0) progress(`${ran} sequences, ${problems.length} differ`);
            }
          };
          await Promise.all(Array.from({ length: PARALLEL }, walk));
        }
      } finally {
        await stage.close();
      }
    }
    return {
      verdict: { counts: { ...noCounts(), ok: ran - problems.length }, gapsTold: 0, examples: [] },
      figures: `${problems.length} of ${ran} sequences of ${LENGTH} commands differ`,
      problems: problems.slice(0, 5),
    };
  },
};
