/** How the owner of a room knows who has a seat: it hears of each change of the room, and looks once a second beside that. */
import type { Services } from "../../../../core/ports/services.ts";
import { keys } from "../../rooms/stored.ts";
import type { Run } from "./run.ts";

const LOOK_MS = 1_000;

export interface SeatWatch {
  /** Looks again where the last look was a second ago. */
  lookIfDue(): void;
  end(): void;
}

/** @param over called where the room's game is over, or is another */
export function watchSeats({ store, log }: Services, run: Run, over: () => void): SeatWatch {
  const { documents, streams } = store;
  let lookedAt = performance.now();
  let unsubscribe: (() => void) | undefined;
  let isOver = false;

  async function look(): Promise<void> {
    lookedAt = performance.now();
    try {
      const room = (await documents.load(keys.room(run.id)))?.state;
      if (isOver) return;
      if (room?.phase === "playing" && room.play?.round === run.round) run.seatsAre(room.seats);
      else over();
    } catch (err) {
      log.debug({ err, room: run.id }, "seats of a real-time room could not be read; tried again");
    }
  }

  streams
    .subscribe(keys.entries(run.id), () => void look())
    .then((end) => {
      if (isOver) end();
      else unsubscribe = end;
    })
    .catch((err: unknown) => log.debug({ err, room: run.id }, "seats of a real-time room are polled"));

  return {
    lookIfDue() {
      if (performance.now() - lookedAt >= LOOK_MS) void look();
    },
    end() {
      isOver = true;
      unsubscribe?.();
    },
  };
}
