/** Whether a client hears of an event at all: those of the plain gateway's relay rooms get hardly any. */
import type { Socket } from "socket.io";

/** What a connection of the plain gateway says of itself. */
interface Telling {
  tells?(event: string): boolean;
}

export const isTold = ({ conn }: Socket, event: string): boolean =>
  (conn as unknown as Telling).tells?.(event) ?? true;
