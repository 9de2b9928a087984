/** Abuses, each as a row: what one client can do, and what the others have of it. */
import type { Row } from "../row.ts";
import { foreignDeliveries, foreignOrigins, forgedTokens } from "./entrances.ts";

export const ABUSES: readonly Row[] = [forgedTokens, foreignOrigins, foreignDeliveries];
