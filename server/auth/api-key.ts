import { areEqualSecrets } from "../../core/sha256.ts";

/** Whether a bearer token of the HTTP API is the configured key. */
export function createApiKeyCheck(apiKey: string | undefined): (presented: string) => boolean {
  return (presented) => apiKey !== undefined && areEqualSecrets(presented, apiKey);
}
