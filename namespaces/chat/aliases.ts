/** The words in which public chat clients name a channel: `chat_channel` instead of `channel`, or nothing at all for `global`. */

import { type Aliases, fieldAlso, type Given } from "../../core/contract/aliases.ts";
import type { CommandSpec } from "../../core/contract/contract.ts";

const channelAlso = fieldAlso("channel", "chat_channel");

const isList = (value: unknown): value is Given[] =>
  Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null);

/** Of `sync`, where each cursor names a channel. */
export const cursorsAliases: Aliases = {
  note: "`chat_channel` for `channel`",
  read: ({ cursors, ...rest }) => ({
    ...rest,
    cursors: isList(cursors) ? cursors.map(channelAlso) : cursors,
  }),
};

/** Without a channel `global` is meant; but a message to one user must not become one to all. */
function globalElse(given: Given): Given {
  const named = channelAlso(given);
  return named.channel === undefined && named.to === undefined ? { ...named, channel: "global" } : named;
}

export const openAliases: Aliases = {
  note: "`chat_channel` for `channel`; without either, and without `to`, `global`",
  read: globalElse,
};

export const typingAliases: Aliases = {
  note: `${openAliases.note}; without \`typing\`, true`,
  read: (given) => ({ typing: true, ...globalElse(given) }),
};

const channelAliases: Aliases = { note: "`chat_channel` for `channel`", read: channelAlso };

/** Commands of which those that take a `channel` take it by its other name too. */
export function withAliases<C extends Readonly<Record<string, CommandSpec>>>(commands: C): C {
  const worded = Object.entries(commands).map(([name, spec]) => {
    const { properties } = spec.input as { readonly properties?: object };
    const takesChannel = properties !== undefined && "channel" in properties;
    return [name, takesChannel ? { aliases: channelAliases, ...spec } : spec];
  });
  return Object.fromEntries(worded) as C;
}
