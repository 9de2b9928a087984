/** Named channels: a service or a moderator creates and deletes them; they are open, by invitation or by role. */

import { reconcile } from "../../../core/consistency/reconcile.ts";
import { update } from "../../../core/consistency/transact.ts";
import type { Role } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { newId } from "../../../core/ids.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { append, indexPut, indexRemove } from "../../../core/ports/store/documents.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import type { ClosedEntry } from "../model/entries.ts";
import { createOwnChannels } from "./joined-lists.ts";
import { createJoining, type NamedParts } from "./joining.ts";
import { createChannelLists } from "./lists.ts";
import { createChannelPlaces } from "./quota.ts";
import {
  type Admission,
  channelOfName,
  deadlines,
  isName,
  keys,
  type Listed,
  type NamedChannel,
  namedChannel,
  partitionOf,
} from "./stored.ts";

export interface CreateChannel {
  readonly channel: string;
  readonly access?: Admission;
  readonly roles?: readonly Role[];
  readonly description?: string;
}

export function createNamed(context: ChatContext, parts: NamedParts) {
  const { services } = context;
  const { access, audit } = parts;
  const { store, settings, timers } = services;
  const { documents } = store;
  const { retention } = settings;

  const places = createChannelPlaces(services);
  const own = createOwnChannels(services);

  timers.on(deadlines.listed, ({ payload: { name } }) => list(name));

  /** Brings the directory to what the channel is. */
  async function list(name: string): Promise<void> {
    const key = keys.directory();
    await reconcile({
      look: () => documents.load(keys.channel(name)),
      nameOf: (found) => String(found?.version),
      async mend(found) {
        const index = found ? [indexPut(key, name, 0, listedAs(found.state))] : [indexRemove(key, name)];
        await documents.commit({ partition: key.partition, index });
        return true;
      },
    });
  }

  return {
    async create(session: ChatSession, input: CreateChannel) {
      const { channel: name, access: admission = "open", roles = [], description = "" } = input;
      if (!isName(name))
        throw new GameError("invalid_payload", {
          message: "channel: a name of its own, of a-z, 0-9, '_', '.' and '-'",
        });
      if ((admission === "role") !== roles.length > 0)
        throw new GameError("invalid_payload", {
          message: "roles: required for access by role, and for no other",
        });
      const made: NamedChannel = {
        instance: newId("n"),
        access: admission,
        roles,
        description,
        by: session.userId,
        at: store.now(),
      };
      const channel = channelOfName(name, made);
      const taken = () => new GameError("conflict", { message: "a channel with this name exists" });
      if (await documents.load(keys.channel(name))) throw taken();
      await places.filled(name, made, () =>
        update<NamedChannel, void>(documents, keys.channel(name), (current) => {
          if (current) throw taken();
          return {
            state: made,
            result: undefined,
            with: {
              deadlines: [
                schedule(deadlines.listed, "listed", store.now(), { name }),
                audit.order(session, { action: "channel_create", channel }),
              ],
            },
          };
        }),
      );
      timers.wake(partitionOf(name));
      return { channel: name, channel_id: channel.id, access: admission };
    },

    /** Members receive `channel_closed`; the messages are not found any more. @throws GameError `banned`, `forbidden` */
    async remove(session: ChatSession, name: string): Promise<void> {
      await access.admitted(session, channelOfName(name, (await namedChannel(documents, name)).state));
      const { result: removed } = await update(documents, keys.channel(name), (current) => {
        if (!current) throw new GameError("forbidden");
        const channel = channelOfName(name, current.state);
        const entry: ClosedEntry = { kind: "closed", nonce: newId("x"), at: store.now(), by: session.userId };
        return {
          state: null,
          result: current.state,
          with: {
            append: [append(channel.log, entry, retention)],
            deadlines: [
              schedule(deadlines.listed, "listed", store.now(), { name }),
              own.emptied(name, current.state),
              audit.order(session, { action: "channel_delete", channel }),
            ],
          },
        };
      });
      timers.wake(partitionOf(name));
      await places.give(name, removed);
    },

    ...createJoining(context, { ...parts, own, places }),
    ...createChannelLists(services, access),
  };
}

const listedAs = ({ access, roles, description, instance }: NamedChannel): Listed => ({
  access,
  roles,
  description,
  instance,
});
