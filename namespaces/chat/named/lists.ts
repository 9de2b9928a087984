/** Lists of named channels and of their members. */
import { STAFF } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { IndexRange } from "../../../core/ports/store/indexes.ts";
import type { IndexKey } from "../../../core/ports/store/keys.ts";
import type { ChatSession } from "../context.ts";
import type { Access } from "../membership/access.ts";
import { isName, keys } from "./stored.ts";

export function createChannelLists(
  { store: { indexes }, reading }: Pick<Services, "store" | "reading">,
  access: Pick<Access, "open">,
) {
  /** Reads a page within the session's share. */
  const pageOf = <V>(session: ChatSession, key: IndexKey<V>, range: IndexRange) =>
    reading.turn(session, async (spend) => {
      const page = await indexes.page(key, range);
      await spend(page.bytes);
      return page;
    });

  return {
    /** The channels that the user could join; those by invitation for staff only. */
    async directory(session: ChatSession, options: { readonly cursor?: string; readonly limit: number }) {
      const page = await pageOf(session, keys.directory(), options);
      const staff = session.hasRole(...STAFF);
      const shown = page.members.filter(
        ({ value }) => staff || value.access === "open" || session.hasRole(...value.roles),
      );
      const sizes = await Promise.all(
        shown.map(({ member, value }) => indexes.size(keys.members(member, value.instance))),
      );
      return {
        channels: shown.map(({ member, value }, at) => ({
          channel: member,
          access: value.access,
          ...(value.access === "role" ? { roles: [...value.roles] } : {}),
          description: value.description,
          members: sizes[at] ?? 0,
        })),
        ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
      };
    },

    /** In the order in which they came. */
    async members(
      session: ChatSession,
      name: string,
      options: { readonly cursor?: string; readonly limit: number },
    ) {
      const channel = isName(name) ? await access.open(session, { channel: name }, "read") : undefined;
      if (channel?.instance === undefined) throw new GameError("forbidden");
      const key = keys.members(name, channel.instance);
      const [page, count] = await Promise.all([pageOf(session, key, options), indexes.size(key)]);
      return {
        user_ids: page.members.map(({ member }) => member),
        count,
        ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
      };
    },
  };
}
