"""What the test of the clients plays, as player.cs does: one line of JSON for each thing that happens."""
import json
import os
import sys
import threading

sys.path.insert(0, os.environ["MUSTER_CLIENT"])
from muster import Muster, MusterError  # noqa: E402

url, token = sys.argv[1:3]
closing = threading.Event()
ended = threading.Event()
telling = threading.Lock()


def tell(what, data=None):
    # Listeners have a thread of their own, and a line is written in two parts.
    with telling:
        print(json.dumps({"what": what, "data": data}), flush=True)


def on_state(name, state, code):
    tell("state", f"{name} {state.capitalize()} {code or ''}")
    if state == "ended":
        ended.set()


def on_message(message):
    tell("message", message["data"])
    if message["data"] == "ping":
        threading.Thread(target=lambda: tell("pong", muster.namespace("/chat").send("ping"))).start()
    if message["data"] == "close":
        closing.set()


muster = Muster(url, token, on_state=on_state, answer_s=1.5, heartbeat_s=0.3, first_delay_s=0.1)
rooms = muster.namespace("/")
try:
    rooms.follow("lounge", on_message, lambda: tell("gap"))
except MusterError as refused:
    tell("failed", refused.code)
    # States are told on a thread of the client's own.
    ended.wait(5)
    sys.exit()
tell("following")
data = {"text": 'grüße "\n\\', "list": [1, 2.5, True, None]}
tell("published", rooms.send("publish", {"room": "lounge", "data": data, "client_msg_id": "1"})["offset"])
try:
    rooms.send("publish", {"room": "elsewhere", "data": 1})
except MusterError as refused:
    tell("refused", refused.code)
chat = muster.namespace("/chat")
chat.on("chat_message", lambda told: told["channel"] == "private" and tell("private", told["content"]))
chat.follow("global", lambda entry: tell("global", entry["content"]))
tell("chatting")
tell("queued", "ticket_id" in muster.namespace("/matchmaking").send("queue_join", {"game_mode": "classic"}))
closing.wait(60)
muster.close()
try:
    rooms.send("ping")
except MusterError as refused:
    tell("closed", refused.code)
