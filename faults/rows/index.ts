/** All rows, in the order of the list. */
import type { Row } from "../row.ts";
import { control } from "./control.ts";
import { killedWorker } from "./killed-worker.ts";

export const ALL_ROWS: readonly Row[] = [control, killedWorker];
