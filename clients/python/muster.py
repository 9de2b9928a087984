"""The client of Muster for Python 3.9 or newer, over plain WebSocket. It needs the package websocket-client.

    muster = Muster("https://play.example.com", token=fetch_token)
    chat = muster.namespace("/chat")
    chat.follow("global", lambda entry: print(entry["content"]))
    chat.send("chat_message", {"channel": "global", "content": "hello"})
"""

import itertools
import json
import queue
import random
import threading
import time
from urllib.parse import quote

import websocket

# With one of these the server acts once, however often a command comes.
IDS = ("client_msg_id", "action_id", "request_id")
# After these another try would be refused as well.
ENDINGS = ("token_invalid", "token_revoked", "unauthorized", "forbidden", "banned", "not_found")
ENTRIES = ("message", "chat_message", "message_edited", "message_deleted")
MAX_REMEMBERED = 1000
MAX_HELD = 5000


class MusterError(Exception):
    """A command that failed: one of the server's codes, or "no_answer", "unavailable" or "closed"."""

    def __init__(self, code, message, details=None):
        super().__init__(message)
        self.code = code
        self.details = details or {}


class Muster:
    """One server and one user. Listeners are called one after the other, on a thread of the client's own."""

    def __init__(self, url, token, *, on_state=None, answer_s=10, heartbeat_s=20, first_delay_s=0.5, last_delay_s=5):
        """token: text, or a function that is asked before each connection. on_state(namespace, state, code)."""
        self.url = url.rstrip("/").replace("http", "ws", 1)
        self.token = token if callable(token) else lambda: token
        self.on_state = on_state or (lambda *_: None)
        self.answer_s, self.heartbeat_s = answer_s, heartbeat_s
        self.first_delay_s, self.last_delay_s = first_delay_s, last_delay_s
        self._calls = queue.SimpleQueue()
        self._namespaces = {}
        threading.Thread(target=self._tell, daemon=True).start()

    def namespace(self, name):
        """The connection to "/", "/game", "/chat", "/combat", "/world" or "/matchmaking"."""
        if name not in self._namespaces:
            self._namespaces[name] = Namespace(self, name)
        return self._namespaces[name]

    def close(self):
        for one in self._namespaces.values():
            one._end("closed")

    def _post(self, function, *arguments):
        self._calls.put((function, arguments))

    def _tell(self):
        while True:
            function, arguments = self._calls.get()
            try:
                function(*arguments)
            except Exception as thrown:  # a listener's own fault ends nothing else
                print("a listener failed:", repr(thrown))


class _Stream:
    """A room or a channel that is followed: each entry once and in order, or a notice of a gap."""

    def __init__(self, name, entry, gap):
        self.name, self.entry, self.gap = name, entry, gap
        self.epoch, self.offset, self.started = "", 0, False
        self.interrupt()

    def interrupt(self):
        self.held, self.overflowed = [], False

    def live(self, message):
        if self.held is None:
            self.take(message)
        elif len(self.held) < MAX_HELD:
            self.held.append(message)
        else:
            self.overflowed = True

    def take(self, message):
        epoch = message.get("epoch", self.epoch)
        if epoch != self.epoch:  # another party or guild has this name now
            self.epoch, self.offset = epoch, 0
            self.gap()
        if message["offset"] > self.offset:
            self.offset = message["offset"]
            self.entry(message)

    def move_to(self, position, is_gap):
        self.epoch, self.offset = position["epoch"], position["offset"]
        if is_gap:
            self.gap()

    def resumed(self, answer):
        if answer.get("recovered") is False or answer["epoch"] != self.epoch:
            self.move_to(answer, True)
            return
        for message in answer.get("messages", []):
            self.take(message)

    def release(self):
        late, self.held = self.held or [], None
        for message in late:
            self.take(message)


class _Call:
    def __init__(self, id, type, payload, within_s, own, done):
        self.id, self.type, self.payload, self.own, self.done = id, type, dict(payload or {}), own, done
        self.until, self.sent = time.monotonic() + within_s, False


