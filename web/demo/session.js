/* Who plays in this tab: the name, and the token that the server knows it by. */

/** Where this server is: a proxy may serve it below a path of its own, such as `/play/`. */
export const base = new URL(".", document.baseURI).pathname;

/** Of this tab alone, so that two tabs are two players. */
const KEY = "muster-demo";

export const remembered = () => JSON.parse(sessionStorage.getItem(KEY) ?? "null");
export const remember = (session) => sessionStorage.setItem(KEY, JSON.stringify(session));
export const forget = () => sessionStorage.removeItem(KEY);

/** A server that gives no tokens away: one is to be pasted. */
export class TokenNeeded extends Error {}

/** A token of the development server. @throws TokenNeeded */
async function madeToken(name) {
  const answer = await fetch(`${base}dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id: name }),
  });
  if (answer.status === 404) throw new TokenNeeded("This server hands out no tokens: paste one.");
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message);
  return body.token;
}

/** @param pasted a token of the player's own; empty: the server is asked for one */
export async function openSession(name, pasted) {
  const token = pasted === "" ? await madeToken(name) : pasted;
  const { sub: me } = claimsOf(token);
  return { name, me, token, isPasted: pasted !== "" };
}

/** The same player with a new token; undefined where only the player has one. */
export async function renewed(session) {
  return session.isPasted ? undefined : { ...session, token: await madeToken(session.name) };
}

function claimsOf(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error("That is no token.");
  }
}
