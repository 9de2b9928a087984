/** Which web pages may connect. */

export interface OriginRules {
  /** In `dev` a page from anywhere may. */
  readonly mode: "dev" | "jwt";
  /** Other pages than the server's own, exactly as browsers send them. */
  readonly origins: readonly string[];
}

/** How the request came. */
export interface RequestTarget {
  /** The `Host` header; behind a trusted proxy what it says the client asked for. */
  readonly host: string | undefined;
  /** Whether the client is known to have come by TLS. Where it isn't, a proxy may have ended it. */
  readonly secure?: boolean;
}

/** Exact comparison: browsers send origins in lower case and without a default port, so anything else is no browser's. */
export function originAllowed(
  origin: string | undefined,
  { host, secure = false }: RequestTarget,
  rules: OriginRules,
): boolean {
  if (origin === undefined || rules.mode === "dev") return true;
  if (rules.origins.includes(origin)) return true;
  if (host === undefined || host === "") return false;
  const own = host.toLowerCase();
  return (
    origin === `https://${own.replace(/:443$/, "")}` ||
    (!secure && origin === `http://${own.replace(/:80$/, "")}`)
  );
}
