# What the test of the clients plays, as player.cs does: one line of JSON for each thing that happens.
extends Node

const Client = preload("muster_client.gd")
const Types = preload("muster_types.gd")

var muster = Client.new()

func tell(what: String, data = null) -> void:
	print(JSON.stringify({"what": what, "data": data}))

func _ready() -> void:
	var words = OS.get_cmdline_args()
	muster.url = words[words.size() - 2]
	muster.token = words[words.size() - 1]
	muster.first_delay_ms = 100
	muster.heartbeat_ms = 300
	muster.answer_ms = 1500
	muster.state_changed.connect(_on_state)
	muster.on(Types.InChat.ChatMessageEvent, _on_private)
	add_child(muster)
	play()

func play() -> void:
	var lounge = muster.follow("/", "lounge")
	lounge.entry.connect(_on_message)
	lounge.gap.connect(_on_gap)
	var first = await muster.send("/", "subscribe", {"room": "lounge"}).done
	if not first["ok"]:
		tell("failed", first["error"]["code"])
		leave()
		return
	tell("following")
	var data = {"text": "grüße \"\n\\", "list": [1, 2.5, true, null]}
	var publish = Types.InRooms.PublishCommand.new(data)
	publish.room = "lounge"
	publish.client_msg_id = "1"
	var sent = await muster.send_command(publish).done
	tell("published", Types.InRooms.PublishResult.new(sent).offset)
	var refused = await muster.send("/", "publish", {"room": "elsewhere", "data": 1}).done
	tell("refused", refused["error"]["code"])
	var everybody = muster.follow("/chat", "global")
	everybody.entry.connect(_on_entry)
	await muster.send("/chat", "history", {"channel": "global", "limit": 1}).done
	tell("chatting")
	var queued = await muster.send_command(Types.InMatchmaking.QueueJoinCommand.new("classic")).done
	tell("queued", Types.InMatchmaking.QueueJoinResult.new(queued).ticket_id != "")

func _on_state(ns, state, code) -> void:
	tell("state", ns + " " + state.capitalize() + " " + code)

func _on_message(message) -> void:
	tell("message", message["data"])
	if str(message["data"]) == "ping":
		var answer = await muster.send("/chat", "ping").done
		tell("pong", answer)
	elif str(message["data"]) == "close":
		muster.shut()
		var answer = await muster.send("/", "ping").done
		tell("closed", answer["error"]["code"])
		leave()

func leave() -> void:
	get_tree().quit()

func _on_gap() -> void:
	tell("gap")

func _on_entry(entry) -> void:
	tell("global", entry["content"])

func _on_private(message) -> void:
	if message.channel == "private":
		tell("private", message.content)