class Namespace:
    def __init__(self, client, name):
        self._client, self._name, self._enveloped = client, name, name == "/matchmaking"
        self._lock = threading.RLock()
        self._listeners, self._calls, self._streams, self._known = {}, {}, {}, []
        self._numbers = itertools.count(1)
        self._socket, self._ready, self._served = None, False, False
        self._reason, self._retry_after, self._ended = None, None, threading.Event()
        self.state = None
        threading.Thread(target=self._run, daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()

    def on(self, type, listener):
        """Takes an event's payload. A reliable event comes once, also after a lost connection."""
        with self._lock:
            self._listeners.setdefault(type, []).append(listener)

    def send(self, type, payload=None, within_s=30):
        """Waits for the answer; not to be called by a listener that others wait for.

        One whose answer is lost is sent again only where an id (client_msg_id, action_id, request_id) makes the server act once. Raises
        MusterError.
        """
        answers = queue.SimpleQueue()
        self._begin(type, payload, within_s, False, lambda *told: answers.put(told))
        answer, failure = answers.get()
        if failure:
            raise failure
        return answer

    def follow(self, stream, entry, gap=lambda: None):
        """Follows a room of "/" or a channel of "/chat", from its end on. Raises MusterError."""
        post = self._client._post
        followed = _Stream(stream, lambda message: post(entry, message), lambda: post(gap))
        answers = queue.SimpleQueue()

        def done(answer, failure):
            if failure:
                self._streams.pop(stream, None)
            else:
                followed.move_to(answer, False)
                followed.started = True
                followed.release()
            answers.put(failure)

        with self._lock:
            self._streams[stream] = followed
            if self._name == "/":
                self._begin("subscribe", {"room": stream}, 30, False, done)
            else:
                self._begin("history", {"channel": stream, "limit": 1}, 30, False, done)
        failure = answers.get()
        if failure:
            raise failure

    def leave(self, stream):
        with self._lock:
            known = self._streams.pop(stream, None)
        if known and self._name == "/":
            self.send("unsubscribe", {"room": stream})

    def _begin(self, type, payload, within_s, own, done):
        with self._lock:
            if self._ended.is_set():
                done(None, MusterError(self._reason, "the connection has ended"))
                return
            call = _Call(f"c{next(self._numbers)}", type, payload, within_s, own, done)
            self._calls[call.id] = call
            if self._socket and (self._ready or own):
                self._put(call)

    def _put(self, call):
        call.sent = True
        self._emit(call.type, call.payload, call.id)

    def _emit(self, type, payload, id=None):
        frame = {"data": payload} if self._enveloped else dict(payload)
        frame["type"] = type
        if id:
            frame["id"] = id
        try:
            self._socket.send(json.dumps(frame))
        except (OSError, websocket.WebSocketException):
            pass  # the reading side sees the same end

    def _finish(self, call, answer, failure):
        if self._calls.pop(call.id, None):
            call.done(answer, failure)

    def _run(self):
        failures, first, last_token = 0, True, None
        while not self._ended.is_set():
            self._change("connecting" if first else "reconnecting", self._reason)
            first, self._reason, self._retry_after, self._served = False, None, None, False
            token, same = None, False
            try:
                token = self._client.token()
                same, last_token = token == last_token, token
                self._talk(token)
            except Exception as thrown:
                self._reason = self._reason or getattr(thrown, "code", None) or "unavailable"
            if self._reason == "token_expired" and same:
                self._reason = "token_invalid"
            self._lost()
            if self._reason in ENDINGS:
                self._end(self._reason)
                return
            failures = 0 if self._served else failures + 1
            most = min(self._client.last_delay_s, self._client.first_delay_s * 2 ** min(failures, 10))
            self._ended.wait(self._retry_after if self._retry_after is not None else random.uniform(most / 2, most))

    def _talk(self, token):
        path = "/ws" + ("" if self._name == "/" else self._name)
        address = f"{self._client.url}{path}?reliable=true&token={quote(token, safe='')}"
        opened = websocket.create_connection(address, timeout=self._client.answer_s, enable_multithread=True)
        opened.settimeout(None)
        with self._lock:
            self._socket = opened
            for stream in self._streams.values():
                stream.interrupt()
            # The first answer shows that the namespace serves this connection; a refused one gets an error first.
            self._begin("ping", None, self._client.answer_s, True, lambda _, failure: failure or self._connected())
        try:
            while True:
                code, text = opened.recv_data()
                if code == websocket.ABNF.OPCODE_CLOSE:
                    ends = {4401: "unauthorized", 4403: "forbidden"}
                    self._reason = self._reason or ends.get(int.from_bytes(text[:2], "big"))
                    return
                with self._lock:
                    self._arrived(json.loads(text))
        finally:
            opened.shutdown()

    def _connected(self):
        self._ready = self._served = True
        self._change("connected", None)
        for stream in list(self._streams.values()):
            if stream.started:
                self._resume(stream)
        for call in list(self._calls.values()):
            if not call.own:
                self._put(call)

    def _resume(self, stream):
        since = {"epoch": stream.epoch, "offset": stream.offset}
        is_room = self._name == "/"

        def done(answer, failure):
            if failure and failure.code in ("no_answer", "unavailable", "rate_limited"):
                self._abort()
            elif failure or not (is_room or answer["channels"]):
                self._streams.pop(stream.name, None)
            else:
                told = answer if is_room else answer["channels"][0]
                stream.resumed(told)
                if stream.overflowed or told.get("has_more"):
                    if stream.overflowed:
                        stream.interrupt()
                    self._resume(stream)
                else:
                    stream.release()

        if is_room:
            self._begin("subscribe", {"room": stream.name, "since": since}, self._client.answer_s, True, done)
        else:
            self._begin("sync", {"cursors": [{"channel": stream.name, **since}]}, self._client.answer_s, True, done)

    def _lost(self):
        """What was sent and may not be sent twice has failed; all else waits for the next connection."""
        with self._lock:
            self._socket, self._ready = None, False
            for call in list(self._calls.values()):
                again = any(id in call.payload for id in IDS) or call.type in ("subscribe", "history")
                if call.own or (call.sent and not again):
                    self._finish(call, None, MusterError("no_answer", f"the connection was lost before {call.type} was answered"))

    def _arrived(self, frame):
        type = frame.get("type")
        payload = frame.get("data", {}) if self._enveloped else frame
        if type == "ack":
            call = self._calls.get(frame.get("id"))
            if call and payload.get("ok"):
                self._finish(call, payload, None)
            elif call:
                error = payload.get("error", {})
                code = error.get("code", "internal")
                self._finish(call, None, MusterError(code, f"{call.type}: {error.get('message', code)}", error))
            return
        # One with an event is of a command; others say why the connection is about to end.
        if type == "error" and "event" not in payload:
            self._reason = payload.get("code")
            if "retry_after_ms" in payload:
                self._retry_after = payload["retry_after_ms"] / 1000
        if type == "server_draining":
            timer = threading.Timer(payload["reconnect_in_ms"] / 1000, self._abort)
            timer.daemon = True
            timer.start()
        if type == "token_expiring":
            threading.Thread(target=self._refresh, daemon=True).start()
        if "delivery_id" in payload:
            self._emit("ack", {"delivery_id": payload["delivery_id"]})
            if payload["delivery_id"] in self._known:
                return
            self._known = [*self._known[-MAX_REMEMBERED + 1 :], payload["delivery_id"]]
        stream = self._streams.get(payload.get("room" if self._name == "/" else "channel"))
        if stream and type == "lost":
            stream.move_to(payload, True)
        elif stream and type in ENTRIES and "offset" in payload:
            stream.live({**payload, "event": type})
        for listener in self._listeners.get(type, []):
            self._client._post(listener, payload)

    def _refresh(self):
        try:
            token = self._client.token()
        except Exception:
            return  # the connection ends with the old token, and the next one asks again
        self._begin("refresh_token", {"token": token}, self._client.answer_s, True, lambda *_: None)

    def _watch(self):
        """Time limits of commands, and the heartbeat."""
        beat = time.monotonic()
        while not self._ended.wait(0.2):
            with self._lock:
                now = time.monotonic()
                for call in [one for one in self._calls.values() if one.until < now]:
                    code = "no_answer" if call.sent else "unavailable"
                    self._finish(call, None, MusterError(code, f"{call.type} was not answered in time"))
                if self._ready and now - beat > self._client.heartbeat_s:
                    beat, asked = now, self._socket
                    self._begin("ping", None, self._client.answer_s, True, lambda _, failure: failure and self._abort(asked))

    def _abort(self, socket=None):
        """Ends a connection without waiting for the other side."""
        ended = socket or self._socket
        if ended and ended.sock:
            try:
                ended.sock.shutdown(2)
            except OSError:
                pass  # it has ended already

    def _change(self, state, code):
        self.state = state
        self._client._post(self._client.on_state, self._name, state, code)

    def _end(self, code):
        with self._lock:
            if self._ended.is_set():
                return
            self._reason = code
            self._ended.set()
            self._change("ended", code)
            self._abort()
            for call in list(self._calls.values()):
                self._finish(call, None, MusterError(code, f"{call.type}: the connection has ended"))
