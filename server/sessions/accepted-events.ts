/** Whether a client gets an event at all: clients of relay rooms on a plain WebSocket get hardly any. */
import type { Socket } from "socket.io";

/** Only connections of the plain gateway have it. */
interface EventFilter {
  accepts?(event: string): boolean;
}

export const acceptsEvent = ({ conn }: Socket, event: string): boolean =>
  (conn as unknown as EventFilter).accepts?.(event) ?? true;
