/** All rows, in the order of the list. */
import { ABUSES } from "../abuse/index.ts";
import { realtimeRows } from "../realtime/index.ts";
import type { Row } from "../row.ts";
import { connectedWhileAway } from "./away.ts";
import { control } from "./control.ts";
import { crowded } from "./crowded.ts";
import { crowds } from "./crowds.ts";
import { killedWorker } from "./killed-worker.ts";
import { leftovers } from "./leftovers.ts";
import { frozenWorker, halfOpen, neverAcknowledges, neverReads } from "./links.ts";
import { longEmbedded, longEverysec, longRedis } from "./long.ts";
import { deadTeller, droppedPlayer } from "./matches.ts";
import { sameCommand, sameUser, twoDevices } from "./once.ts";
import { reads } from "./reads.ts";
import { linksCut, redisAway, redisEmptied, redisFull, redisKilled } from "./redis.ts";
import { reloaded } from "./reload.ts";
import { embeddedRestart } from "./restarts.ts";
import { resumed } from "./resume.ts";
import { sequences } from "./sequences.ts";
import { killedTicker } from "./ticker.ts";
import { killedTimer, wrongClock } from "./turns.ts";

export const ALL_ROWS: readonly Row[] = [
  control,
  killedWorker,
  frozenWorker,
  redisKilled,
  redisEmptied,
  redisAway,
  linksCut,
  redisFull,
  halfOpen,
  neverReads,
  neverAcknowledges,
  sameCommand,
  twoDevices,
  sameUser,
  droppedPlayer,
  deadTeller,
  killedTicker,
  killedTimer,
  wrongClock,
  reloaded,
  reads,
  crowded,
  embeddedRestart,
  resumed,
  sequences,
  connectedWhileAway,
  leftovers,
  crowds,
  longRedis,
  longEmbedded,
  longEverysec,
  ...ABUSES,
  ...realtimeRows,
];
