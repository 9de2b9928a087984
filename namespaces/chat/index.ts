/** `/chat`: channels as streams, private messages that wait for a user who is away, and moderation. See README.md. */
import type { NamespaceModule } from "../../core/contract/namespace.ts";
import type { Services } from "../../core/ports/services.ts";
import { presenceScope } from "../../core/ports/store/keys.ts";
import type { ChatOptions } from "./context.ts";
import { chatHandlers } from "./handlers.ts";
import type { ChatDesk } from "./inspect.ts";
import { type ChatContract, chatContract } from "./schema.ts";
import { createChatService } from "./service.ts";

export type { ChatOptions } from "./context.ts";
export type { ChatFilter } from "./filters/filter.ts";
export { createBlockList } from "./moderation/blocks.ts";
export { chatContract } from "./schema.ts";

export interface ChatModule extends NamespaceModule<ChatContract> {
  /** For the operators' console. */
  readonly desk: ChatDesk;
  close(): Promise<void>;
}

export function createChat(services: Services, options: ChatOptions = {}): ChatModule {
  const chat = createChatService(services, options);
  return {
    desk: chat.desk,
    contract: chatContract,
    handlers: chatHandlers(chat),
    presence: { name: presenceScope("/chat"), online: [], offline: [] },
    connected: (session) => chat.connected(session),
    refreshed: (session, before) => chat.refreshed(session, before),
    disconnected: (session) => chat.disconnected(session),
    held: () => chat.held(),
    compare: () => chat.compare(),
    close: () => chat.close(),
  };
}
