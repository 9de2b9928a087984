/**
 * Logs in to the dashboard, tells the Admin UI where this server is and which session it has, and opens it. A session that is still
 * good opens it at once; `/admin?logout` forgets it.
 */
/** Where this server is: a proxy may serve it below a path of its own, such as `/play/`. */
const base = new URL(".", document.baseURI).pathname;
const UI = `${base}admin/ui/`;
const NAMESPACE = "/admin";

const form = document.getElementById("login");
const problem = document.getElementById("problem");
const button = form.querySelector("button");

/** Resolves with the session's id (of a resumed one: the same), rejects with what the server says. */
function connect(auth) {
  return new Promise((resolve, reject) => {
    const socket = window.io(window.location.origin + NAMESPACE, {
      path: `${base}socket.io/`,
      auth,
      forceNew: true,
      reconnection: false,
      transports: ["websocket"],
    });
    const done = (settle, value) => {
      socket.disconnect();
      settle(value);
    };
    socket.on("connect_error", (error) => done(reject, error));
    socket.on("session", (session) => done(resolve, session));
    socket.on("config", () => auth.sessionId && done(resolve, auth.sessionId));
  });
}

/** The Admin UI reads these names. */
function open(session) {
  const settings = {
    server_url: window.location.origin,
    namespace: NAMESPACE,
    path: `${base}socket.io`,
    ws_only: "true",
    parser: "default",
    session_id: session,
  };
  for (const [name, value] of Object.entries(settings)) localStorage.setItem(name, value);
  window.location.assign(UI);
}

function wordsFor(error) {
  if (error.data?.code === "unauthorized") return "The user or the password is wrong.";
  if (error.message === "Invalid namespace") return "The dashboard is switched off on this server.";
  return error.data ? `Not possible: ${error.message}.` : "The server cannot be reached.";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  problem.textContent = "";
  button.disabled = true;
  connect({ username: form.username.value, password: form.password.value })
    .then(open)
    .catch((error) => {
      problem.textContent = wordsFor(error);
    })
    .finally(() => {
      button.disabled = false;
    });
});

const session = localStorage.getItem("session_id");
if (new URLSearchParams(window.location.search).has("logout")) localStorage.removeItem("session_id");
else if (session)
  connect({ sessionId: session })
    .then(open)
    .catch((error) => {
      if (error.data?.code === "unauthorized") localStorage.removeItem("session_id");
      else problem.textContent = wordsFor(error);
    });
