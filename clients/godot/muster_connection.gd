# The connection of one namespace: commands, events, reliable delivery and streams, over losses of the network. MusterClient polls it.
extends RefCounted

const Request = preload("muster_request.gd")
const Stream = preload("muster_stream.gd")

signal state_changed(state, code)
signal event(type, payload)
signal token_wanted()

# Reliable events that are known, so that a repeat is not told twice.
const MAX_REMEMBERED := 1000
# Above the server's largest message; Godot's own bound is 64 KB.
const BUFFER_BYTES := 2097152
# With one of these the server acts once, however often a command comes.
const IDS := ["client_msg_id", "action_id", "request_id"]
# After these another try would be refused as well.
const ENDINGS := ["token_invalid", "token_expired", "token_revoked", "unauthorized", "forbidden", "banned", "not_found"]
const ENTRIES := ["message", "chat_message", "message_edited", "message_deleted"]

var url := ""
var ns := "/"
var token := ""
var answer_ms := 10000
var heartbeat_ms := 20000
var first_delay_ms := 500
var last_delay_ms := 5000
var state := "closed"

var _socket = null
var _is_served := false
var _was_served := false
var _opened_at := 0
var _next_try := 0
var _beat_at := 0
var _failures := 0
var _count := 0
var _reason := ""
var _retry_after := -1
var _move_at := 0
var _requests := {}
var _order := []
var _failed := []
var _streams := {}
var _known := []

func start() -> void:
	_change("connecting", "")
	_open()

# Ends the connection; what waits fails with this code.
func end(code: String) -> void:
	if state == "ended":
		return
	_reason = code
	_drop_socket()
	for id in _order.duplicate():
		if _requests.has(id):
			_finish(_requests[id], _refusal(code, "the connection has ended"))
	_change("ended", code)

func send(type: String, payload: Dictionary, within_ms: int) -> Request:
	return _begin(type, payload, within_ms, false, "", "")

func follow(name: String) -> Stream:
	var stream = Stream.new()
	stream.name = name
	_streams[name] = stream
	if ns == "/":
		_begin("subscribe", {"room": name}, 30000, false, "follow", name)
	else:
		_begin("history", {"channel": name, "limit": 1}, 30000, false, "follow", name)
	return stream

func leave(name: String) -> void:
	if _streams.erase(name) and ns == "/":
		_begin("unsubscribe", {"room": name}, 30000, false, "", "")

# A newer token of the same user: this connection goes on with it, and the next one begins with it.
func use_token(fresh: String) -> void:
	token = fresh
	if _is_served:
		_begin("refresh_token", {"token": token}, answer_ms, true, "", "")
	elif state == "ended" and _reason.begins_with("token_"):
		_reason = ""
		start()

func poll() -> void:
	var failed = _failed
	_failed = []
	for pair in failed:
		pair[0].emit_signal("done", pair[1])
	if state == "ended" or state == "closed":
		return
	var now = Time.get_ticks_msec()
	_time_out(now)
	if _socket == null:
		if now >= _next_try:
			_open()
		return
	_socket.poll()
	var ready_state = _socket.get_ready_state()
	if ready_state == WebSocketPeer.STATE_OPEN and not _was_served and _opened_at >= 0:
		# The first answer shows that the namespace serves this connection; a refused one gets an error first.
		_opened_at = -1
		_begin("ping", {}, answer_ms, true, "hello", "")
	while _socket != null and _socket.get_available_packet_count() > 0:
		_arrived(_socket.get_packet().get_string_from_utf8())
	if _socket == null:
		return
	if ready_state == WebSocketPeer.STATE_CLOSED:
		var code = _socket.get_close_code()
		if _reason == "" and code == 4401:
			_reason = "unauthorized"
		if _reason == "" and code == 4403:
			_reason = "forbidden"
		_lost()
	elif ready_state == WebSocketPeer.STATE_CONNECTING and now - _opened_at > answer_ms:
		_lost()
	elif _move_at > 0 and now >= _move_at:
		_retry_after = 0
		_lost()
	elif _is_served and now - _beat_at >= heartbeat_ms:
		_beat_at = now
		_begin("ping", {}, answer_ms, true, "heartbeat", "")

func _open() -> void:
	_reason = ""
	_retry_after = -1
	_move_at = 0
	_was_served = false
	_opened_at = Time.get_ticks_msec()
	for stream in _streams.values():
		stream.interrupt()
	_socket = WebSocketPeer.new()
	_socket.inbound_buffer_size = BUFFER_BYTES
	_socket.outbound_buffer_size = BUFFER_BYTES
	var path = "/ws" if ns == "/" else "/ws" + ns
	var address = url.replace("http://", "ws://").replace("https://", "wss://") + path
	if _socket.connect_to_url(address + "?reliable=true&token=" + token.uri_encode()) != OK:
		_lost()

func _drop_socket() -> void:
	if _socket != null:
		_socket.close()
	_socket = null
	_is_served = false

# What was sent and may not be sent twice has failed; all else waits for the next connection.
func _lost() -> void:
	_drop_socket()
	for id in _order.duplicate():
		# What is done with an answer may have ended others.
		var request = _requests.get(id)
		if request == null:
			continue
		if request.own or (request.sent and not _repeatable(request)):
			_finish(request, _refusal("no_answer", "the connection was lost before " + request.type + " was answered"))
	if ENDINGS.has(_reason):
		end(_reason)
		if _reason == "token_expired":
			emit_signal("token_wanted")
		return
	_failures = 0 if _was_served else _failures + 1
	var most = min(last_delay_ms, first_delay_ms * pow(2, min(_failures, 10)))
	var wait = _retry_after if _retry_after >= 0 else int(most / 2 + randf() * most / 2)
	_next_try = Time.get_ticks_msec() + wait
	_change("reconnecting", _reason)

