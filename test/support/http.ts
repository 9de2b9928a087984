/** Requests of the HTTP API for tests: JSON in, status and JSON out. */

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface Ask {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}

const headersOf = ({ token, headers }: Ask) => ({
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...headers,
});

export const get = async (url: string, ask: Ask = {}): Promise<Reply> =>
  replyOf(await fetch(url, { headers: headersOf(ask), redirect: "manual" }));

/** A string is sent as it is. */
export const post = async (url: string, body: unknown, ask: Ask = {}): Promise<Reply> =>
  replyOf(
    await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headersOf(ask) },
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  );

/** The code of a failure; undefined where the body is none. */
export function codeOf({ body }: Reply): string | undefined {
  const { error } = body;
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : undefined;
}
