/** All rows, in the order of the list. */
import type { Row } from "../row.ts";
import { control } from "./control.ts";
import { killedWorker } from "./killed-worker.ts";
import { longEmbedded, longEverysec, longRedis } from "./long.ts";
import { linksCut, redisAway, redisEmptied, redisFull, redisKilled } from "./redis.ts";

export const ALL_ROWS: readonly Row[] = [
  control,
  killedWorker,
  redisKilled,
  redisEmptied,
  redisAway,
  linksCut,
  redisFull,
  longRedis,
  longEmbedded,
  longEverysec,
];
