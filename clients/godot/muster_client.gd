# The client of Muster for Godot 4, over plain WebSocket. See README.md of the folder above.
#
#     var muster = MusterClient.new()
#     muster.url = "https://play.example.com"
#     muster.token = my_token
#     add_child(muster)
#     muster.event.connect(func(ns, type, payload): print(ns, " ", type))
#     var answer = await muster.send("/chat", "chat_message", {"channel": "global", "content": "hello"}).done
#     if not answer["ok"]: print(answer["error"]["code"])
extends Node
class_name MusterClient

const Connection = preload("muster_connection.gd")

# "connecting", "connected", "reconnecting" or "ended", with the code of the reason.
signal state_changed(ns, state, code)
# Every event of every namespace. A reliable one comes once, also after a lost connection.
signal event(ns, type, payload)
# The token ends: call use_token with a fresh one.
signal token_wanted()

var url := "http://localhost:3000"
var token := ""
# How long a connection may take, and a heartbeat's answer.
var answer_ms := 10000
var heartbeat_ms := 20000
var first_delay_ms := 500
var last_delay_ms := 5000

var _connections := {}
# What `on` was given, by "namespace event".
var _listeners := {}

func _process(_delta) -> void:
	for one in _connections.values():
		one.poll()

# Connects to a namespace: "/", "/game", "/chat", "/combat", "/world" or "/matchmaking". What is below does so by itself.
func open(ns: String) -> Connection:
	if _connections.has(ns):
		return _connections[ns]
	var one = Connection.new()
	one.url = url
	one.ns = ns
	one.token = token
	one.answer_ms = answer_ms
	one.heartbeat_ms = heartbeat_ms
	one.first_delay_ms = first_delay_ms
	one.last_delay_ms = last_delay_ms
	_connections[ns] = one
	one.state_changed.connect(_on_state.bind(ns))
	one.event.connect(_on_event.bind(ns))
	one.token_wanted.connect(_on_token_wanted)
	one.start()
	return one

# Sends a command; wait for `done` of what it returns. It waits while the connection is away. One whose answer is lost is sent again
# only where "client_msg_id", "action_id" or "request_id" makes the server act once; else it fails with "no_answer".
func send(ns: String, type: String, payload := {}, within_ms := 30000):
	return open(ns).send(type, payload, within_ms)

# Sends one of MusterTypes' commands, such as MusterTypes.InChat.ChatMessageCommand.new("global", "hello"), as `send` does.
func send_command(command, within_ms := 30000):
	return send(command.NS, command.NAME, command.to_fields(), within_ms)

# Calls the listener with each event of one of MusterTypes' kinds, such as MusterTypes.InChat.ChatMessageEvent. It opens no connection.
func on(kind, listener: Callable) -> void:
	var name = kind.NS + " " + kind.NAME
	if not _listeners.has(name):
		_listeners[name] = []
	_listeners[name].append([kind, listener])

# Follows a room of "/" or a channel of "/chat", from its end on: signals `entry(message)` and `gap()` of what it returns.
func follow(ns: String, stream: String):
	return open(ns).follow(stream)

func leave(ns: String, stream: String) -> void:
	open(ns).leave(stream)

func use_token(fresh: String) -> void:
	token = fresh
	for one in _connections.values():
		one.use_token(fresh)

# Ends all connections; what waits for an answer fails with "closed".
func shut() -> void:
	for one in _connections.values():
		one.end("closed")

func _on_state(state, code, ns) -> void:
	emit_signal("state_changed", ns, state, code)

func _on_event(type, payload, ns) -> void:
	emit_signal("event", ns, type, payload)
	for pair in _listeners.get(ns + " " + type, []):
		pair[1].call(pair[0].new(payload))

func _on_token_wanted() -> void:
	emit_signal("token_wanted")
