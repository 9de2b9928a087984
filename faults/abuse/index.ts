/** Abuses, each as a row: what one client can do, and what the others have of it. */
import { mutatedFrames } from "../fuzz/row.ts";
import type { Row } from "../row.ts";
import { cheats } from "./cheats.ts";
import { floods, manyConnections } from "./crowd.ts";
import { foreignDeliveries, foreignOrigins, forgedTokens } from "./entrances.ts";
import { foreign } from "./foreign.ts";
import { connectFloods, halfConnections, halfMessages } from "./halves.ts";
import { herd } from "./herd.ts";
import { deepJson, hostileNames, largeInput } from "./shapes.ts";
import { changedKeys, endedTokens } from "./standing.ts";

export const ABUSES: readonly Row[] = [
  herd,
  forgedTokens,
  endedTokens,
  changedKeys,
  foreignOrigins,
  foreignDeliveries,
  foreign,
  hostileNames,
  deepJson,
  largeInput,
  halfMessages,
  connectFloods,
  halfConnections,
  manyConnections,
  floods,
  cheats,
  mutatedFrames,
];