func _repeatable(request) -> bool:
	for id in IDS:
		if request.payload.has(id):
			return true
	return request.type == "subscribe" or request.type == "history"

func _time_out(now: int) -> void:
	for id in _order.duplicate():
		var request = _requests.get(id)
		if request != null and now > request.until:
			_finish(request, _refusal("no_answer" if request.sent else "unavailable", request.type + " was not answered in time"))

func _begin(type: String, payload: Dictionary, within_ms: int, own: bool, purpose: String, stream: String) -> Request:
	var request = Request.new()
	_count += 1
	request.id = "c" + str(_count)
	request.type = type
	request.payload = payload.duplicate()
	request.until = Time.get_ticks_msec() + within_ms
	request.own = own
	request.purpose = purpose
	request.stream = stream
	if state == "ended":
		# At the next poll, so that the game can wait for it first.
		_failed.append([request, _refusal(_reason, "the connection has ended")])
		return request
	_requests[request.id] = request
	_order.append(request.id)
	if _socket != null and (_is_served or own):
		_put(request)
	return request

func _put(request) -> void:
	request.sent = true
	_emit(request.type, request.payload, request.id)

func _emit(type: String, payload: Dictionary, id: String) -> void:
	var frame = {"data": payload} if ns == "/matchmaking" else payload.duplicate()
	frame["type"] = type
	if id != "":
		frame["id"] = id
	_socket.send_text(JSON.stringify(frame))

func _refusal(code: String, message: String) -> Dictionary:
	return {"ok": false, "error": {"code": code, "message": message}}

func _finish(request, answer: Dictionary) -> void:
	_requests.erase(request.id)
	_order.erase(request.id)
	match request.purpose:
		"hello":
			if answer["ok"]:
				_connected()
		"heartbeat":
			if not answer["ok"] and _socket != null:
				_lost()
		"follow":
			_followed(request.stream, answer)
		"resume":
			_resumed(request.stream, answer)
	request.emit_signal("done", answer)

func _connected() -> void:
	_was_served = true
	_is_served = true
	_failures = 0
	_beat_at = Time.get_ticks_msec()
	_change("connected", "")
	for stream in _streams.values():
		if stream.started:
			_resume(stream)
	for id in _order.duplicate():
		if _requests.has(id) and not _requests[id].own:
			_put(_requests[id])

func _followed(name: String, answer: Dictionary) -> void:
	var stream = _streams.get(name)
	if stream == null:
		return
	if not answer["ok"]:
		_streams.erase(name)
		emit_signal("event", "error", answer["error"])
		return
	stream.move_to(answer, false)
	stream.started = true
	stream.release()

func _resume(stream) -> void:
	var since = {"epoch": stream.epoch, "offset": stream.offset}
	if ns == "/":
		_begin("subscribe", {"room": stream.name, "since": since}, answer_ms, true, "resume", stream.name)
	else:
		since["channel"] = stream.name
		_begin("sync", {"cursors": [since]}, answer_ms, true, "resume", stream.name)

func _resumed(name: String, answer: Dictionary) -> void:
	var stream = _streams.get(name)
	if stream == null:
		return
	if not answer["ok"]:
		# A connection that is lost meanwhile resumes again; a refusal is the end of the stream.
		if ["no_answer", "unavailable", "rate_limited"].has(answer["error"]["code"]):
			if _socket != null:
				_lost()
		else:
			_streams.erase(name)
			emit_signal("event", "error", answer["error"])
		return
	if ns != "/":
		if answer["channels"].size() == 0:
			_streams.erase(name)
			return
		answer = answer["channels"][0]
	stream.resumed(answer)
	if stream.overflowed or answer.get("has_more", false):
		if stream.overflowed:
			stream.interrupt()
		_resume(stream)
	else:
		stream.release()

func _arrived(text: String) -> void:
	var frame = JSON.parse_string(text)
	if typeof(frame) != TYPE_DICTIONARY or typeof(frame.get("type")) != TYPE_STRING:
		return
	var type = frame["type"]
	var payload = frame.get("data", {}) if ns == "/matchmaking" else frame
	if typeof(payload) != TYPE_DICTIONARY:
		return
	if type == "ack":
		if _requests.has(frame.get("id")):
			_finish(_requests[frame["id"]], payload)
		return
	# One with an event is of a command; others say why the connection is about to end.
	if type == "error" and not payload.has("event"):
		_reason = str(payload.get("code", ""))
		_retry_after = int(payload.get("retry_after_ms", -1))
	elif type == "server_draining":
		_move_at = Time.get_ticks_msec() + int(payload.get("reconnect_in_ms", 0)) + 1
	elif type == "token_expiring":
		emit_signal("token_wanted")
	if payload.has("delivery_id"):
		_emit("ack", {"delivery_id": payload["delivery_id"]}, "")
		if _known.has(payload["delivery_id"]):
			return
		_known.append(payload["delivery_id"])
		if _known.size() > MAX_REMEMBERED:
			_known.pop_front()
	var stream = _streams.get(payload.get("room" if ns == "/" else "channel"))
	if stream != null:
		if type == "lost":
			stream.move_to(payload, true)
		elif payload.has("offset") and ENTRIES.has(type):
			var message = payload.duplicate()
			message["event"] = type
			stream.live(message)
	emit_signal("event", type, payload)

func _change(to: String, code: String) -> void:
	state = to
	emit_signal("state_changed", to, code)
