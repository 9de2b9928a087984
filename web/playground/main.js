/** The playground: users side by side, each with connections of their own. */
import { base } from "./links.js";
import { addPlayer } from "./player.js";

const $ = (id) => document.getElementById(id);
const described = await (await fetch(new URL("playground/contracts.json", base))).json();
/** Ids that any user has heard of. */
const known = {};

/** A token of the user: from the server, where it hands them out, else the one that was pasted. */
async function tokenOf(user, role, pasted, ttlSeconds) {
  if (pasted) return pasted;
  const answer = await fetch(new URL("dev/token", base), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      user_id: user,
      ...(role && { roles: [role] }),
      ...(ttlSeconds && { ttl_s: ttlSeconds }),
    }),
  });
  if (answer.status === 404) {
    $("token-field").hidden = false;
    throw new Error("This server hands out no tokens. Paste one: `npm run token -- --user NAME` makes it.");
  }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message);
  return body.token;
}

$("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [name, role, over, pasted] = ["user", "role", "over", "token"].map((id) => $(id).value.trim());
  $("problem").textContent = "";
  try {
    await tokenOf(name, role, pasted);
    addPlayer($("column"), $("users"), {
      ...{ described, name, role, over, known },
      newToken: (ttlSeconds) => tokenOf(name, role, pasted, ttlSeconds),
    });
    $("user").value = "";
  } catch (error) {
    $("problem").textContent = error.message;
  }
});
