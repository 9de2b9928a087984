/** The long form is row 36 of `npm run faults`. */
import assert from "node:assert/strict";
import { seeded } from "../../faults/random.ts";
import { compareSequence } from "../../faults/sequences/compare.ts";
import type { Answer } from "../../faults/sequences/script.ts";
import { SCRIPTS } from "../../faults/sequences/scripts.ts";
import { SEQUENCE_ENV } from "../../faults/sequences/settings.ts";
import { onEachSetup } from "../support/app.ts";
import { connectClient } from "../support/client.ts";

const SEQUENCES = 6;
const LENGTH = 14;

onEachSetup((setup) => {
  describe("any sequence of commands in one go ends as it does one at a time", () => {
    for (const script of SCRIPTS)
      it(`in ${script.namespace}, on one connection and on two of a user`, async () => {
        const seed = Math.floor(Math.random() * 1e9);
        const app = await setup.start({ env: SEQUENCE_ENV });
        for (let at = 0; at < SEQUENCES; at++) {
          const differs = await compareSequence({
            script,
            draws: seeded(seed),
            name: `s${at}`,
            length: LENGTH,
            connections: at % 2 === 0 ? 1 : 2,
            async connect(namespace, user, { roles, worker }) {
              const url = app.urls[worker % app.urls.length] ?? app.url;
              const auth = { token: app.token(user, { roles }) };
              const client = await connectClient({ url, namespace, name: user, auth });
              return {
                send: (event, input) => client.raw(event, input) as Promise<Answer>,
                close: () => client.disconnect(),
              };
            },
          });
          assert.equal(differs, undefined, `seed ${seed}: ${differs}`);
        }
      });
  });
});
