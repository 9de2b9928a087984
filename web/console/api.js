/** The console's HTTP API. The page may be served below a path of a proxy's own, so addresses are relative. */
const base = new URL("api/console/", document.baseURI);
const KEY = "muster_console";

class ApiError extends Error {
  constructor(status, { code = "unavailable", message = "the server cannot be reached" } = {}) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

let session = localStorage.getItem(KEY);

async function request(path, options = {}) {
  const sent = session;
  const headers = { ...(session && { authorization: `Bearer ${session}` }), ...options.headers };
  let response;
  try {
    response = await fetch(new URL(path, base), { ...options, headers });
  } catch {
    throw new ApiError(0);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const error = new ApiError(response.status, body.error);
    error.told = response.status === 401 && sent !== null && sent === session && ended();
    throw error;
  }
  return body;
}

let ended = () => false;
/** Calls `listener` when the server knows the session no longer; it returns whether it has told the user. */
export function whenEnded(listener) {
  ended = listener;
}

/** Another window has logged in or out: `listener` is called, and `resume` says who is logged in now. */
export function whenChanged(listener) {
  window.addEventListener("storage", ({ key }) => {
    if (key !== KEY && key !== null) return;
    session = localStorage.getItem(KEY);
    listener();
  });
}

/** `query`: what is undefined or empty is left out; `exact` is sent as it is. */
export function look(path, query = {}, exact = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const all = [...given, ...Object.entries(exact)];
  const text = new URLSearchParams(all.map(([name, value]) => [name, String(value)])).toString();
  return request(text ? `${path}?${text}` : path);
}

export const act = (action, body) =>
  request(action, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

export const part = (text) => encodeURIComponent(text);

export async function logIn(username, password) {
  session = null;
  const opened = await act("login", { username, password });
  session = opened.session;
  localStorage.setItem(KEY, session);
  return opened;
}

export async function logOut() {
  await act("logout", {}).catch(() => undefined);
  forget();
}

export function forget() {
  // Another window may have logged in since.
  if (localStorage.getItem(KEY) === session) localStorage.removeItem(KEY);
  session = null;
}

/** Who is logged in: here, or at the dashboard of this server. Undefined: nobody. */
export async function resume() {
  for (const known of [session, localStorage.getItem("session_id")]) {
    if (!known) continue;
    session = known;
    try {
      return await look("me");
    } catch (error) {
      if (error.status !== 401) throw error;
    }
  }
  forget();
  return undefined;
}
