"""A python-socketio client: joins a room, acknowledges a reliable event and prints a broadcast. One line of JSON for each."""
import json
import queue
import sys

import socketio

url, token, transport = sys.argv[1:4]
client = socketio.Client(reconnection=False)
heard = queue.Queue()


def tell(what, data):
    print(json.dumps({"what": what, "data": data}), flush=True)


@client.on("message", namespace="/")
def on_message(data):
    if data["room"] != "burst":
        heard.put(("message", data))


@client.on("chat_message", namespace="/chat")
def on_chat_message(data):
    heard.put(("chat_message", data))
    return "acknowledged"


client.connect(
    url,
    auth={"token": token, "reliable": True},
    transports=[transport],
    namespaces=["/", "/chat"],
    wait_timeout=5,
)
tell("transport", client.transport())
tell("subscribed", client.call("subscribe", {"room": "lounge"}, timeout=5))
tell("refused", client.call("publish", {"room": "elsewhere", "data": 1}, timeout=5))
# Nothing is waited for: the server keeps the order.
client.emit("subscribe", {"room": "burst"})
for number in range(10):
    client.emit("publish", {"room": "burst", "data": number})
tell("burst", client.call("publish", {"room": "burst", "data": "end"}, timeout=5))
for _ in range(2):
    tell(*heard.get(timeout=15))
# The acknowledgement leaves when the handler has returned, on a thread of its own: a round trip later it is gone.
client.call("ping", {}, namespace="/chat", timeout=5)
client.disconnect()
