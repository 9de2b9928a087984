# Made by `npm run docs` from the contracts; change it there.
# A class for each command, its result and each event, with names of events as constants.
extends RefCounted
class_name MusterTypes

class InRooms:
	const NS := "/"
	const ON_CONNECTED := "connected"
	const ON_SUBSCRIBED := "subscribed"
	const ON_UNSUBSCRIBED := "unsubscribed"
	const ON_MESSAGE := "message"
	const ON_LOST := "lost"
	const ON_RELAY := "relay"
	const ON_CLIENT_HELLO := "client_hello"
	const ON_POSITION_UPDATE := "position_update"
	const ON_CHAT_MESSAGE := "chat_message"
	const ON_ENTITY_SPAWN := "entity_spawn"
	const ON_PRESENCE_EVENT := "presence_event"
	const ON_PONG := "pong"
	const ON_ERROR := "error"
	const ON_TOKEN_EXPIRING := "token_expiring"
	const ON_SERVER_DRAINING := "server_draining"

	class SinceFields:
		# At most 100 characters.
		var epoch: String = ""
		# At least 0.
		var offset: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))

	class MessageFields:
		var room: String = ""
		var data = null
		var client_id: String = ""
		var offset: int = 0
		var timestamp: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			room = str(payload.get("room", ""))
			data = payload.get("data")
			client_id = str(payload.get("client_id", ""))
			offset = int(payload.get("offset", 0))
			timestamp = float(payload.get("timestamp", 0.0))

	class DataFields:
		var client_id: String = ""
		var message: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			client_id = str(payload.get("client_id", ""))
			message = str(payload.get("message", ""))

	class SubscribedEventDataFields:
		var room: String = ""
		var client_count: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			room = str(payload.get("room", ""))
			client_count = int(payload.get("client_count", 0))

	class UnsubscribedEventDataFields:
		var room: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			room = str(payload.get("room", ""))

	class PositionFields:
		# At least -1000000, at most 1000000.
		var x: float = 0.0
		# At least -1000000, at most 1000000.
		var y: float = 0.0
		# At least -1000000, at most 1000000.
		var z: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))
			z = float(payload.get("z", 0.0))

	class RotationFields:
		# At least -1000000, at most 1000000.
		var x: float = 0.0
		# At least -1000000, at most 1000000.
		var y: float = 0.0
		# At least -1000000, at most 1000000.
		var z: float = 0.0
		# At least -1000000, at most 1000000.
		var w: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))
			z = float(payload.get("z", 0.0))
			w = float(payload.get("w", 0.0))

	# Follows a room. With `since`, `messages` has what was missed after that cursor, where that is at most 512 KiB. Else it has the beginning; the rest follows in order as `message` events from `offset` on, before anything newer.
	class SubscribeCommand:
		const NS := "/"
		const NAME := "subscribe"
		# Optional. String. At most 200 characters.
		var room = null
		# Optional. {epoch: String, offset: int}.
		var since = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if room != null:
				made["room"] = room
			if since != null:
				made["since"] = since
			return made

	# The answer to `subscribe`.
	class SubscribeResult:
		var room: String = ""
		var client_count: int = 0
		var epoch: String = ""
		# At least 0.
		var offset: int = 0
		# Optional. bool.
		var recovered = null
		# Optional. Array of MessageFields.
		var messages = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			room = str(payload.get("room", ""))
			client_count = int(payload.get("client_count", 0))
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))
			recovered = payload.get("recovered")
			if typeof(payload.get("messages")) == TYPE_ARRAY:
				messages = []
				for one in payload["messages"]:
					messages.append(MessageFields.new(one))

	# Ends following a room.
	class UnsubscribeCommand:
		const NS := "/"
		const NAME := "unsubscribe"
		# Optional. String. At most 200 characters.
		var room = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if room != null:
				made["room"] = room
			return made

	# The answer to `unsubscribe`.
	class UnsubscribeResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Sends to every connection that follows the room, the sender too. Only connections that follow the room may.
	class PublishCommand:
		const NS := "/"
		const NAME := "publish"
		# Optional. String. At most 200 characters.
		var room = null
		var data = null
		# Optional. String. At most 100 characters.
		var client_msg_id = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_data) -> void:
			data = p_data

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["data"] = data
			if room != null:
				made["room"] = room
			if client_msg_id != null:
				made["client_msg_id"] = client_msg_id
			return made

	# The answer to `publish`.
	class PublishResult:
		var epoch: String = ""
		# At least 0.
		var offset: int = 0
		# Optional. bool.
		var duplicate = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))
			duplicate = payload.get("duplicate")

	# Sends to every connection of this namespace; in production for the roles service and admin.
	class BroadcastCommand:
		const NS := "/"
		const NAME := "broadcast"
		var data = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_data) -> void:
			data = p_data

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["data"] = data
			return made

	# The answer to `broadcast`.
	class BroadcastResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Joins a relay room, the same that plain clients enter by `/ws/{room_id}`.
	class RelayJoinCommand:
		const NS := "/"
		const NAME := "relay:join"
		# Optional. String. At most 200 characters.
		var room_id = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if room_id != null:
				made["room_id"] = room_id
			return made

	# The answer to `relay:join`.
	class RelayJoinResult:
		var room_id: String = ""
		var client_id: String = ""
		var client_count: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			room_id = str(payload.get("room_id", ""))
			client_id = str(payload.get("client_id", ""))
			client_count = int(payload.get("client_count", 0))

	# Leaves a relay room.
	class RelayLeaveCommand:
		const NS := "/"
		const NAME := "relay:leave"
		# Optional. String. At most 200 characters.
		var room_id = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if room_id != null:
				made["room_id"] = room_id
			return made

	# The answer to `relay:leave`.
	class RelayLeaveResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Sends data to the others in a relay room, as it is.
	class RelayCommand:
		const NS := "/"
		const NAME := "relay"
		# Optional. String. At most 200 characters.
		var room_id = null
		var data = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_data) -> void:
			data = p_data

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["data"] = data
			if room_id != null:
				made["room_id"] = room_id
			return made

	# The answer to `relay`.
	class RelayResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Extends the connection with a newer token of the same user.
	class RefreshTokenCommand:
		const NS := "/"
		const NAME := "refresh_token"
		# At most 4096 characters.
		var token: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_token: String) -> void:
			token = p_token

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["token"] = token
			return made

	# The answer to `refresh_token`.
	class RefreshTokenResult:
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			expires_at = str(payload.get("expires_at", ""))

	# Answered with `pong`: a heartbeat for clients that want their own. A `timestamp` in the namespace's form comes back in it.
	class PingCommand:
		const NS := "/"
		const NAME := "ping"
		# Optional.
		var timestamp = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if timestamp != null:
				made["timestamp"] = timestamp
			return made

	# The answer to `ping`.
	class PingResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Acknowledges a reliable event, for clients without Socket.IO acknowledgements.
	class AckCommand:
		const NS := "/"
		const NAME := "ack"
		# At most 256 characters.
		var delivery_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_delivery_id: String) -> void:
			delivery_id = p_delivery_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["delivery_id"] = delivery_id
			return made

	# The answer to `ack`.
	class AckResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Greets a connection with its id.
	class ConnectedEvent:
		const NS := "/"
		const NAME := "connected"
		# Optional. float. In milliseconds.
		var timestamp = null
		# DataFields.
		var data = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			if typeof(payload.get("data")) == TYPE_DICTIONARY:
				data = DataFields.new(payload["data"])

	# The connection follows the room now.
	class SubscribedEvent:
		const NS := "/"
		const NAME := "subscribed"
		# Optional. float. In milliseconds.
		var timestamp = null
		var room: String = ""
		# SubscribedEventDataFields.
		var data = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room = str(payload.get("room", ""))
			if typeof(payload.get("data")) == TYPE_DICTIONARY:
				data = SubscribedEventDataFields.new(payload["data"])

	# The connection does not follow the room any more.
	class UnsubscribedEvent:
		const NS := "/"
		const NAME := "unsubscribed"
		# Optional. float. In milliseconds.
		var timestamp = null
		var room: String = ""
		# UnsubscribedEventDataFields.
		var data = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room = str(payload.get("room", ""))
			if typeof(payload.get("data")) == TYPE_DICTIONARY:
				data = UnsubscribedEventDataFields.new(payload["data"])

	# A message of a room (then with `room` and `offset`) or of a broadcast.
	class MessageEvent:
		const NS := "/"
		const NAME := "message"
		# Optional. float. In milliseconds.
		var timestamp = null
		# Optional. String.
		var room = null
		var data = null
		var client_id: String = ""
		# Optional. int.
		var offset = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room = payload.get("room")
			data = payload.get("data")
			client_id = str(payload.get("client_id", ""))
			if payload.get("offset") != null:
				offset = int(payload["offset"])

	# Messages of the room are gone for good; what follows continues after this cursor.
	class LostEvent:
		const NS := "/"
		const NAME := "lost"
		# Optional. float. In milliseconds.
		var timestamp = null
		var room: String = ""
		var recovered: bool = false
		var epoch: String = ""
		# At least 0.
		var offset: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room = str(payload.get("room", ""))
			recovered = bool(payload.get("recovered", false))
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))

	# Data of another in a relay room.
	class RelayEvent:
		const NS := "/"
		const NAME := "relay"
		# Optional. float. In milliseconds.
		var timestamp = null
		var room_id: String = ""
		var data = null
		var client_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room_id = str(payload.get("room_id", ""))
			data = payload.get("data")
			client_id = str(payload.get("client_id", ""))

	# Another in a relay room sent a ClientHello.
	class ClientHelloEvent:
		const NS := "/"
		const NAME := "client_hello"
		# Optional. float. In milliseconds.
		var timestamp = null
		# Optional. String. At most 128 characters.
		var display_name = null
		# Optional. String. At most 128 characters.
		var client_version = null
		var room_id: String = ""
		var client_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			display_name = payload.get("display_name")
			client_version = payload.get("client_version")
			room_id = str(payload.get("room_id", ""))
			client_id = str(payload.get("client_id", ""))

	# Another in a relay room sent a PositionUpdate.
	class PositionUpdateEvent:
		const NS := "/"
		const NAME := "position_update"
		# Optional. float. In milliseconds.
		var timestamp = null
		# Optional. String. At most 128 characters.
		var entity_id = null
		# PositionFields.
		var position = null
		# Optional. RotationFields.
		var rotation = null
		# Optional. int. At least 0.
		var seq = null
		var room_id: String = ""
		var client_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			entity_id = payload.get("entity_id")
			if typeof(payload.get("position")) == TYPE_DICTIONARY:
				position = PositionFields.new(payload["position"])
			if typeof(payload.get("rotation")) == TYPE_DICTIONARY:
				rotation = RotationFields.new(payload["rotation"])
			if payload.get("seq") != null:
				seq = int(payload["seq"])
			room_id = str(payload.get("room_id", ""))
			client_id = str(payload.get("client_id", ""))

	# Another in a relay room sent a ChatMessage.
	class ChatMessageEvent:
		const NS := "/"
		const NAME := "chat_message"
		# Optional. float. In milliseconds.
		var timestamp = null
		# At most 2000 characters.
		var text: String = ""
		var room_id: String = ""
		var client_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			text = str(payload.get("text", ""))
			room_id = str(payload.get("room_id", ""))
			client_id = str(payload.get("client_id", ""))

	# Another in a relay room sent an EntitySpawn.
	class EntitySpawnEvent:
		const NS := "/"
		const NAME := "entity_spawn"
		# Optional. float. In milliseconds.
		var timestamp = null
		# At most 128 characters.
		var entity_id: String = ""
		# At most 128 characters.
		var kind: String = ""
		# PositionFields.
		var position = null
		# Optional. RotationFields.
		var rotation = null
		# Optional. Dictionary of Variant.
		var data = null
		var room_id: String = ""
		var client_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			entity_id = str(payload.get("entity_id", ""))
			kind = str(payload.get("kind", ""))
			if typeof(payload.get("position")) == TYPE_DICTIONARY:
				position = PositionFields.new(payload["position"])
			if typeof(payload.get("rotation")) == TYPE_DICTIONARY:
				rotation = RotationFields.new(payload["rotation"])
			data = payload.get("data")
			room_id = str(payload.get("room_id", ""))
			client_id = str(payload.get("client_id", ""))

	# Another in a relay room sent a PresenceEvent.
	class PresenceEventEvent:
		const NS := "/"
		const NAME := "presence_event"
		# Optional. float. In milliseconds.
		var timestamp = null
		# At most 128 characters.
		var status: String = ""
		# Optional. String. At most 1000 characters.
		var text = null
		var room_id: String = ""
		var client_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			status = str(payload.get("status", ""))
			text = payload.get("text")
			room_id = str(payload.get("room_id", ""))
			client_id = str(payload.get("client_id", ""))

	# The answer to `ping`.
	class PongEvent:
		const NS := "/"
		const NAME := "pong"
		# Optional. float. In milliseconds.
		var timestamp = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")

	# A command without an acknowledgement failed, or the connection is about to end.
	class ErrorEvent:
		const NS := "/"
		const NAME := "error"
		# Optional. float. In milliseconds.
		var timestamp = null
		var error: String = ""
		var code: String = ""
		# Optional. String.
		var event = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			error = str(payload.get("error", ""))
			code = str(payload.get("code", ""))
			event = payload.get("event")

	# The token ends in a minute: send `refresh_token`.
	class TokenExpiringEvent:
		const NS := "/"
		const NAME := "token_expiring"
		# Optional. float. In milliseconds.
		var timestamp = null
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			expires_at = str(payload.get("expires_at", ""))

	# This worker stops: reconnect after so many milliseconds.
	class ServerDrainingEvent:
		const NS := "/"
		const NAME := "server_draining"
		# Optional. float. In milliseconds.
		var timestamp = null
		var reconnect_in_ms: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			reconnect_in_ms = float(payload.get("reconnect_in_ms", 0.0))

class InGame:
	const NS := "/game"
	const ON_USER_LIST := "user:list"
	const ON_PRESENCE_PUSH := "presence:push"
	const ON_PRESENCE := "presence"
	const ON_ROOM_LISTED := "room:listed"
	const ON_ROOM_UNLISTED := "room:unlisted"
	const ON_ROOM_LIST := "room:list"
	const ON_WELCOME := "welcome"
	const ON_ROOM_UPDATED := "room:updated"
	const ON_ROOM_LEFT := "room:left"
	const ON_ROOM_SIGNAL := "room:signal"
	const ON_GAME_STARTED := "game_started"
	const ON_GAME_STATE := "game_state"
	const ON_GAME_FRAME := "game_frame"
	const ON_GAME_SYNC := "game_sync"
	const ON_GAME_ENDED := "game_ended"
	const ON_ANNOUNCEMENT := "announcement"
	const ON_ACHIEVEMENT := "achievement"
	const ON_PLAYER_STATUS := "player_status"
	const ON_PONG := "pong"
	const ON_ERROR := "error"
	const ON_TOKEN_EXPIRING := "token_expiring"
	const ON_SERVER_DRAINING := "server_draining"

	# Those that are known; a newer server may have more.
	class StatusValues:
		const ONLINE := "online"
		const AWAY := "away"
		const BUSY := "busy"
		const INVISIBLE := "invisible"

	# Those that are known; a newer server may have more.
	class UserStatusValues:
		const ONLINE := "online"
		const AWAY := "away"
		const BUSY := "busy"

	# Those that are known; a newer server may have more.
	class FormValues:
		const OBJECTS := "objects"
		const COLUMNS := "columns"

	# Those that are known; a newer server may have more.
	class PhaseValues:
		const LOBBY := "lobby"
		const PLAYING := "playing"
		const ENDED := "ended"

	# Those that are known; a newer server may have more.
	class RoomListCommandPhaseValues:
		const LOBBY := "lobby"
		const PLAYING := "playing"

	# Those that are known; a newer server may have more.
	class ReasonValues:
		const JOINED := "joined"
		const GAP := "gap"
		const TAKEOVER := "takeover"
		const ASKED := "asked"

	# Those that are known; a newer server may have more.
	class KindValues:
		const START := "start"
		const ACTION := "action"
		const JOIN := "join"
		const DROP := "drop"
		const TIMEOUT := "timeout"
		const END := "end"

	# Those that are known; a newer server may have more.
	class JournalKindValues:
		const SNAPSHOT := "snapshot"
		const TICKS := "ticks"

	# Those that are known; a newer server may have more.
	class LevelValues:
		const INFO := "info"
		const WARNING := "warning"
		const CRITICAL := "critical"

	class UserFields:
		var user_id: String = ""
		var name: String = ""
		# Optional. String.
		var picture = null
		# String of UserStatusValues.
		var status: String = ""
		# Optional. String.
		var text = null
		var connections: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))
			name = str(payload.get("name", ""))
			picture = payload.get("picture")
			status = str(payload.get("status", ""))
			text = payload.get("text")
			connections = int(payload.get("connections", 0))

	class PlayerFields:
		var user_id: String = ""
		var name: String = ""
		var connected: bool = false
		# Optional. bool.
		var dropped = null
		# Optional. int.
		var team = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))
			name = str(payload.get("name", ""))
			connected = bool(payload.get("connected", false))
			dropped = payload.get("dropped")
			if payload.get("team") != null:
				team = int(payload["team"])

	class RoomFields:
		var room_id: String = ""
		var name: String = ""
		var game: String = ""
		var owner: String = ""
		# Array of PlayerFields.
		var players: Array = []
		var max_players: int = 0
		var private: bool = false
		# Optional. String.
		var join_code = null
		# String of PhaseValues.
		var phase: String = ""
		# Optional. String.
		var created_at = null
		# Optional. Dictionary of Variant.
		var labels = null
		# Optional.
		var options = null
		# Optional. int.
		var round_ = null
		# Optional. Array of String.
		var rematch = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			room_id = str(payload.get("room_id", ""))
			name = str(payload.get("name", ""))
			game = str(payload.get("game", ""))
			owner = str(payload.get("owner", ""))
			if typeof(payload.get("players")) == TYPE_ARRAY:
				players = []
				for one in payload["players"]:
					players.append(PlayerFields.new(one))
			max_players = int(payload.get("max_players", 0))
			private = bool(payload.get("private", false))
			join_code = payload.get("join_code")
			phase = str(payload.get("phase", ""))
			created_at = payload.get("created_at")
			labels = payload.get("labels")
			options = payload.get("options")
			if payload.get("round") != null:
				round_ = int(payload["round"])
			rematch = payload.get("rematch")

	class MatchFields:
		var room_id: String = ""
		var name: String = ""
		var game: String = ""
		var owner: String = ""
		# Array of PlayerFields.
		var players: Array = []
		var max_players: int = 0
		var private: bool = false
		# Optional. String.
		var join_code = null
		# String of PhaseValues.
		var phase: String = ""
		# Optional. String.
		var created_at = null
		# Optional. Dictionary of Variant.
		var labels = null
		# Optional.
		var options = null
		# Optional. int.
		var round_ = null
		# Optional. Array of String.
		var rematch = null
		var match_id: String = ""
		# Optional. String.
		var game_mode = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			room_id = str(payload.get("room_id", ""))
			name = str(payload.get("name", ""))
			game = str(payload.get("game", ""))
			owner = str(payload.get("owner", ""))
			if typeof(payload.get("players")) == TYPE_ARRAY:
				players = []
				for one in payload["players"]:
					players.append(PlayerFields.new(one))
			max_players = int(payload.get("max_players", 0))
			private = bool(payload.get("private", false))
			join_code = payload.get("join_code")
			phase = str(payload.get("phase", ""))
			created_at = payload.get("created_at")
			labels = payload.get("labels")
			options = payload.get("options")
			if payload.get("round") != null:
				round_ = int(payload["round"])
			rematch = payload.get("rematch")
			match_id = str(payload.get("match_id", ""))
			game_mode = payload.get("game_mode")

	class EntryFields:
		var version: int = 0
		var at: String = ""
		# String of KindValues.
		var kind: String = ""
		# Optional. String.
		var owner = null
		# Optional. Array of int.
		var draws = null
		# Optional. String.
		var game = null
		# Optional. Array of String.
		var players = null
		# Optional.
		var options = null
		# Optional. Dictionary of int.
		var teams = null
		# Optional. int.
		var team = null
		# Optional. String.
		var by = null
		# Optional. String.
		var action = null
		# Optional.
		var args = null
		# Optional.
		var result = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			version = int(payload.get("version", 0))
			at = str(payload.get("at", ""))
			kind = str(payload.get("kind", ""))
			owner = payload.get("owner")
			draws = payload.get("draws")
			game = payload.get("game")
			players = payload.get("players")
			options = payload.get("options")
			teams = payload.get("teams")
			if payload.get("team") != null:
				team = int(payload["team"])
			by = payload.get("by")
			action = payload.get("action")
			args = payload.get("args")
			result = payload.get("result")

	class JournalFields:
		# String of JournalKindValues.
		var kind: String = ""
		# Optional. String.
		var game = null
		# Optional. String.
		var at = null
		# Optional. Array of int.
		var seed_ = null
		# Optional.
		var options = null
		var epoch: int = 0
		# Optional. Array of String.
		var players = null
		# Optional. Array of int.
		var acks = null
		# Optional.
		var snapshot = null
		# Optional. int.
		var from = null
		# Optional. Array of Variant.
		var ticks = null
		# Optional. Array of Variant.
		var hashes = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			kind = str(payload.get("kind", ""))
			game = payload.get("game")
			at = payload.get("at")
			seed_ = payload.get("seed")
			options = payload.get("options")
			epoch = int(payload.get("epoch", 0))
			players = payload.get("players")
			acks = payload.get("acks")
			snapshot = payload.get("snapshot")
			if payload.get("from") != null:
				from = int(payload["from"])
			ticks = payload.get("ticks")
			hashes = payload.get("hashes")

	class WelcomeEventUserFields:
		var user_id: String = ""
		var name: String = ""
		# Optional. String.
		var picture = null
		# Array of String.
		var roles: Array = []
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))
			name = str(payload.get("name", ""))
			picture = payload.get("picture")
			roles = Array(payload.get("roles", []))

	class PresenceFields:
		var pushed: bool = false
		var max_users: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			pushed = bool(payload.get("pushed", false))
			max_users = int(payload.get("max_users", 0))

	# Sets what others see of the user in `presence`.
	class StatusCommand:
		const NS := "/game"
		const NAME := "status"
		# String of StatusValues.
		var status: String = ""
		# Optional. String. At most 140 characters.
		var text = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_status: String) -> void:
			status = p_status

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["status"] = status
			if text != null:
				made["text"] = text
			return made

	# The answer to `status`.
	class StatusResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# The users who are here, in pages.
	class UserListCommand:
		const NS := "/game"
		const NAME := "user:list"
		# Optional. String. At most 500 characters.
		var cursor = null
		# Optional. int. At least 1, at most 500.
		var limit = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if cursor != null:
				made["cursor"] = cursor
			if limit != null:
				made["limit"] = limit
			return made

	# The answer to `user:list`.
	class UserListResult:
		# Array of UserFields.
		var users: Array = []
		var count: int = 0
		# Optional. String.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("users")) == TYPE_ARRAY:
				users = []
				for one in payload["users"]:
					users.append(UserFields.new(one))
			count = int(payload.get("count", 0))
			cursor = payload.get("cursor")

	# Watches these users, the caller's guild or party instead of everybody: the answer has those that are here, then changes follow. Again: replaces the watch before.
	class PresenceWatchCommand:
		const NS := "/game"
		const NAME := "presence:watch"
		# Optional. Array of String. At most 500 of them.
		var user_ids = null
		# Optional. bool.
		var guild = null
		# Optional. bool.
		var party = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if user_ids != null:
				made["user_ids"] = user_ids
			if guild != null:
				made["guild"] = guild
			if party != null:
				made["party"] = party
			return made

	# The answer to `presence:watch`.
	class PresenceWatchResult:
		# Array of UserFields.
		var users: Array = []
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("users")) == TYPE_ARRAY:
				users = []
				for one in payload["users"]:
					users.append(UserFields.new(one))

	# Watches everybody again, while the users are few.
	class PresenceUnwatchCommand:
		const NS := "/game"
		const NAME := "presence:unwatch"
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			return made

	# The answer to `presence:unwatch`.
	class PresenceUnwatchResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Makes a room with the caller as its owner and first player.
	class RoomCreateCommand:
		const NS := "/game"
		const NAME := "room:create"
		# Optional. String. At most 40 characters.
		var game = null
		# Optional. String. At most 80 characters.
		var name = null
		# Optional. int. At least 1, at most 1000.
		var max_players = null
		# Optional. bool.
		var private = null
		# Optional. Dictionary of Variant.
		var labels = null
		# Optional. Dictionary of Variant.
		var options = null
		# Optional. bool.
		var patches = null
		# Optional. String of FormValues.
		var form = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if game != null:
				made["game"] = game
			if name != null:
				made["name"] = name
			if max_players != null:
				made["max_players"] = max_players
			if private != null:
				made["private"] = private
			if labels != null:
				made["labels"] = labels
			if options != null:
				made["options"] = options
			if patches != null:
				made["patches"] = patches
			if form != null:
				made["form"] = form
			return made

	# The answer to `room:create`.
	class RoomCreateResult:
		# RoomFields.
		var room = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("room")) == TYPE_DICTIONARY:
				room = RoomFields.new(payload["room"])

	# Takes a seat, or watches. A private room needs its join code. With `patches`, states come to this connection as JSON Patches; `form` is that of the frames of a real-time room.
	class RoomJoinCommand:
		const NS := "/game"
		const NAME := "room:join"
		# Optional. String. At most 200 characters.
		var room_id = null
		# Optional. String. At most 20 characters.
		var join_code = null
		# Optional. bool.
		var spectate = null
		# Optional. bool.
		var patches = null
		# Optional. String of FormValues.
		var form = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if room_id != null:
				made["room_id"] = room_id
			if join_code != null:
				made["join_code"] = join_code
			if spectate != null:
				made["spectate"] = spectate
			if patches != null:
				made["patches"] = patches
			if form != null:
				made["form"] = form
			return made

	# The answer to `room:join`.
	class RoomJoinResult:
		# RoomFields.
		var room = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("room")) == TYPE_DICTIONARY:
				room = RoomFields.new(payload["room"])

	# Gives up the seat, or ends watching. In a running game the game's rules decide what follows.
	class RoomLeaveCommand:
		const NS := "/game"
		const NAME := "room:leave"
		# At most 200 characters.
		var room_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_room_id: String) -> void:
			room_id = p_room_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["room_id"] = room_id
			return made

	# The answer to `room:leave`.
	class RoomLeaveResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Changes the room until its game is over; owner only, and not in a match. Labels are replaced one by one: `null` takes one away, or back to the game's default. `max_players` changes in the lobby only.
	class RoomUpdateCommand:
		const NS := "/game"
		const NAME := "room:update"
		# At most 200 characters.
		var room_id: String = ""
		# Optional. String. At most 80 characters.
		var name = null
		# Optional. Dictionary of Variant.
		var labels = null
		# Optional. int. At least 1, at most 1000.
		var max_players = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_room_id: String) -> void:
			room_id = p_room_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["room_id"] = room_id
			if name != null:
				made["name"] = name
			if labels != null:
				made["labels"] = labels
			if max_players != null:
				made["max_players"] = max_players
			return made

	# The answer to `room:update`.
	class RoomUpdateResult:
		# RoomFields.
		var room = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("room")) == TYPE_DICTIONARY:
				room = RoomFields.new(payload["room"])

	# The public rooms that are not over, newest first. With filters a page that has a cursor can have fewer rooms than `limit`.
	class RoomListCommand:
		const NS := "/game"
		const NAME := "room:list"
		# Optional. String. At most 40 characters.
		var game = null
		# Optional. String of RoomListCommandPhaseValues.
		var phase = null
		# Optional. bool.
		var open = null
		# Optional. Dictionary of Variant.
		var labels = null
		# Optional. String. At most 500 characters.
		var cursor = null
		# Optional. int. At least 1, at most 100.
		var limit = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if game != null:
				made["game"] = game
			if phase != null:
				made["phase"] = phase
			if open != null:
				made["open"] = open
			if labels != null:
				made["labels"] = labels
			if cursor != null:
				made["cursor"] = cursor
			if limit != null:
				made["limit"] = limit
			return made

	# The answer to `room:list`.
	class RoomListResult:
		# Array of RoomFields.
		var rooms: Array = []
		# Optional. String.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("rooms")) == TYPE_ARRAY:
				rooms = []
				for one in payload["rooms"]:
					rooms.append(RoomFields.new(one))
			cursor = payload.get("cursor")

	# The first page of the list, which is then live on this connection: `room:listed` and `room:unlisted` say what changes, about 0.1 s later. `watch` names the list in these events. A connection watches four lists at most.
	class RoomWatchCommand:
		const NS := "/game"
		const NAME := "room:watch"
		# Optional. String. At most 40 characters.
		var game = null
		# Optional. String of RoomListCommandPhaseValues.
		var phase = null
		# Optional. bool.
		var open = null
		# Optional. Dictionary of Variant.
		var labels = null
		# Optional. int. At least 1, at most 100.
		var limit = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if game != null:
				made["game"] = game
			if phase != null:
				made["phase"] = phase
			if open != null:
				made["open"] = open
			if labels != null:
				made["labels"] = labels
			if limit != null:
				made["limit"] = limit
			return made

	# The answer to `room:watch`.
	class RoomWatchResult:
		# At most 40 characters.
		var watch: String = ""
		# Array of RoomFields.
		var rooms: Array = []
		# Optional. String.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			watch = str(payload.get("watch", ""))
			if typeof(payload.get("rooms")) == TYPE_ARRAY:
				rooms = []
				for one in payload["rooms"]:
					rooms.append(RoomFields.new(one))
			cursor = payload.get("cursor")

	# Ends the watch of this name, or all of this connection.
	class RoomUnwatchCommand:
		const NS := "/game"
		const NAME := "room:unwatch"
		# Optional. String. At most 40 characters.
		var watch = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if watch != null:
				made["watch"] = watch
			return made

	# The answer to `room:unwatch`.
	class RoomUnwatchResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# The rooms and matches where the caller has a seat, open or running, oldest first, in pages of about 256 KB at most. A match is its room with `match_id` and `game_mode`.
	class RoomMineCommand:
		const NS := "/game"
		const NAME := "room:mine"
		# Optional. String. At most 500 characters.
		var cursor = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if cursor != null:
				made["cursor"] = cursor
			return made

	# The answer to `room:mine`.
	class RoomMineResult:
		# Array of RoomFields.
		var rooms: Array = []
		# Array of MatchFields.
		var matches: Array = []
		# Optional. String.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("rooms")) == TYPE_ARRAY:
				rooms = []
				for one in payload["rooms"]:
					rooms.append(RoomFields.new(one))
			if typeof(payload.get("matches")) == TYPE_ARRAY:
				matches = []
				for one in payload["matches"]:
					matches.append(MatchFields.new(one))
			cursor = payload.get("cursor")

	# Sends data to other players of the room: to those in `to`. Default: to all others.
	class RoomSignalCommand:
		const NS := "/game"
		const NAME := "room:signal"
		# At most 200 characters.
		var room_id: String = ""
		# Optional.
		var to = null
		var data = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_room_id: String, p_data) -> void:
			room_id = p_room_id
			data = p_data

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["room_id"] = room_id
			made["data"] = data
			if to != null:
				made["to"] = to
			return made

	# The answer to `room:signal`.
	class RoomSignalResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Starts the room's game; owner only.
	class RoomStartCommand:
		const NS := "/game"
		const NAME := "room:start"
		# At most 200 characters.
		var room_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_room_id: String) -> void:
			room_id = p_room_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["room_id"] = room_id
			return made

	# The answer to `room:start`.
	class RoomStartResult:
		var version: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			version = int(payload.get("version", 0))

	# Removes a player, or a user that watches, for good; owner only, and not in a match. In a running game the game's rules decide what follows.
	class RoomKickCommand:
		const NS := "/game"
		const NAME := "room:kick"
		# At most 200 characters.
		var room_id: String = ""
		# At most 200 characters.
		var user_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_room_id: String, p_user_id: String) -> void:
			room_id = p_room_id
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["room_id"] = room_id
			made["user_id"] = user_id
			return made

	# The answer to `room:kick`.
	class RoomKickResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Agrees to play again, or with `agree: false` withdraws that. When all present players agree, the next game starts in the same room, with their seats; versions go on.
	class RoomRematchCommand:
		const NS := "/game"
		const NAME := "room:rematch"
		# At most 200 characters.
		var room_id: String = ""
		# Optional. bool.
		var agree = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_room_id: String) -> void:
			room_id = p_room_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["room_id"] = room_id
			if agree != null:
				made["agree"] = agree
			return made

	# The answer to `room:rematch`.
	class RoomRematchResult:
		# RoomFields.
		var room = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("room")) == TYPE_DICTIONARY:
				room = RoomFields.new(payload["room"])

	# The room and the caller's view of its game; version 0 before the game has started. `patches` and `form` say how states and frames come to this connection from now on. Of a running real-time room the answer has the fields of a `game_sync`, which is sent too.
	class RoomStateCommand:
		const NS := "/game"
		const NAME := "room:state"
		# At most 200 characters.
		var room_id: String = ""
		# Optional. bool.
		var patches = null
		# Optional. String of FormValues.
		var form = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_room_id: String) -> void:
			room_id = p_room_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["room_id"] = room_id
			if patches != null:
				made["patches"] = patches
			if form != null:
				made["form"] = form
			return made

	# The answer to `room:state`.
	class RoomStateResult:
		# Optional. String.
		var room_id = null
		# Optional. int.
		var epoch = null
		# Optional. int.
		var tick = null
		var state = null
		# Optional. String.
		var form = null
		# Optional. Dictionary of Variant.
		var own = null
		# Optional. String or null.
		var you = null
		# Optional. int.
		var ack = null
		# Optional. int.
		var lead = null
		# Optional. int.
		var saved = null
		# Optional. int.
		var hz = null
		# Optional. int.
		var send_every = null
		# Optional. String of ReasonValues.
		var reason = null
		# RoomFields.
		var room = null
		var version: int = 0
		# Optional. String.
		var deadline = null
		# Optional.
		var result = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			room_id = payload.get("room_id")
			if payload.get("epoch") != null:
				epoch = int(payload["epoch"])
			if payload.get("tick") != null:
				tick = int(payload["tick"])
			state = payload.get("state")
			form = payload.get("form")
			own = payload.get("own")
			you = payload.get("you")
			if payload.get("ack") != null:
				ack = int(payload["ack"])
			if payload.get("lead") != null:
				lead = int(payload["lead"])
			if payload.get("saved") != null:
				saved = int(payload["saved"])
			if payload.get("hz") != null:
				hz = int(payload["hz"])
			if payload.get("send_every") != null:
				send_every = int(payload["send_every"])
			reason = payload.get("reason")
			if typeof(payload.get("room")) == TYPE_DICTIONARY:
				room = RoomFields.new(payload["room"])
			version = int(payload.get("version", 0))
			deadline = payload.get("deadline")
			result = payload.get("result")

	# Performs an action of the game, if its rules allow it.
	class GameActionCommand:
		const NS := "/game"
		const NAME := "game:action"
		# At most 200 characters.
		var room_id: String = ""
		# At most 40 characters.
		var action: String = ""
		# Optional.
		var args = null
		# Optional. int. At least 0.
		var version = null
		# Optional. String. At most 100 characters.
		var action_id = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_room_id: String, p_action: String) -> void:
			room_id = p_room_id
			action = p_action

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["room_id"] = room_id
			made["action"] = action
			if args != null:
				made["args"] = args
			if version != null:
				made["version"] = version
			if action_id != null:
				made["action_id"] = action_id
			return made

	# The answer to `game:action`.
	class GameActionResult:
		var version: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			version = int(payload.get("version", 0))

	# Inputs of a player in a real-time room: each an array `[seq, …fields in the order of the game's input]`, or an object with `seq` and the fields. `seq` counts from 1. `epoch` is that of the last frame; inputs for another one are ignored. `got` is the tick of the newest frame, `seen` the tick that the player was shown. No acknowledgement is needed; what is wrong comes as `error`. Per connection, twice as many messages a second as the game has ticks.
	class GameInputCommand:
		const NS := "/game"
		const NAME := "game:input"
		# At most 200 characters.
		var room_id: String = ""
		# Optional. int. At least 0.
		var epoch = null
		# Array of Variant. At most 8 of them.
		var inputs: Array = []
		# Optional. int. At least 0.
		var got = null
		# Optional. int. At least 0.
		var seen = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_room_id: String, p_inputs: Array) -> void:
			room_id = p_room_id
			inputs = p_inputs

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["room_id"] = room_id
			made["inputs"] = inputs
			if epoch != null:
				made["epoch"] = epoch
			if got != null:
				made["got"] = got
			if seen != null:
				made["seen"] = seen
			return made

	# The answer to `game:input`.
	class GameInputResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# The log of a game that is over, for its players, in pages. The game's rules make the same states from it. For a real-time game `journal` has it: snapshots, and what each tick took, with a hash of the state once a second.
	class MatchReplayCommand:
		const NS := "/game"
		const NAME := "match:replay"
		# At most 200 characters.
		var room_id: String = ""
		# Optional. int. At least 1, at most 1000000.
		var round_ = null
		# Optional. int. At least 0.
		var cursor = null
		# Optional. int. At least 1, at most 500.
		var limit = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_room_id: String) -> void:
			room_id = p_room_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["room_id"] = room_id
			if round_ != null:
				made["round"] = round_
			if cursor != null:
				made["cursor"] = cursor
			if limit != null:
				made["limit"] = limit
			return made

	# The answer to `match:replay`.
	class MatchReplayResult:
		var room_id: String = ""
		var round_: int = 0
		var game: String = ""
		# Array of String.
		var players: Array = []
		var result = null
		var complete: bool = false
		# Array of EntryFields.
		var entries: Array = []
		# Optional. Array of JournalFields.
		var journal = null
		# Optional. int.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			room_id = str(payload.get("room_id", ""))
			round_ = int(payload.get("round", 0))
			game = str(payload.get("game", ""))
			players = Array(payload.get("players", []))
			result = payload.get("result")
			complete = bool(payload.get("complete", false))
			if typeof(payload.get("entries")) == TYPE_ARRAY:
				entries = []
				for one in payload["entries"]:
					entries.append(EntryFields.new(one))
			if typeof(payload.get("journal")) == TYPE_ARRAY:
				journal = []
				for one in payload["journal"]:
					journal.append(JournalFields.new(one))
			if payload.get("cursor") != null:
				cursor = int(payload["cursor"])

	# Sends an announcement to everybody in `/game`, guests too.
	class AnnouncementCommand:
		const NS := "/game"
		const NAME := "announcement"
		# At most 2000 characters.
		var message: String = ""
		# Optional. String of LevelValues.
		var level = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_message: String) -> void:
			message = p_message

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["message"] = message
			if level != null:
				made["level"] = level
			return made

	# The answer to `announcement`.
	class AnnouncementResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Sends a user an achievement, now or when they connect.
	class AchievementCommand:
		const NS := "/game"
		const NAME := "achievement"
		# At most 200 characters.
		var user_id: String = ""
		# At most 200 characters.
		var achievement: String = ""
		# Optional. String. At most 100 characters.
		var request_id = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String, p_achievement: String) -> void:
			user_id = p_user_id
			achievement = p_achievement

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			made["achievement"] = achievement
			if request_id != null:
				made["request_id"] = request_id
			return made

	# The answer to `achievement`.
	class AchievementResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Sends everybody a player's status in the game world.
	class PlayerStatusCommand:
		const NS := "/game"
		const NAME := "player_status"
		# At most 200 characters.
		var user_id: String = ""
		# At most 200 characters.
		var status: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String, p_status: String) -> void:
			user_id = p_user_id
			status = p_status

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			made["status"] = status
			return made

	# The answer to `player_status`.
	class PlayerStatusResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Extends the connection with a newer token of the same user.
	class RefreshTokenCommand:
		const NS := "/game"
		const NAME := "refresh_token"
		# At most 4096 characters.
		var token: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_token: String) -> void:
			token = p_token

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["token"] = token
			return made

	# The answer to `refresh_token`.
	class RefreshTokenResult:
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			expires_at = str(payload.get("expires_at", ""))

	# Answered with `pong`: a heartbeat for clients that want their own. A `timestamp` in the namespace's form comes back in it.
	class PingCommand:
		const NS := "/game"
		const NAME := "ping"
		# Optional.
		var timestamp = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if timestamp != null:
				made["timestamp"] = timestamp
			return made

	# The answer to `ping`.
	class PingResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Acknowledges a reliable event, for clients without Socket.IO acknowledgements.
	class AckCommand:
		const NS := "/game"
		const NAME := "ack"
		# At most 256 characters.
		var delivery_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_delivery_id: String) -> void:
			delivery_id = p_delivery_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["delivery_id"] = delivery_id
			return made

	# The answer to `ack`.
	class AckResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# The users that are here. With more users than are pushed, a first page with its cursor, on connection only.
	class UserListEvent:
		const NS := "/game"
		const NAME := "user:list"
		# Optional. String. ISO 8601.
		var timestamp = null
		# Array of UserFields.
		var users: Array = []
		var count: int = 0
		# Optional. String.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			if typeof(payload.get("users")) == TYPE_ARRAY:
				users = []
				for one in payload["users"]:
					users.append(UserFields.new(one))
			count = int(payload.get("count", 0))
			cursor = payload.get("cursor")

	# The list of users is no longer pushed because there are too many, or is pushed again.
	class PresencePushEvent:
		const NS := "/game"
		const NAME := "presence:push"
		# Optional. String. ISO 8601.
		var timestamp = null
		var pushed: bool = false
		var max_users: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			pushed = bool(payload.get("pushed", false))
			max_users = int(payload.get("max_users", 0))

	# Changes of the list of users, or of the watched users, at most five times a second. `updated` comes also where the number of a user's `connections` changes.
	class PresenceEvent:
		const NS := "/game"
		const NAME := "presence"
		# Optional. String. ISO 8601.
		var timestamp = null
		# Array of UserFields.
		var joined: Array = []
		# Array of String.
		var left: Array = []
		# Array of UserFields.
		var updated: Array = []
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			if typeof(payload.get("joined")) == TYPE_ARRAY:
				joined = []
				for one in payload["joined"]:
					joined.append(UserFields.new(one))
			left = Array(payload.get("left", []))
			if typeof(payload.get("updated")) == TYPE_ARRAY:
				updated = []
				for one in payload["updated"]:
					updated.append(UserFields.new(one))

	# A room that has come into a watched list, or has changed in it.
	class RoomListedEvent:
		const NS := "/game"
		const NAME := "room:listed"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 40 characters.
		var watch: String = ""
		# RoomFields.
		var room = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			watch = str(payload.get("watch", ""))
			if typeof(payload.get("room")) == TYPE_DICTIONARY:
				room = RoomFields.new(payload["room"])

	# A room that no longer fits a watched list. It may come for a room that the client never saw.
	class RoomUnlistedEvent:
		const NS := "/game"
		const NAME := "room:unlisted"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 40 characters.
		var watch: String = ""
		var room_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			watch = str(payload.get("watch", ""))
			room_id = str(payload.get("room_id", ""))

	# The first page of a watched list anew, in place of all that the client has of it: changes were missed, or more than 20 rooms of it changed within 0.1 s. At most once in two seconds.
	class RoomListEvent:
		const NS := "/game"
		const NAME := "room:list"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 40 characters.
		var watch: String = ""
		# Array of RoomFields.
		var rooms: Array = []
		# Optional. String.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			watch = str(payload.get("watch", ""))
			if typeof(payload.get("rooms")) == TYPE_ARRAY:
				rooms = []
				for one in payload["rooms"]:
					rooms.append(RoomFields.new(one))
			cursor = payload.get("cursor")

	# Greets a connection with a token.
	class WelcomeEvent:
		const NS := "/game"
		const NAME := "welcome"
		# Optional. String. ISO 8601.
		var timestamp = null
		# WelcomeEventUserFields.
		var user = null
		var connection_id: String = ""
		# PresenceFields.
		var presence = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			if typeof(payload.get("user")) == TYPE_DICTIONARY:
				user = WelcomeEventUserFields.new(payload["user"])
			connection_id = str(payload.get("connection_id", ""))
			if typeof(payload.get("presence")) == TYPE_DICTIONARY:
				presence = PresenceFields.new(payload["presence"])

	# A room as it is now, for its members, and for a returning connection of a player.
	class RoomUpdatedEvent:
		const NS := "/game"
		const NAME := "room:updated"
		# Optional. String. ISO 8601.
		var timestamp = null
		# RoomFields.
		var room = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			if typeof(payload.get("room")) == TYPE_DICTIONARY:
				room = RoomFields.new(payload["room"])

	# The user is no longer a member of the room, on any connection.
	class RoomLeftEvent:
		const NS := "/game"
		const NAME := "room:left"
		# Optional. String. ISO 8601.
		var timestamp = null
		var room_id: String = ""
		# Optional. String.
		var reason = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room_id = str(payload.get("room_id", ""))
			reason = payload.get("reason")

	# Data of another player of the room.
	class RoomSignalEvent:
		const NS := "/game"
		const NAME := "room:signal"
		# Optional. String. ISO 8601.
		var timestamp = null
		var room_id: String = ""
		var from: String = ""
		var data = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room_id = str(payload.get("room_id", ""))
			from = str(payload.get("from", ""))
			data = payload.get("data")

	# The game has begun; the state is the receiver's view.
	class GameStartedEvent:
		const NS := "/game"
		const NAME := "game_started"
		# Optional. String. ISO 8601.
		var timestamp = null
		var room_id: String = ""
		var game: String = ""
		# Array of PlayerFields.
		var players: Array = []
		var state = null
		var version: int = 0
		# Optional. String.
		var deadline = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room_id = str(payload.get("room_id", ""))
			game = str(payload.get("game", ""))
			if typeof(payload.get("players")) == TYPE_ARRAY:
				players = []
				for one in payload["players"]:
					players.append(PlayerFields.new(one))
			state = payload.get("state")
			version = int(payload.get("version", 0))
			deadline = payload.get("deadline")

	# The game after a change, and its events; the state is the receiver's view. A connection that asked for patches gets `patch` (RFC 6902, from version `from` to version `to`) instead of `state`, where that is shorter and it has had the state before. A patch whose `to` is not above the client's version is old. One whose `from` is not the client's version shows a gap: ask for `room:state`. With `missed` it is the whole state for a connection that may have missed changes: `events` is empty, and those of the missed changes are gone.
	class GameStateEvent:
		const NS := "/game"
		const NAME := "game_state"
		# Optional. String. ISO 8601.
		var timestamp = null
		var room_id: String = ""
		var version: int = 0
		# Optional.
		var state = null
		# Optional. int.
		var from = null
		# Optional. int.
		var to = null
		# Optional. Array of Variant.
		var patch = null
		# Array of Variant.
		var events: Array = []
		# Optional. bool.
		var missed = null
		# Optional. String.
		var deadline = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room_id = str(payload.get("room_id", ""))
			version = int(payload.get("version", 0))
			state = payload.get("state")
			if payload.get("from") != null:
				from = int(payload["from"])
			if payload.get("to") != null:
				to = int(payload["to"])
			patch = payload.get("patch")
			events = Array(payload.get("events", []))
			missed = payload.get("missed")
			deadline = payload.get("deadline")

	# What has changed in a real-time room since frame `base`. In the objects form `set` is `{collection: {entity id: {field: value}}}` with absolute values and `gone` is `{collection: [entity ids]}`; apply `gone` first. `own` has the fields that only this player is sent. `ack` is the player's last input that was consumed, `lead` how many of theirs wait, `saved` (where it has changed) the last input that outlives the worker: keep those after it, to send them again after a take-over. `lost` are inputs that were dropped. `rest` entities have changed too, and follow with the next frames. `events_lost` events had no place. `skipped` are ticks that were never played.
	class GameFrameEvent:
		const NS := "/game"
		const NAME := "game_frame"
		# Optional. String. ISO 8601.
		var timestamp = null
		var room_id: String = ""
		var epoch: int = 0
		var tick: int = 0
		var base: int = 0
		# Optional. Dictionary of Variant.
		var set_ = null
		# Optional. Dictionary of Variant.
		var gone = null
		# Optional. Dictionary of Variant.
		var own = null
		# Optional. Array of Variant.
		var events = null
		# Optional. int.
		var rest = null
		# Optional. int.
		var events_lost = null
		var ack: int = 0
		var lead: int = 0
		# Optional. int.
		var saved = null
		# Optional. Array of int.
		var lost = null
		# Optional. int.
		var skipped = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room_id = str(payload.get("room_id", ""))
			epoch = int(payload.get("epoch", 0))
			tick = int(payload.get("tick", 0))
			base = int(payload.get("base", 0))
			set_ = payload.get("set")
			gone = payload.get("gone")
			own = payload.get("own")
			events = payload.get("events")
			if payload.get("rest") != null:
				rest = int(payload["rest"])
			if payload.get("events_lost") != null:
				events_lost = int(payload["events_lost"])
			ack = int(payload.get("ack", 0))
			lead = int(payload.get("lead", 0))
			if payload.get("saved") != null:
				saved = int(payload["saved"])
			lost = payload.get("lost")
			if payload.get("skipped") != null:
				skipped = int(payload["skipped"])

	# All that the receiver may see of a real-time room, as it starts to follow, after frames that it did not get, after another worker took the room over, or because it asked. Frames continue it. Inputs go on after `ack`: send those that were not consumed again, with the new `epoch`.
	class GameSyncEvent:
		const NS := "/game"
		const NAME := "game_sync"
		# Optional. String. ISO 8601.
		var timestamp = null
		var room_id: String = ""
		var epoch: int = 0
		var tick: int = 0
		# Dictionary of Variant.
		var state: Dictionary = {}
		# Optional. String.
		var form = null
		# Optional. Dictionary of Variant.
		var own = null
		# String or null.
		var you = null
		var ack: int = 0
		var lead: int = 0
		var saved: int = 0
		var hz: int = 0
		var send_every: int = 0
		# String of ReasonValues.
		var reason: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room_id = str(payload.get("room_id", ""))
			epoch = int(payload.get("epoch", 0))
			tick = int(payload.get("tick", 0))
			state = Dictionary(payload.get("state", {}))
			form = payload.get("form")
			own = payload.get("own")
			you = payload.get("you")
			ack = int(payload.get("ack", 0))
			lead = int(payload.get("lead", 0))
			saved = int(payload.get("saved", 0))
			hz = int(payload.get("hz", 0))
			send_every = int(payload.get("send_every", 0))
			reason = str(payload.get("reason", ""))

	# The game is over. `teams` has the members of each team, by its number, in a game of teams.
	class GameEndedEvent:
		const NS := "/game"
		const NAME := "game_ended"
		# Optional. String. ISO 8601.
		var timestamp = null
		var room_id: String = ""
		var result = null
		# Optional. Array of Array of String.
		var teams = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			room_id = str(payload.get("room_id", ""))
			result = payload.get("result")
			teams = payload.get("teams")

	# A message to everybody here.
	class AnnouncementEvent:
		const NS := "/game"
		const NAME := "announcement"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 2000 characters.
		var message: String = ""
		# String of LevelValues.
		var level: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			message = str(payload.get("message", ""))
			level = str(payload.get("level", ""))

	# The user has achieved something.
	class AchievementEvent:
		const NS := "/game"
		const NAME := "achievement"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 200 characters.
		var user_id: String = ""
		# At most 200 characters.
		var achievement: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			user_id = str(payload.get("user_id", ""))
			achievement = str(payload.get("achievement", ""))

	# A player's status in the game world.
	class PlayerStatusEvent:
		const NS := "/game"
		const NAME := "player_status"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 200 characters.
		var user_id: String = ""
		# At most 200 characters.
		var status: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			user_id = str(payload.get("user_id", ""))
			status = str(payload.get("status", ""))

	# The answer to `ping`.
	class PongEvent:
		const NS := "/game"
		const NAME := "pong"
		# Optional. String. ISO 8601.
		var timestamp = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")

	# A command without an acknowledgement failed, or the connection is about to end.
	class ErrorEvent:
		const NS := "/game"
		const NAME := "error"
		# Optional. String. ISO 8601.
		var timestamp = null
		var error: String = ""
		var code: String = ""
		# Optional. String.
		var event = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			error = str(payload.get("error", ""))
			code = str(payload.get("code", ""))
			event = payload.get("event")

	# The token ends in a minute: send `refresh_token`.
	class TokenExpiringEvent:
		const NS := "/game"
		const NAME := "token_expiring"
		# Optional. String. ISO 8601.
		var timestamp = null
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			expires_at = str(payload.get("expires_at", ""))

	# This worker stops: reconnect after so many milliseconds.
	class ServerDrainingEvent:
		const NS := "/game"
		const NAME := "server_draining"
		# Optional. String. ISO 8601.
		var timestamp = null
		var reconnect_in_ms: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			reconnect_in_ms = float(payload.get("reconnect_in_ms", 0.0))

class InChat:
	const NS := "/chat"
	const ON_CHAT_MESSAGE := "chat_message"
	const ON_MESSAGE_EDITED := "message_edited"
	const ON_MESSAGE_DELETED := "message_deleted"
	const ON_TYPING := "typing"
	const ON_READ := "read"
	const ON_MODERATION := "moderation"
	const ON_SLOW_MODE := "slow_mode"
	const ON_CHANNEL_INVITED := "channel_invited"
	const ON_CHANNEL_MEMBER := "channel_member"
	const ON_CHANNEL_CLOSED := "channel_closed"
	const ON_LOST := "lost"
	const ON_PONG := "pong"
	const ON_ERROR := "error"
	const ON_TOKEN_EXPIRING := "token_expiring"
	const ON_SERVER_DRAINING := "server_draining"

	# Those that are known; a newer server may have more.
	class EventValues:
		const CHAT_MESSAGE := "chat_message"
		const MESSAGE_EDITED := "message_edited"
		const MESSAGE_DELETED := "message_deleted"
		const MODERATION := "moderation"

	# Those that are known; a newer server may have more.
	class ActionValues:
		const MUTE := "mute"
		const UNMUTE := "unmute"
		const KICK := "kick"
		const BAN := "ban"
		const UNBAN := "unban"
		const REPORT := "report"

	# Those that are known; a newer server may have more.
	class EntryActionValues:
		const MUTE := "mute"
		const UNMUTE := "unmute"
		const KICK := "kick"
		const BAN := "ban"
		const UNBAN := "unban"
		const EDIT := "edit"
		const DELETE := "delete"
		const PURGE := "purge"
		const SLOW_MODE := "slow_mode"
		const CHANNEL_CREATE := "channel_create"
		const CHANNEL_DELETE := "channel_delete"
		const INVITE := "invite"
		const REMOVE := "remove"

	# Those that are known; a newer server may have more.
	class AccessValues:
		const OPEN := "open"
		const INVITE := "invite"
		const ROLE := "role"

	# Those that are known; a newer server may have more.
	class RoleValues:
		const PLAYER := "player"
		const MODERATOR := "moderator"
		const ADMIN := "admin"
		const SERVICE := "service"

	# Those that are known; a newer server may have more.
	class ChangeValues:
		const JOINED := "joined"
		const LEFT := "left"
		const REMOVED := "removed"

	class MessageFields:
		# String of EventValues.
		var event: String = ""
		# Optional. String.
		var message_id = null
		# Optional. String.
		var channel = null
		# Optional. String.
		var channel_id = null
		# Optional. String. Private: the other user, as the author sees it.
		var to = null
		# Optional. String.
		var epoch = null
		var offset: int = 0
		# When it was written.
		var timestamp: String = ""
		# Optional. String. The author's name.
		var user = null
		var user_id: String = ""
		# Optional. String.
		var content = null
		# Optional. String.
		var reply_to = null
		# Optional. bool.
		var edited = null
		# Optional. bool. Its content is gone: an empty text.
		var deleted = null
		# Optional. String. Who changed it: the author or a moderator.
		var by = null
		# Optional. String of ActionValues.
		var action = null
		# Optional. String. Absent: without an end.
		var until = null
		# Optional. String.
		var reason = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			event = str(payload.get("event", ""))
			message_id = payload.get("message_id")
			channel = payload.get("channel")
			channel_id = payload.get("channel_id")
			to = payload.get("to")
			epoch = payload.get("epoch")
			offset = int(payload.get("offset", 0))
			timestamp = str(payload.get("timestamp", ""))
			user = payload.get("user")
			user_id = str(payload.get("user_id", ""))
			content = payload.get("content")
			reply_to = payload.get("reply_to")
			edited = payload.get("edited")
			deleted = payload.get("deleted")
			by = payload.get("by")
			action = payload.get("action")
			until = payload.get("until")
			reason = payload.get("reason")

	class CursorFields:
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# Optional. String. At most 256 characters.
		var to = null
		# At most 128 characters.
		var epoch: String = ""
		# At least 0.
		var offset: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			channel = str(payload.get("channel", ""))
			to = payload.get("to")
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))

	class ChannelFields:
		var channel: String = ""
		var channel_id: String = ""
		# Optional. String.
		var to = null
		# False: the missed entries are gone; read `history`.
		var recovered: bool = false
		# Array of MessageFields.
		var messages: Array = []
		var epoch: String = ""
		var offset: int = 0
		# Optional. bool. The answer is full: request the rest with the next `sync`, from this epoch and offset on.
		var has_more = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			to = payload.get("to")
			recovered = bool(payload.get("recovered", false))
			if typeof(payload.get("messages")) == TYPE_ARRAY:
				messages = []
				for one in payload["messages"]:
					messages.append(MessageFields.new(one))
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))
			has_more = payload.get("has_more")

	class RefusedFields:
		var channel: String = ""
		# Optional. String.
		var to = null
		# `forbidden` or `banned`: the channel is no longer the user's.
		var code: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			channel = str(payload.get("channel", ""))
			to = payload.get("to")
			code = str(payload.get("code", ""))

	class UnreadResultChannelFields:
		var channel: String = ""
		var channel_id: String = ""
		# Optional. String.
		var to = null
		# Counted among the next 500 entries after the read marker.
		var unread: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			to = payload.get("to")
			unread = int(payload.get("unread", 0))

	class LastFields:
		var event: String = ""
		var message_id: String = ""
		var channel: String = ""
		var channel_id: String = ""
		# Optional. String. Private: the other user, as the author sees it.
		var to = null
		var epoch: String = ""
		var offset: int = 0
		# When it was written.
		var timestamp: String = ""
		# The author's name.
		var user: String = ""
		var user_id: String = ""
		var content: String = ""
		# Optional. String.
		var reply_to = null
		# Optional. bool.
		var edited = null
		# Optional. bool. Its content is gone: an empty text.
		var deleted = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			event = str(payload.get("event", ""))
			message_id = str(payload.get("message_id", ""))
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			to = payload.get("to")
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))
			timestamp = str(payload.get("timestamp", ""))
			user = str(payload.get("user", ""))
			user_id = str(payload.get("user_id", ""))
			content = str(payload.get("content", ""))
			reply_to = payload.get("reply_to")
			edited = payload.get("edited")
			deleted = payload.get("deleted")

	class ChannelsResultChannelFields:
		var channel: String = ""
		var channel_id: String = ""
		# Optional. String.
		var to = null
		# Counted among the next 500 entries after the read marker.
		var unread: int = 0
		var epoch: String = ""
		var offset: int = 0
		# Optional. LastFields.
		var last = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			to = payload.get("to")
			unread = int(payload.get("unread", 0))
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))
			if typeof(payload.get("last")) == TYPE_DICTIONARY:
				last = LastFields.new(payload["last"])

	class ReportFields:
		# String of ActionValues.
		var action: String = ""
		var user_id: String = ""
		var by: String = ""
		# Optional. String. Absent: without an end.
		var until = null
		var reason: String = ""
		# Optional. String. Absent: everywhere.
		var channel = null
		# Optional. String.
		var channel_id = null
		# Optional. String.
		var message_id = null
		# Optional. String. Report: the message as it was when it was reported.
		var content = null
		var offset: int = 0
		var timestamp: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			action = str(payload.get("action", ""))
			user_id = str(payload.get("user_id", ""))
			by = str(payload.get("by", ""))
			until = payload.get("until")
			reason = str(payload.get("reason", ""))
			channel = payload.get("channel")
			channel_id = payload.get("channel_id")
			message_id = payload.get("message_id")
			content = payload.get("content")
			offset = int(payload.get("offset", 0))
			timestamp = str(payload.get("timestamp", ""))

	class EntryFields:
		# String of EntryActionValues.
		var action: String = ""
		var by: String = ""
		# Optional. String.
		var user_id = null
		# Optional. String. Absent: everywhere.
		var channel = null
		# Optional. String.
		var channel_id = null
		# Optional. String.
		var reason = null
		# Optional. String.
		var until = null
		# Optional. String.
		var message_id = null
		# Optional. int.
		var seconds = null
		var offset: int = 0
		var timestamp: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			action = str(payload.get("action", ""))
			by = str(payload.get("by", ""))
			user_id = payload.get("user_id")
			channel = payload.get("channel")
			channel_id = payload.get("channel_id")
			reason = payload.get("reason")
			until = payload.get("until")
			message_id = payload.get("message_id")
			if payload.get("seconds") != null:
				seconds = int(payload["seconds"])
			offset = int(payload.get("offset", 0))
			timestamp = str(payload.get("timestamp", ""))

	class ChannelListResultChannelFields:
		var channel: String = ""
		# String of AccessValues.
		var access: String = ""
		# Optional. Array of String of RoleValues.
		var roles = null
		var description: String = ""
		var members: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			channel = str(payload.get("channel", ""))
			access = str(payload.get("access", ""))
			roles = payload.get("roles")
			description = str(payload.get("description", ""))
			members = int(payload.get("members", 0))

	# Sends a message to a channel. A repeat with the same `client_msg_id` returns the first acknowledgement.
	class ChatMessageCommand:
		const NS := "/chat"
		const NAME := "chat_message"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# Optional. String. At most 256 characters.
		var to = null
		# At most 4000 characters.
		var content: String = ""
		# Optional. String. At most 128 characters.
		var client_msg_id = null
		# Optional. String. At most 64 characters.
		var reply_to = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String, p_content: String) -> void:
			channel = p_channel
			content = p_content

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			made["content"] = content
			if to != null:
				made["to"] = to
			if client_msg_id != null:
				made["client_msg_id"] = client_msg_id
			if reply_to != null:
				made["reply_to"] = reply_to
			return made

	# The answer to `chat_message`.
	class ChatMessageResult:
		var message_id: String = ""
		var channel_id: String = ""
		var epoch: String = ""
		var offset: int = 0
		var timestamp: String = ""
		# Optional. bool.
		var duplicate = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			message_id = str(payload.get("message_id", ""))
			channel_id = str(payload.get("channel_id", ""))
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))
			timestamp = str(payload.get("timestamp", ""))
			duplicate = payload.get("duplicate")

	# Notifies the other members that the user is typing, or has stopped. Typing ends by itself.
	class TypingCommand:
		const NS := "/chat"
		const NAME := "typing"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# Optional. String. At most 256 characters.
		var to = null
		var typing: bool = false
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String, p_typing: bool) -> void:
			channel = p_channel
			typing = p_typing

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			made["typing"] = typing
			if to != null:
				made["to"] = to
			return made

	# The answer to `typing`.
	class TypingResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# A page of a channel's stream, oldest first; without `before` and `after` the newest.
	class HistoryCommand:
		const NS := "/chat"
		const NAME := "history"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# Optional. String. At most 256 characters.
		var to = null
		# Optional. int. At least 0.
		var before = null
		# Optional. int. At least 0.
		var after = null
		# Optional. int. At least 1, at most 100.
		var limit = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String) -> void:
			channel = p_channel

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			if to != null:
				made["to"] = to
			if before != null:
				made["before"] = before
			if after != null:
				made["after"] = after
			if limit != null:
				made["limit"] = limit
			return made

	# The answer to `history`.
	class HistoryResult:
		# Array of MessageFields.
		var messages: Array = []
		var epoch: String = ""
		# Of the newest entry of the channel; 0 for none.
		var offset: int = 0
		var has_more: bool = false
		# Optional. int. Where there is more: `after`, or else `before`, of the next page.
		var next = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("messages")) == TYPE_ARRAY:
				messages = []
				for one in payload["messages"]:
					messages.append(MessageFields.new(one))
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))
			has_more = bool(payload.get("has_more", false))
			if payload.get("next") != null:
				next = int(payload["next"])

	# Returns the missed entries of many channels, each from its cursor on, up to 256 KiB per answer. `has_more` marks a channel with more entries. Channels that are no longer the user's are listed in `refused`. If all are, the command is refused.
	class SyncCommand:
		const NS := "/chat"
		const NAME := "sync"
		# Array of {channel: String, to?: String, epoch: String, offset: int}. At most 50 of them.
		var cursors: Array = []
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_cursors: Array) -> void:
			cursors = p_cursors

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["cursors"] = cursors
			return made

	# The answer to `sync`.
	class SyncResult:
		# Array of ChannelFields.
		var channels: Array = []
		# Optional. Array of RefusedFields.
		var refused = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("channels")) == TYPE_ARRAY:
				channels = []
				for one in payload["channels"]:
					channels.append(ChannelFields.new(one))
			if typeof(payload.get("refused")) == TYPE_ARRAY:
				refused = []
				for one in payload["refused"]:
					refused.append(RefusedFields.new(one))

	# Marks a channel as read up to an offset. The read marker never moves back.
	class ReadCommand:
		const NS := "/chat"
		const NAME := "read"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# Optional. String. At most 256 characters.
		var to = null
		# At least 0.
		var offset: int = 0
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String, p_offset: int) -> void:
			channel = p_channel
			offset = p_offset

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			made["offset"] = offset
			if to != null:
				made["to"] = to
			return made

	# The answer to `read`.
	class ReadResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Counts the messages of others after the user's read marker, for each of the user's channels.
	class UnreadCommand:
		const NS := "/chat"
		const NAME := "unread"
		# Optional. String. At most 200 characters.
		var cursor = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if cursor != null:
				made["cursor"] = cursor
			return made

	# The answer to `unread`.
	class UnreadResult:
		# Array of UnreadResultChannelFields.
		var channels: Array = []
		# Optional. bool.
		var has_more = null
		# Optional. String. For the next page.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("channels")) == TYPE_ARRAY:
				channels = []
				for one in payload["channels"]:
					channels.append(UnreadResultChannelFields.new(one))
			has_more = payload.get("has_more")
			cursor = payload.get("cursor")

	# Lists the user's channels, each with its unread count and last message.
	class ChannelsCommand:
		const NS := "/chat"
		const NAME := "channels"
		# Optional. String. At most 200 characters.
		var cursor = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if cursor != null:
				made["cursor"] = cursor
			return made

	# The answer to `channels`.
	class ChannelsResult:
		# Array of ChannelsResultChannelFields.
		var channels: Array = []
		# Optional. bool.
		var has_more = null
		# Optional. String. For the next page.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("channels")) == TYPE_ARRAY:
				channels = []
				for one in payload["channels"]:
					channels.append(ChannelsResultChannelFields.new(one))
			has_more = payload.get("has_more")
			cursor = payload.get("cursor")

	# Replaces the text of the user's own message. Moderators may edit any message, except in private channels.
	class EditCommand:
		const NS := "/chat"
		const NAME := "edit"
		# At most 64 characters.
		var message_id: String = ""
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# Optional. String. At most 256 characters.
		var to = null
		# At most 4000 characters.
		var content: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_message_id: String, p_channel: String, p_content: String) -> void:
			message_id = p_message_id
			channel = p_channel
			content = p_content

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["message_id"] = message_id
			made["channel"] = channel
			made["content"] = content
			if to != null:
				made["to"] = to
			return made

	# The answer to `edit`.
	class EditResult:
		var message_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			message_id = str(payload.get("message_id", ""))

	# Deletes the user's own message. Moderators may delete any message, except in private channels. A repeat changes nothing.
	class DeleteCommand:
		const NS := "/chat"
		const NAME := "delete"
		# At most 64 characters.
		var message_id: String = ""
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# Optional. String. At most 256 characters.
		var to = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_message_id: String, p_channel: String) -> void:
			message_id = p_message_id
			channel = p_channel

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["message_id"] = message_id
			made["channel"] = channel
			if to != null:
				made["to"] = to
			return made

	# The answer to `delete`.
	class DeleteResult:
		var message_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			message_id = str(payload.get("message_id", ""))

	# Deletes all stored messages of a user in a channel. Without a channel: in `global`, and then in all named channels (`continues`). Each deletion is an entry of its channel, so a full channel loses as many of its oldest entries.
	class PurgeCommand:
		const NS := "/chat"
		const NAME := "purge"
		# At most 256 characters.
		var user_id: String = ""
		# Optional. String. `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			if channel != null:
				made["channel"] = channel
			return made

	# The answer to `purge`.
	class PurgeResult:
		var deleted: int = 0
		# Optional. bool.
		var continues = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			deleted = int(payload.get("deleted", 0))
			continues = payload.get("continues")

	# Reports a message to the moderators.
	class ReportCommand:
		const NS := "/chat"
		const NAME := "report"
		# At most 64 characters.
		var message_id: String = ""
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# Optional. String. At most 256 characters.
		var to = null
		# At most 200 characters.
		var reason: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_message_id: String, p_channel: String, p_reason: String) -> void:
			message_id = p_message_id
			channel = p_channel
			reason = p_reason

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["message_id"] = message_id
			made["channel"] = channel
			made["reason"] = reason
			if to != null:
				made["to"] = to
			return made

	# The answer to `report`.
	class ReportResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Lists the stored reports, newest page first, for moderators who were away.
	class ReportsCommand:
		const NS := "/chat"
		const NAME := "reports"
		# Optional. int. At least 0.
		var before = null
		# Optional. int. At least 1, at most 100.
		var limit = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if before != null:
				made["before"] = before
			if limit != null:
				made["limit"] = limit
			return made

	# The answer to `reports`.
	class ReportsResult:
		# Array of ReportFields.
		var reports: Array = []
		var has_more: bool = false
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("reports")) == TYPE_ARRAY:
				reports = []
				for one in payload["reports"]:
					reports.append(ReportFields.new(one))
			has_more = bool(payload.get("has_more", false))

	# Lists every act of a moderator, newest page first.
	class AuditCommand:
		const NS := "/chat"
		const NAME := "audit"
		# Optional. int. At least 0.
		var before = null
		# Optional. int. At least 1, at most 100.
		var limit = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if before != null:
				made["before"] = before
			if limit != null:
				made["limit"] = limit
			return made

	# The answer to `audit`.
	class AuditResult:
		# Array of EntryFields.
		var entries: Array = []
		var has_more: bool = false
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("entries")) == TYPE_ARRAY:
				entries = []
				for one in payload["entries"]:
					entries.append(EntryFields.new(one))
			has_more = bool(payload.get("has_more", false))

	# Sets the minimum seconds between two messages of one user in a channel; 0 ends slow mode.
	class SlowModeCommand:
		const NS := "/chat"
		const NAME := "slow_mode"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# At least 0, at most 21600.
		var seconds: int = 0
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String, p_seconds: int) -> void:
			channel = p_channel
			seconds = p_seconds

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			made["seconds"] = seconds
			return made

	# The answer to `slow_mode`.
	class SlowModeResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Adds a user to the caller's block list: their messages are hidden from the caller everywhere.
	class BlockCommand:
		const NS := "/chat"
		const NAME := "block"
		# At most 256 characters.
		var user_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			return made

	# The answer to `block`.
	class BlockResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Removes a user from the caller's block list.
	class UnblockCommand:
		const NS := "/chat"
		const NAME := "unblock"
		# At most 256 characters.
		var user_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			return made

	# The answer to `unblock`.
	class UnblockResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Lists the users on the caller's block list.
	class BlockedCommand:
		const NS := "/chat"
		const NAME := "blocked"
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			return made

	# The answer to `blocked`.
	class BlockedResult:
		# Array of String.
		var user_ids: Array = []
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_ids = Array(payload.get("user_ids", []))

	# The user can read but not write, in a channel or everywhere. Without a duration the mute has no end.
	class MuteCommand:
		const NS := "/chat"
		const NAME := "mute"
		# At most 256 characters.
		var user_id: String = ""
		# Optional. String. At most 64 characters.
		var channel = null
		# Optional. String. At most 200 characters.
		var reason = null
		# Optional. int. At least 1, at most 31536000.
		var duration_s = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			if channel != null:
				made["channel"] = channel
			if reason != null:
				made["reason"] = reason
			if duration_s != null:
				made["duration_s"] = duration_s
			return made

	# The answer to `mute`.
	class MuteResult:
		var user_id: String = ""
		# Optional. String.
		var until = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))
			until = payload.get("until")

	# Ends a mute.
	class UnmuteCommand:
		const NS := "/chat"
		const NAME := "unmute"
		# At most 256 characters.
		var user_id: String = ""
		# Optional. String. At most 64 characters.
		var channel = null
		# Optional. String. At most 200 characters.
		var reason = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			if channel != null:
				made["channel"] = channel
			if reason != null:
				made["reason"] = reason
			return made

	# The answer to `unmute`.
	class UnmuteResult:
		var user_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))

	# Removes the user from a channel, or from `/chat`, for a time. Default: one minute.
	class KickCommand:
		const NS := "/chat"
		const NAME := "kick"
		# At most 256 characters.
		var user_id: String = ""
		# Optional. String. At most 64 characters.
		var channel = null
		# Optional. String. At most 200 characters.
		var reason = null
		# Optional. int. At least 1, at most 31536000.
		var duration_s = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			if channel != null:
				made["channel"] = channel
			if reason != null:
				made["reason"] = reason
			if duration_s != null:
				made["duration_s"] = duration_s
			return made

	# The answer to `kick`.
	class KickResult:
		var user_id: String = ""
		# Optional. String.
		var until = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))
			until = payload.get("until")

	# Excludes the user from a channel, or from `/chat`. Without a duration the ban has no end.
	class BanCommand:
		const NS := "/chat"
		const NAME := "ban"
		# At most 256 characters.
		var user_id: String = ""
		# Optional. String. At most 64 characters.
		var channel = null
		# Optional. String. At most 200 characters.
		var reason = null
		# Optional. int. At least 1, at most 31536000.
		var duration_s = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			if channel != null:
				made["channel"] = channel
			if reason != null:
				made["reason"] = reason
			if duration_s != null:
				made["duration_s"] = duration_s
			return made

	# The answer to `ban`.
	class BanResult:
		var user_id: String = ""
		# Optional. String.
		var until = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))
			until = payload.get("until")

	# Ends a ban or a kick.
	class UnbanCommand:
		const NS := "/chat"
		const NAME := "unban"
		# At most 256 characters.
		var user_id: String = ""
		# Optional. String. At most 64 characters.
		var channel = null
		# Optional. String. At most 200 characters.
		var reason = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			if channel != null:
				made["channel"] = channel
			if reason != null:
				made["reason"] = reason
			return made

	# The answer to `unban`.
	class UnbanResult:
		var user_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))

	# Creates a named channel: open, by invitation or by role. It is kept until it is deleted.
	class ChannelCreateCommand:
		const NS := "/chat"
		const NAME := "channel_create"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# Optional. String of AccessValues.
		var access = null
		# Optional. Array of String of RoleValues. At most 4 of them.
		var roles = null
		# Optional. String. At most 200 characters.
		var description = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String) -> void:
			channel = p_channel

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			if access != null:
				made["access"] = access
			if roles != null:
				made["roles"] = roles
			if description != null:
				made["description"] = description
			return made

	# The answer to `channel_create`.
	class ChannelCreateResult:
		var channel: String = ""
		var channel_id: String = ""
		# String of AccessValues.
		var access: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			access = str(payload.get("access", ""))

	# Deletes a named channel for all its members. Its messages are no longer available.
	class ChannelDeleteCommand:
		const NS := "/chat"
		const NAME := "channel_delete"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String) -> void:
			channel = p_channel

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			return made

	# The answer to `channel_delete`.
	class ChannelDeleteResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Joins a named channel on all of the user's devices, until the user leaves it. A repeat changes nothing.
	class ChannelJoinCommand:
		const NS := "/chat"
		const NAME := "channel_join"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String) -> void:
			channel = p_channel

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			return made

	# The answer to `channel_join`.
	class ChannelJoinResult:
		var channel: String = ""
		var channel_id: String = ""
		var epoch: String = ""
		var offset: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))

	# Leaves a named channel.
	class ChannelLeaveCommand:
		const NS := "/chat"
		const NAME := "channel_leave"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String) -> void:
			channel = p_channel

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			return made

	# The answer to `channel_leave`.
	class ChannelLeaveResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Invites a user to a channel by invitation, and notifies the user.
	class ChannelInviteCommand:
		const NS := "/chat"
		const NAME := "channel_invite"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# At most 256 characters.
		var user_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String, p_user_id: String) -> void:
			channel = p_channel
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			made["user_id"] = user_id
			return made

	# The answer to `channel_invite`.
	class ChannelInviteResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Removes a member from a named channel, or withdraws an invitation.
	class ChannelRemoveCommand:
		const NS := "/chat"
		const NAME := "channel_remove"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# At most 256 characters.
		var user_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String, p_user_id: String) -> void:
			channel = p_channel
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			made["user_id"] = user_id
			return made

	# The answer to `channel_remove`.
	class ChannelRemoveResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Lists the named channels that the user can join, by name.
	class ChannelListCommand:
		const NS := "/chat"
		const NAME := "channel_list"
		# Optional. String. At most 500 characters.
		var cursor = null
		# Optional. int. At least 1, at most 100.
		var limit = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if cursor != null:
				made["cursor"] = cursor
			if limit != null:
				made["limit"] = limit
			return made

	# The answer to `channel_list`.
	class ChannelListResult:
		# Array of ChannelListResultChannelFields.
		var channels: Array = []
		# Optional. String.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("channels")) == TYPE_ARRAY:
				channels = []
				for one in payload["channels"]:
					channels.append(ChannelListResultChannelFields.new(one))
			cursor = payload.get("cursor")

	# Lists the members of a named channel in the order in which they joined.
	class ChannelMembersCommand:
		const NS := "/chat"
		const NAME := "channel_members"
		# `global`, `guild`, `party`, `private`, `room:<room_id>` or a named channel. At most 64 characters.
		var channel: String = ""
		# Optional. String. At most 500 characters.
		var cursor = null
		# Optional. int. At least 1, at most 100.
		var limit = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_channel: String) -> void:
			channel = p_channel

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["channel"] = channel
			if cursor != null:
				made["cursor"] = cursor
			if limit != null:
				made["limit"] = limit
			return made

	# The answer to `channel_members`.
	class ChannelMembersResult:
		# Array of String.
		var user_ids: Array = []
		var count: int = 0
		# Optional. String.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_ids = Array(payload.get("user_ids", []))
			count = int(payload.get("count", 0))
			cursor = payload.get("cursor")

	# Extends the connection with a newer token of the same user.
	class RefreshTokenCommand:
		const NS := "/chat"
		const NAME := "refresh_token"
		# At most 4096 characters.
		var token: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_token: String) -> void:
			token = p_token

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["token"] = token
			return made

	# The answer to `refresh_token`.
	class RefreshTokenResult:
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			expires_at = str(payload.get("expires_at", ""))

	# Answered with `pong`: a heartbeat for clients that want their own. A `timestamp` in the namespace's form comes back in it.
	class PingCommand:
		const NS := "/chat"
		const NAME := "ping"
		# Optional.
		var timestamp = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if timestamp != null:
				made["timestamp"] = timestamp
			return made

	# The answer to `ping`.
	class PingResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Acknowledges a reliable event, for clients without Socket.IO acknowledgements.
	class AckCommand:
		const NS := "/chat"
		const NAME := "ack"
		# At most 256 characters.
		var delivery_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_delivery_id: String) -> void:
			delivery_id = p_delivery_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["delivery_id"] = delivery_id
			return made

	# The answer to `ack`.
	class AckResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# A user sent a message. In `private` the event is reliable and has a `delivery_id`.
	class ChatMessageEvent:
		const NS := "/chat"
		const NAME := "chat_message"
		# ISO 8601.
		var timestamp: String = ""
		var message_id: String = ""
		var channel: String = ""
		var channel_id: String = ""
		# Optional. String. Private: the other user, as the author sees it.
		var to = null
		var epoch: String = ""
		var offset: int = 0
		# The author's name.
		var user: String = ""
		var user_id: String = ""
		var content: String = ""
		# Optional. String.
		var reply_to = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = str(payload.get("timestamp", ""))
			message_id = str(payload.get("message_id", ""))
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			to = payload.get("to")
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))
			user = str(payload.get("user", ""))
			user_id = str(payload.get("user_id", ""))
			content = str(payload.get("content", ""))
			reply_to = payload.get("reply_to")

	# A message has a new text.
	class MessageEditedEvent:
		const NS := "/chat"
		const NAME := "message_edited"
		# ISO 8601.
		var timestamp: String = ""
		var message_id: String = ""
		var channel: String = ""
		var channel_id: String = ""
		# Optional. String. Private: the other user, as the author sees it.
		var to = null
		var epoch: String = ""
		var offset: int = 0
		# The author of the message.
		var user_id: String = ""
		# Who changed it: the author or a moderator.
		var by: String = ""
		var content: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = str(payload.get("timestamp", ""))
			message_id = str(payload.get("message_id", ""))
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			to = payload.get("to")
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))
			user_id = str(payload.get("user_id", ""))
			by = str(payload.get("by", ""))
			content = str(payload.get("content", ""))

	# A message was deleted.
	class MessageDeletedEvent:
		const NS := "/chat"
		const NAME := "message_deleted"
		# ISO 8601.
		var timestamp: String = ""
		var message_id: String = ""
		var channel: String = ""
		var channel_id: String = ""
		# Optional. String. Private: the other user, as the author sees it.
		var to = null
		var epoch: String = ""
		var offset: int = 0
		# The author of the message.
		var user_id: String = ""
		var by: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = str(payload.get("timestamp", ""))
			message_id = str(payload.get("message_id", ""))
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			to = payload.get("to")
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))
			user_id = str(payload.get("user_id", ""))
			by = str(payload.get("by", ""))

	# A user is typing, or has stopped.
	class TypingEvent:
		const NS := "/chat"
		const NAME := "typing"
		# Optional. String. ISO 8601.
		var timestamp = null
		var channel: String = ""
		var channel_id: String = ""
		var user_id: String = ""
		var user: String = ""
		var typing: bool = false
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			user_id = str(payload.get("user_id", ""))
			user = str(payload.get("user", ""))
			typing = bool(payload.get("typing", false))

	# A member of a party or private channel has read up to an offset.
	class ReadEvent:
		const NS := "/chat"
		const NAME := "read"
		# Optional. String. ISO 8601.
		var timestamp = null
		var channel: String = ""
		var channel_id: String = ""
		var user_id: String = ""
		var offset: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			user_id = str(payload.get("user_id", ""))
			offset = int(payload.get("offset", 0))

	# A user was muted, kicked, banned or pardoned. For moderators also: a message was reported.
	class ModerationEvent:
		const NS := "/chat"
		const NAME := "moderation"
		# ISO 8601.
		var timestamp: String = ""
		# String of ActionValues.
		var action: String = ""
		var user_id: String = ""
		var by: String = ""
		# Optional. String. Absent: without an end.
		var until = null
		var reason: String = ""
		# Optional. String. Absent: everywhere.
		var channel = null
		# Optional. String.
		var channel_id = null
		# Optional. String.
		var message_id = null
		# Optional. String. Report: the message as it was when it was reported.
		var content = null
		var offset: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = str(payload.get("timestamp", ""))
			action = str(payload.get("action", ""))
			user_id = str(payload.get("user_id", ""))
			by = str(payload.get("by", ""))
			until = payload.get("until")
			reason = str(payload.get("reason", ""))
			channel = payload.get("channel")
			channel_id = payload.get("channel_id")
			message_id = payload.get("message_id")
			content = payload.get("content")
			offset = int(payload.get("offset", 0))

	# Slow mode of a channel began, changed or ended (0 seconds).
	class SlowModeEvent:
		const NS := "/chat"
		const NAME := "slow_mode"
		# ISO 8601.
		var timestamp: String = ""
		var channel: String = ""
		var channel_id: String = ""
		var seconds: int = 0
		var by: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = str(payload.get("timestamp", ""))
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			seconds = int(payload.get("seconds", 0))
			by = str(payload.get("by", ""))

	# The user is invited to a channel.
	class ChannelInvitedEvent:
		const NS := "/chat"
		const NAME := "channel_invited"
		# Optional. String. ISO 8601.
		var timestamp = null
		var channel: String = ""
		var channel_id: String = ""
		var from: String = ""
		var description: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			from = str(payload.get("from", ""))
			description = str(payload.get("description", ""))

	# A user joined, left or was removed. Channels by invitation notify all members; other channels notify only that user.
	class ChannelMemberEvent:
		const NS := "/chat"
		const NAME := "channel_member"
		# ISO 8601.
		var timestamp: String = ""
		var channel: String = ""
		var channel_id: String = ""
		var user_id: String = ""
		# String of ChangeValues.
		var change: String = ""
		var by: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = str(payload.get("timestamp", ""))
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			user_id = str(payload.get("user_id", ""))
			change = str(payload.get("change", ""))
			by = str(payload.get("by", ""))

	# A named channel was deleted.
	class ChannelClosedEvent:
		const NS := "/chat"
		const NAME := "channel_closed"
		# ISO 8601.
		var timestamp: String = ""
		var channel: String = ""
		var channel_id: String = ""
		var by: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = str(payload.get("timestamp", ""))
			channel = str(payload.get("channel", ""))
			channel_id = str(payload.get("channel_id", ""))
			by = str(payload.get("by", ""))

	# This connection missed entries of a channel that cannot be recovered: read `history`.
	class LostEvent:
		const NS := "/chat"
		const NAME := "lost"
		# Optional. String. ISO 8601.
		var timestamp = null
		# Optional. String. Absent: sanctions for all of `/chat`, or reports.
		var channel = null
		var channel_id: String = ""
		var recovered: bool = false
		var epoch: String = ""
		var offset: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			channel = payload.get("channel")
			channel_id = str(payload.get("channel_id", ""))
			recovered = bool(payload.get("recovered", false))
			epoch = str(payload.get("epoch", ""))
			offset = int(payload.get("offset", 0))

	# The answer to `ping`.
	class PongEvent:
		const NS := "/chat"
		const NAME := "pong"
		# Optional. String. ISO 8601.
		var timestamp = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")

	# A command without an acknowledgement failed, or the connection is about to end.
	class ErrorEvent:
		const NS := "/chat"
		const NAME := "error"
		# Optional. String. ISO 8601.
		var timestamp = null
		var error: String = ""
		var code: String = ""
		# Optional. String.
		var event = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			error = str(payload.get("error", ""))
			code = str(payload.get("code", ""))
			event = payload.get("event")

	# The token ends in a minute: send `refresh_token`.
	class TokenExpiringEvent:
		const NS := "/chat"
		const NAME := "token_expiring"
		# Optional. String. ISO 8601.
		var timestamp = null
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			expires_at = str(payload.get("expires_at", ""))

	# This worker stops: reconnect after so many milliseconds.
	class ServerDrainingEvent:
		const NS := "/chat"
		const NAME := "server_draining"
		# Optional. String. ISO 8601.
		var timestamp = null
		var reconnect_in_ms: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			reconnect_in_ms = float(payload.get("reconnect_in_ms", 0.0))

class InCombat:
	const NS := "/combat"
	const ON_COMBAT_INVITE := "combat_invite"
	const ON_COMBAT_PARTICIPANT := "combat_participant"
	const ON_COMBAT_STARTED := "combat_started"
	const ON_COMBAT_TURN := "combat_turn"
	const ON_COMBAT_RESULT := "combat_result"
	const ON_COMBAT_TIMEOUT := "combat_timeout"
	const ON_COMBAT_ENDED := "combat_ended"
	const ON_COMBAT_RESUMED := "combat_resumed"
	const ON_PONG := "pong"
	const ON_ERROR := "error"
	const ON_TOKEN_EXPIRING := "token_expiring"
	const ON_SERVER_DRAINING := "server_draining"

	# Those that are known; a newer server may have more.
	class KindValues:
		const PLAYER := "player"
		const MONSTER := "monster"

	# Those that are known; a newer server may have more.
	class PhaseValues:
		const WAITING := "waiting"
		const RUNNING := "running"
		const ENDED := "ended"

	# Those that are known; a newer server may have more.
	class StatusValues:
		const INVITED := "invited"
		const JOINED := "joined"
		const DISCONNECTED := "disconnected"
		const LEFT := "left"

	# Those that are known; a newer server may have more.
	class CauseValues:
		const PLAYER := "player"
		const MONSTER := "monster"
		const TIMEOUT := "timeout"
		const FORFEIT := "forfeit"

	# Those that are known; a newer server may have more.
	class CombatParticipantEventStatusValues:
		const JOINED := "joined"
		const LEFT := "left"
		const DISCONNECTED := "disconnected"
		const RECONNECTED := "reconnected"

	class ParticipantFields:
		# At most 128 characters.
		var id: String = ""
		# String of KindValues.
		var kind: String = ""
		var team = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			id = str(payload.get("id", ""))
			kind = str(payload.get("kind", ""))
			team = payload.get("team")

	class StateParticipantFields:
		# At most 128 characters.
		var id: String = ""
		# String of KindValues.
		var kind: String = ""
		var team = null
		# String of StatusValues.
		var status: String = ""
		var timeouts: int = 0
		var bank_ms: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			id = str(payload.get("id", ""))
			kind = str(payload.get("kind", ""))
			team = payload.get("team")
			status = str(payload.get("status", ""))
			timeouts = int(payload.get("timeouts", 0))
			bank_ms = int(payload.get("bank_ms", 0))

	class LegalFields:
		var action: String = ""
		# Optional. String.
		var target = null
		var args = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			action = str(payload.get("action", ""))
			target = payload.get("target")
			args = payload.get("args")

	class StateFields:
		# At most 64 characters.
		var combat_session_id: String = ""
		var ruleset: String = ""
		# String of PhaseValues.
		var phase: String = ""
		var turn: int = 0
		# String or null.
		var actor = null
		# String or null.
		var deadline = null
		# Array of StateParticipantFields.
		var participants: Array = []
		var view = null
		# Array of LegalFields.
		var legal: Array = []
		# Optional.
		var winner = null
		# Optional.
		var result = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			combat_session_id = str(payload.get("combat_session_id", ""))
			ruleset = str(payload.get("ruleset", ""))
			phase = str(payload.get("phase", ""))
			turn = int(payload.get("turn", 0))
			actor = payload.get("actor")
			deadline = payload.get("deadline")
			if typeof(payload.get("participants")) == TYPE_ARRAY:
				participants = []
				for one in payload["participants"]:
					participants.append(StateParticipantFields.new(one))
			view = payload.get("view")
			if typeof(payload.get("legal")) == TYPE_ARRAY:
				legal = []
				for one in payload["legal"]:
					legal.append(LegalFields.new(one))
			winner = payload.get("winner")
			result = payload.get("result")

	class EffectFields:
		var kind: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			kind = str(payload.get("kind", ""))

	class ResultFields:
		# At least 1.
		var seq: int = 0
		var actor: String = ""
		var action: String = ""
		# String or null.
		var target = null
		# Array of EffectFields.
		var effects: Array = []
		# At least 1.
		var state_version: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			seq = int(payload.get("seq", 0))
			actor = str(payload.get("actor", ""))
			action = str(payload.get("action", ""))
			target = payload.get("target")
			if typeof(payload.get("effects")) == TYPE_ARRAY:
				effects = []
				for one in payload["effects"]:
					effects.append(EffectFields.new(one))
			state_version = int(payload.get("state_version", 0))

	class LogFields:
		# At least 1.
		var seq: int = 0
		var actor: String = ""
		var action: String = ""
		# String or null.
		var target = null
		# Array of EffectFields.
		var effects: Array = []
		# At least 1.
		var state_version: int = 0
		var turn: int = 0
		# String of CauseValues.
		var cause: String = ""
		# Optional.
		var args = null
		# Optional. Array of int.
		var draws = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			seq = int(payload.get("seq", 0))
			actor = str(payload.get("actor", ""))
			action = str(payload.get("action", ""))
			target = payload.get("target")
			if typeof(payload.get("effects")) == TYPE_ARRAY:
				effects = []
				for one in payload["effects"]:
					effects.append(EffectFields.new(one))
			state_version = int(payload.get("state_version", 0))
			turn = int(payload.get("turn", 0))
			cause = str(payload.get("cause", ""))
			args = payload.get("args")
			draws = payload.get("draws")

	# Creates a fight and invites its other players. The creator is one of the players, and joins as the others do.
	class CombatCreateCommand:
		const NS := "/combat"
		const NAME := "combat_create"
		# Array of {id: String, kind: String of KindValues, team: Variant}. At most 64 of them.
		var participants: Array = []
		# Optional. String. At most 64 characters.
		var ruleset = null
		# Optional. float. At least 1, at most 3600.
		var turn_seconds = null
		# Optional. float. At least 0, at most 3600.
		var bank_seconds = null
		# Optional. String. At most 128 characters.
		var request_id = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_participants: Array) -> void:
			participants = p_participants

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["participants"] = participants
			if ruleset != null:
				made["ruleset"] = ruleset
			if turn_seconds != null:
				made["turn_seconds"] = turn_seconds
			if bank_seconds != null:
				made["bank_seconds"] = bank_seconds
			if request_id != null:
				made["request_id"] = request_id
			return made

	# The answer to `combat_create`.
	class CombatCreateResult:
		# At most 64 characters.
		var combat_session_id: String = ""
		# StateFields.
		var state = null
		# At least 1.
		var version: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			combat_session_id = str(payload.get("combat_session_id", ""))
			if typeof(payload.get("state")) == TYPE_DICTIONARY:
				state = StateFields.new(payload["state"])
			version = int(payload.get("version", 0))

	# Joins a fight as a player. With `spectate`, this connection watches. The fight starts when all players have joined or the time to join is over.
	class CombatJoinCommand:
		const NS := "/combat"
		const NAME := "combat_join"
		# At most 64 characters.
		var combat_session_id: String = ""
		# Optional. bool.
		var spectate = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_combat_session_id: String) -> void:
			combat_session_id = p_combat_session_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["combat_session_id"] = combat_session_id
			if spectate != null:
				made["spectate"] = spectate
			return made

	# The answer to `combat_join`.
	class CombatJoinResult:
		# StateFields.
		var state = null
		# At least 1.
		var version: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("state")) == TYPE_DICTIONARY:
				state = StateFields.new(payload["state"])
			version = int(payload.get("version", 0))

	# Makes a move in the player's own turn. `args` are those of the ruleset's action.
	class CombatActionCommand:
		const NS := "/combat"
		const NAME := "combat_action"
		# At most 64 characters.
		var combat_session_id: String = ""
		# At most 64 characters.
		var action: String = ""
		# Optional. String or null.
		var target = null
		# Optional.
		var args = null
		# Optional. int. At least 0.
		var version = null
		# Optional. String. At most 128 characters.
		var action_id = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_combat_session_id: String, p_action: String) -> void:
			combat_session_id = p_combat_session_id
			action = p_action

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["combat_session_id"] = combat_session_id
			made["action"] = action
			if target != null:
				made["target"] = target
			if args != null:
				made["args"] = args
			if version != null:
				made["version"] = version
			if action_id != null:
				made["action_id"] = action_id
			return made

	# The answer to `combat_action`.
	class CombatActionResult:
		# At least 1.
		var version: int = 0
		# ResultFields.
		var result = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			version = int(payload.get("version", 0))
			if typeof(payload.get("result")) == TYPE_DICTIONARY:
				result = ResultFields.new(payload["result"])

	# The fight as it is now. With `log`, also its log, after the entry `after` if that is given.
	class CombatStateCommand:
		const NS := "/combat"
		const NAME := "combat_state"
		# At most 64 characters.
		var combat_session_id: String = ""
		# Optional. bool.
		var log_ = null
		# Optional. int. At least 0.
		var after = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_combat_session_id: String) -> void:
			combat_session_id = p_combat_session_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["combat_session_id"] = combat_session_id
			if log_ != null:
				made["log"] = log_
			if after != null:
				made["after"] = after
			return made

	# The answer to `combat_state`.
	class CombatStateResult:
		# StateFields.
		var state = null
		# At least 1.
		var version: int = 0
		# Optional. Array of LogFields.
		var log_ = null
		# Optional. bool. The log goes on: ask for what comes `after` its last `seq`.
		var has_more = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("state")) == TYPE_DICTIONARY:
				state = StateFields.new(payload["state"])
			version = int(payload.get("version", 0))
			if typeof(payload.get("log")) == TYPE_ARRAY:
				log_ = []
				for one in payload["log"]:
					log_.append(LogFields.new(one))
			has_more = payload.get("has_more")

	# In the player's own turn: the ruleset's `flee`. Before the start: declines.
	class CombatFleeCommand:
		const NS := "/combat"
		const NAME := "combat_flee"
		# At most 64 characters.
		var combat_session_id: String = ""
		# Optional. int. At least 0.
		var version = null
		# Optional. String. At most 128 characters.
		var action_id = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_combat_session_id: String) -> void:
			combat_session_id = p_combat_session_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["combat_session_id"] = combat_session_id
			if version != null:
				made["version"] = version
			if action_id != null:
				made["action_id"] = action_id
			return made

	# The answer to `combat_flee`.
	class CombatFleeResult:
		# At least 1.
		var version: int = 0
		# ResultFields.
		var result = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			version = int(payload.get("version", 0))
			if typeof(payload.get("result")) == TYPE_DICTIONARY:
				result = ResultFields.new(payload["result"])

	# Extends the connection with a newer token of the same user.
	class RefreshTokenCommand:
		const NS := "/combat"
		const NAME := "refresh_token"
		# At most 4096 characters.
		var token: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_token: String) -> void:
			token = p_token

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["token"] = token
			return made

	# The answer to `refresh_token`.
	class RefreshTokenResult:
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			expires_at = str(payload.get("expires_at", ""))

	# Answered with `pong`: a heartbeat for clients that want their own. A `timestamp` in the namespace's form comes back in it.
	class PingCommand:
		const NS := "/combat"
		const NAME := "ping"
		# Optional.
		var timestamp = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if timestamp != null:
				made["timestamp"] = timestamp
			return made

	# The answer to `ping`.
	class PingResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Acknowledges a reliable event, for clients without Socket.IO acknowledgements.
	class AckCommand:
		const NS := "/combat"
		const NAME := "ack"
		# At most 256 characters.
		var delivery_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_delivery_id: String) -> void:
			delivery_id = p_delivery_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["delivery_id"] = delivery_id
			return made

	# The answer to `ack`.
	class AckResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# A user has created a fight with you as a player.
	class CombatInviteEvent:
		const NS := "/combat"
		const NAME := "combat_invite"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 64 characters.
		var combat_session_id: String = ""
		var from: String = ""
		var ruleset: String = ""
		# Array of ParticipantFields.
		var participants: Array = []
		var turn_seconds: float = 0.0
		var join_by: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			combat_session_id = str(payload.get("combat_session_id", ""))
			from = str(payload.get("from", ""))
			ruleset = str(payload.get("ruleset", ""))
			if typeof(payload.get("participants")) == TYPE_ARRAY:
				participants = []
				for one in payload["participants"]:
					participants.append(ParticipantFields.new(one))
			turn_seconds = float(payload.get("turn_seconds", 0.0))
			join_by = str(payload.get("join_by", ""))

	# A player of the fight has joined, left, disconnected or reconnected. Sent to the others.
	class CombatParticipantEvent:
		const NS := "/combat"
		const NAME := "combat_participant"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 64 characters.
		var combat_session_id: String = ""
		var user_id: String = ""
		# String of CombatParticipantEventStatusValues.
		var status: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			combat_session_id = str(payload.get("combat_session_id", ""))
			user_id = str(payload.get("user_id", ""))
			status = str(payload.get("status", ""))

	# The fight has started; the first turn follows.
	class CombatStartedEvent:
		const NS := "/combat"
		const NAME := "combat_started"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 64 characters.
		var combat_session_id: String = ""
		# StateFields.
		var state = null
		# At least 1.
		var version: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			combat_session_id = str(payload.get("combat_session_id", ""))
			if typeof(payload.get("state")) == TYPE_DICTIONARY:
				state = StateFields.new(payload["state"])
			version = int(payload.get("version", 0))

	# It is this player's turn, until the deadline.
	class CombatTurnEvent:
		const NS := "/combat"
		const NAME := "combat_turn"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 64 characters.
		var combat_session_id: String = ""
		var turn: int = 0
		var actor: String = ""
		var deadline: String = ""
		# At least 1.
		var version: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			combat_session_id = str(payload.get("combat_session_id", ""))
			turn = int(payload.get("turn", 0))
			actor = str(payload.get("actor", ""))
			deadline = str(payload.get("deadline", ""))
			version = int(payload.get("version", 0))

	# The effects of a move.
	class CombatResultEvent:
		const NS := "/combat"
		const NAME := "combat_result"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 64 characters.
		var combat_session_id: String = ""
		# At least 1.
		var seq: int = 0
		var actor: String = ""
		var action: String = ""
		# String or null.
		var target = null
		# Array of EffectFields.
		var effects: Array = []
		# At least 1.
		var state_version: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			combat_session_id = str(payload.get("combat_session_id", ""))
			seq = int(payload.get("seq", 0))
			actor = str(payload.get("actor", ""))
			action = str(payload.get("action", ""))
			target = payload.get("target")
			if typeof(payload.get("effects")) == TYPE_ARRAY:
				effects = []
				for one in payload["effects"]:
					effects.append(EffectFields.new(one))
			state_version = int(payload.get("state_version", 0))

	# The deadline passed; the result of the ruleset's default action follows.
	class CombatTimeoutEvent:
		const NS := "/combat"
		const NAME := "combat_timeout"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 64 characters.
		var combat_session_id: String = ""
		var actor: String = ""
		var turn: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			combat_session_id = str(payload.get("combat_session_id", ""))
			actor = str(payload.get("actor", ""))
			turn = int(payload.get("turn", 0))

	# The fight is over.
	class CombatEndedEvent:
		const NS := "/combat"
		const NAME := "combat_ended"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 64 characters.
		var combat_session_id: String = ""
		var winner = null
		# Dictionary of Variant.
		var result: Dictionary = {}
		# At least 1.
		var version: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			combat_session_id = str(payload.get("combat_session_id", ""))
			winner = payload.get("winner")
			result = Dictionary(payload.get("result", {}))
			version = int(payload.get("version", 0))

	# This connection follows a running fight that the user has joined: after connecting, or by another of the user's connections.
	class CombatResumedEvent:
		const NS := "/combat"
		const NAME := "combat_resumed"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 64 characters.
		var combat_session_id: String = ""
		# StateFields.
		var state = null
		# At least 1.
		var version: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			combat_session_id = str(payload.get("combat_session_id", ""))
			if typeof(payload.get("state")) == TYPE_DICTIONARY:
				state = StateFields.new(payload["state"])
			version = int(payload.get("version", 0))

	# The answer to `ping`.
	class PongEvent:
		const NS := "/combat"
		const NAME := "pong"
		# Optional. String. ISO 8601.
		var timestamp = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")

	# A command without an acknowledgement failed, or the connection is about to end.
	class ErrorEvent:
		const NS := "/combat"
		const NAME := "error"
		# Optional. String. ISO 8601.
		var timestamp = null
		var error: String = ""
		var code: String = ""
		# Optional. String.
		var event = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			error = str(payload.get("error", ""))
			code = str(payload.get("code", ""))
			event = payload.get("event")

	# The token ends in a minute: send `refresh_token`.
	class TokenExpiringEvent:
		const NS := "/combat"
		const NAME := "token_expiring"
		# Optional. String. ISO 8601.
		var timestamp = null
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			expires_at = str(payload.get("expires_at", ""))

	# This worker stops: reconnect after so many milliseconds.
	class ServerDrainingEvent:
		const NS := "/combat"
		const NAME := "server_draining"
		# Optional. String. ISO 8601.
		var timestamp = null
		var reconnect_in_ms: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			reconnect_in_ms = float(payload.get("reconnect_in_ms", 0.0))

class InWorld:
	const NS := "/world"
	const ON_WORLD_TICK := "world_tick"
	const ON_PLAYER_MOVEMENT := "player_movement"
	const ON_PLAYER_ENTERED := "player_entered"
	const ON_PLAYER_LEFT := "player_left"
	const ON_ENTITY_SPAWN := "entity_spawn"
	const ON_ENTITY_UPDATE := "entity_update"
	const ON_ENTITY_DESPAWN := "entity_despawn"
	const ON_POSITION_CORRECTION := "position_correction"
	const ON_WORLD_EVENT := "world_event"
	const ON_ZONE_CHANGED := "zone_changed"
	const ON_PONG := "pong"
	const ON_ERROR := "error"
	const ON_TOKEN_EXPIRING := "token_expiring"
	const ON_SERVER_DRAINING := "server_draining"

	# Those that are known; a newer server may have more.
	class UpdatesValues:
		const BATCH := "batch"
		const EACH := "each"

	class PlayerFields:
		var user_id: String = ""
		var name: String = ""
		var x: float = 0.0
		var y: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))
			name = str(payload.get("name", ""))
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))

	class EntityFields:
		var entity_id: String = ""
		var kind: String = ""
		var x: float = 0.0
		var y: float = 0.0
		var owner: String = ""
		# Optional.
		var data = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			entity_id = str(payload.get("entity_id", ""))
			kind = str(payload.get("kind", ""))
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))
			owner = str(payload.get("owner", ""))
			data = payload.get("data")

	class EntitiesFields:
		# Array of EntityFields.
		var entered: Array = []
		# Array of EntityFields.
		var updated: Array = []
		# Array of String.
		var left: Array = []
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("entered")) == TYPE_ARRAY:
				entered = []
				for one in payload["entered"]:
					entered.append(EntityFields.new(one))
			if typeof(payload.get("updated")) == TYPE_ARRAY:
				updated = []
				for one in payload["updated"]:
					updated.append(EntityFields.new(one))
			left = Array(payload.get("left", []))

	# Enters a zone at a point. A user that was there lately and could not have come so far since then is put at their last position (`position_correction`). Guests watch and are not seen.
	class EnterCommand:
		const NS := "/world"
		const NAME := "enter"
		# At most 64 characters.
		var zone: String = ""
		# At least -1000000, at most 1000000.
		var x: float = 0.0
		# At least -1000000, at most 1000000.
		var y: float = 0.0
		# Optional. String of UpdatesValues.
		var updates = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_zone: String, p_x: float, p_y: float) -> void:
			zone = p_zone
			x = p_x
			y = p_y

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["zone"] = zone
			made["x"] = x
			made["y"] = y
			if updates != null:
				made["updates"] = updates
			return made

	# The answer to `enter`.
	class EnterResult:
		var zone: String = ""
		var tick_ms: float = 0.0
		var view_distance: float = 0.0
		var x: float = 0.0
		var y: float = 0.0
		# Array of PlayerFields.
		var players: Array = []
		# Array of EntityFields.
		var entities: Array = []
		# Optional. bool. These are the nearest; the others follow as newcomers do.
		var has_more = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			zone = str(payload.get("zone", ""))
			tick_ms = float(payload.get("tick_ms", 0.0))
			view_distance = float(payload.get("view_distance", 0.0))
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))
			if typeof(payload.get("players")) == TYPE_ARRAY:
				players = []
				for one in payload["players"]:
					players.append(PlayerFields.new(one))
			if typeof(payload.get("entities")) == TYPE_ARRAY:
				entities = []
				for one in payload["entities"]:
					entities.append(EntityFields.new(one))
			has_more = payload.get("has_more")

	# Moves. Enters `zone` where the connection is in none, and changes zone where it is in another.
	class PlayerMovementCommand:
		const NS := "/world"
		const NAME := "player_movement"
		# At least -1000000, at most 1000000.
		var x: float = 0.0
		# At least -1000000, at most 1000000.
		var y: float = 0.0
		# Optional. String. At most 64 characters.
		var zone = null
		# Optional. int. At least 0.
		var seq = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_x: float, p_y: float) -> void:
			x = p_x
			y = p_y

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["x"] = x
			made["y"] = y
			if zone != null:
				made["zone"] = zone
			if seq != null:
				made["seq"] = seq
			return made

	# The answer to `player_movement`.
	class PlayerMovementResult:
		# Optional. bool.
		var corrected = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			corrected = payload.get("corrected")

	# Leaves the zone and enters another.
	class ZoneChangeCommand:
		const NS := "/world"
		const NAME := "zone_change"
		# At most 64 characters.
		var zone: String = ""
		# At least -1000000, at most 1000000.
		var x: float = 0.0
		# At least -1000000, at most 1000000.
		var y: float = 0.0
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_zone: String, p_x: float, p_y: float) -> void:
			zone = p_zone
			x = p_x
			y = p_y

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["zone"] = zone
			made["x"] = x
			made["y"] = y
			return made

	# The answer to `zone_change`.
	class ZoneChangeResult:
		var zone: String = ""
		var tick_ms: float = 0.0
		var view_distance: float = 0.0
		var x: float = 0.0
		var y: float = 0.0
		# Array of PlayerFields.
		var players: Array = []
		# Array of EntityFields.
		var entities: Array = []
		# Optional. bool. These are the nearest; the others follow as newcomers do.
		var has_more = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			zone = str(payload.get("zone", ""))
			tick_ms = float(payload.get("tick_ms", 0.0))
			view_distance = float(payload.get("view_distance", 0.0))
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))
			if typeof(payload.get("players")) == TYPE_ARRAY:
				players = []
				for one in payload["players"]:
					players.append(PlayerFields.new(one))
			if typeof(payload.get("entities")) == TYPE_ARRAY:
				entities = []
				for one in payload["entities"]:
					entities.append(EntityFields.new(one))
			has_more = payload.get("has_more")

	# Leaves the zone. `zone` in the answer names it, and is absent where the connection was in none.
	class LeaveCommand:
		const NS := "/world"
		const NAME := "leave"
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			return made

	# The answer to `leave`.
	class LeaveResult:
		# Optional. String.
		var zone = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			zone = payload.get("zone")

	# The players and entities within `radius` (at most, and by default, the view distance), the nearest first where one answer does not hold all.
	class NearbyCommand:
		const NS := "/world"
		const NAME := "nearby"
		# Optional. float. At least 0, at most 1000000.
		var radius = null
		# Optional. String. At most 400 characters.
		var cursor = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if radius != null:
				made["radius"] = radius
			if cursor != null:
				made["cursor"] = cursor
			return made

	# The answer to `nearby`.
	class NearbyResult:
		var radius: float = 0.0
		# Array of PlayerFields.
		var players: Array = []
		# Array of EntityFields.
		var entities: Array = []
		# Optional. bool.
		var has_more = null
		# Optional. String. For the next page.
		var cursor = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			radius = float(payload.get("radius", 0.0))
			if typeof(payload.get("players")) == TYPE_ARRAY:
				players = []
				for one in payload["players"]:
					players.append(PlayerFields.new(one))
			if typeof(payload.get("entities")) == TYPE_ARRAY:
				entities = []
				for one in payload["entities"]:
					entities.append(EntityFields.new(one))
			has_more = payload.get("has_more")
			cursor = payload.get("cursor")

	# Puts an entity into the zone. `persistent` (role `service`) keeps it without its owner.
	class EntitySpawnCommand:
		const NS := "/world"
		const NAME := "entity_spawn"
		# At most 128 characters.
		var entity_id: String = ""
		# At most 64 characters.
		var kind: String = ""
		# At least -1000000, at most 1000000.
		var x: float = 0.0
		# At least -1000000, at most 1000000.
		var y: float = 0.0
		# Optional.
		var data = null
		# Optional. bool.
		var persistent = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_entity_id: String, p_kind: String, p_x: float, p_y: float) -> void:
			entity_id = p_entity_id
			kind = p_kind
			x = p_x
			y = p_y

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["entity_id"] = entity_id
			made["kind"] = kind
			made["x"] = x
			made["y"] = y
			if data != null:
				made["data"] = data
			if persistent != null:
				made["persistent"] = persistent
			return made

	# The answer to `entity_spawn`.
	class EntitySpawnResult:
		# EntityFields.
		var entity = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("entity")) == TYPE_DICTIONARY:
				entity = EntityFields.new(payload["entity"])

	# Changes the given fields of an entity of the caller.
	class EntityUpdateCommand:
		const NS := "/world"
		const NAME := "entity_update"
		# At most 128 characters.
		var entity_id: String = ""
		# Optional. String. At most 64 characters.
		var kind = null
		# Optional. float. At least -1000000, at most 1000000.
		var x = null
		# Optional. float. At least -1000000, at most 1000000.
		var y = null
		# Optional.
		var data = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_entity_id: String) -> void:
			entity_id = p_entity_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["entity_id"] = entity_id
			if kind != null:
				made["kind"] = kind
			if x != null:
				made["x"] = x
			if y != null:
				made["y"] = y
			if data != null:
				made["data"] = data
			return made

	# The answer to `entity_update`.
	class EntityUpdateResult:
		# EntityFields.
		var entity = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("entity")) == TYPE_DICTIONARY:
				entity = EntityFields.new(payload["entity"])

	# Removes an entity of the caller from the zone.
	class EntityDespawnCommand:
		const NS := "/world"
		const NAME := "entity_despawn"
		# At most 128 characters.
		var entity_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_entity_id: String) -> void:
			entity_id = p_entity_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["entity_id"] = entity_id
			return made

	# The answer to `entity_despawn`.
	class EntityDespawnResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Sends an event of the game to everybody in a zone, or in all zones.
	class WorldEventCommand:
		const NS := "/world"
		const NAME := "world_event"
		# At most 128 characters.
		var event: String = ""
		# Optional.
		var data = null
		# Optional. String. At most 64 characters.
		var zone = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_event: String) -> void:
			event = p_event

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["event"] = event
			if data != null:
				made["data"] = data
			if zone != null:
				made["zone"] = zone
			return made

	# The answer to `world_event`.
	class WorldEventResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Announces to both zones that a user went from one to the other.
	class ZoneChangedCommand:
		const NS := "/world"
		const NAME := "zone_changed"
		# At most 128 characters.
		var user_id: String = ""
		# Optional. String. At most 64 characters.
		var from = null
		# Optional. String. At most 64 characters.
		var to = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			if from != null:
				made["from"] = from
			if to != null:
				made["to"] = to
			return made

	# The answer to `zone_changed`.
	class ZoneChangedResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Extends the connection with a newer token of the same user.
	class RefreshTokenCommand:
		const NS := "/world"
		const NAME := "refresh_token"
		# At most 4096 characters.
		var token: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_token: String) -> void:
			token = p_token

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["token"] = token
			return made

	# The answer to `refresh_token`.
	class RefreshTokenResult:
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			expires_at = str(payload.get("expires_at", ""))

	# Answered with `pong`: a heartbeat for clients that want their own. A `timestamp` in the namespace's form comes back in it.
	class PingCommand:
		const NS := "/world"
		const NAME := "ping"
		# Optional.
		var timestamp = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if timestamp != null:
				made["timestamp"] = timestamp
			return made

	# The answer to `ping`.
	class PingResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Acknowledges a reliable event, for clients without Socket.IO acknowledgements.
	class AckCommand:
		const NS := "/world"
		const NAME := "ack"
		# At most 256 characters.
		var delivery_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_delivery_id: String) -> void:
			delivery_id = p_delivery_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["delivery_id"] = delivery_id
			return made

	# The answer to `ack`.
	class AckResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# What changed around the viewer since the last tick. The viewer's own moves are in it, as the server has them.
	class WorldTickEvent:
		const NS := "/world"
		const NAME := "world_tick"
		# Optional. String. ISO 8601.
		var timestamp = null
		var zone: String = ""
		var tick: float = 0.0
		# Array of Array of Variant.
		var moved: Array = []
		# Array of PlayerFields.
		var entered: Array = []
		# Array of String.
		var left: Array = []
		# Optional. EntitiesFields.
		var entities = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			zone = str(payload.get("zone", ""))
			tick = float(payload.get("tick", 0.0))
			moved = Array(payload.get("moved", []))
			if typeof(payload.get("entered")) == TYPE_ARRAY:
				entered = []
				for one in payload["entered"]:
					entered.append(PlayerFields.new(one))
			left = Array(payload.get("left", []))
			if typeof(payload.get("entities")) == TYPE_DICTIONARY:
				entities = EntitiesFields.new(payload["entities"])

	# A player has moved (`updates: each`).
	class PlayerMovementEvent:
		const NS := "/world"
		const NAME := "player_movement"
		# Optional. String. ISO 8601.
		var timestamp = null
		var user_id: String = ""
		var x: float = 0.0
		var y: float = 0.0
		var zone: String = ""
		# Optional. float.
		var seq = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			user_id = str(payload.get("user_id", ""))
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))
			zone = str(payload.get("zone", ""))
			seq = payload.get("seq")

	# A player has come into view (`updates: each`).
	class PlayerEnteredEvent:
		const NS := "/world"
		const NAME := "player_entered"
		# Optional. String. ISO 8601.
		var timestamp = null
		var user_id: String = ""
		var name: String = ""
		var x: float = 0.0
		var y: float = 0.0
		var zone: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			user_id = str(payload.get("user_id", ""))
			name = str(payload.get("name", ""))
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))
			zone = str(payload.get("zone", ""))

	# A player has gone out of view (`updates: each`).
	class PlayerLeftEvent:
		const NS := "/world"
		const NAME := "player_left"
		# Optional. String. ISO 8601.
		var timestamp = null
		var user_id: String = ""
		var zone: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			user_id = str(payload.get("user_id", ""))
			zone = str(payload.get("zone", ""))

	# An entity has come into view (`updates: each`).
	class EntitySpawnEvent:
		const NS := "/world"
		const NAME := "entity_spawn"
		# Optional. String. ISO 8601.
		var timestamp = null
		var entity_id: String = ""
		var kind: String = ""
		var x: float = 0.0
		var y: float = 0.0
		var owner: String = ""
		# Optional.
		var data = null
		var zone: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			entity_id = str(payload.get("entity_id", ""))
			kind = str(payload.get("kind", ""))
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))
			owner = str(payload.get("owner", ""))
			data = payload.get("data")
			zone = str(payload.get("zone", ""))

	# An entity in view has changed (`updates: each`).
	class EntityUpdateEvent:
		const NS := "/world"
		const NAME := "entity_update"
		# Optional. String. ISO 8601.
		var timestamp = null
		var entity_id: String = ""
		var kind: String = ""
		var x: float = 0.0
		var y: float = 0.0
		var owner: String = ""
		# Optional.
		var data = null
		var zone: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			entity_id = str(payload.get("entity_id", ""))
			kind = str(payload.get("kind", ""))
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))
			owner = str(payload.get("owner", ""))
			data = payload.get("data")
			zone = str(payload.get("zone", ""))

	# An entity has gone out of view (`updates: each`).
	class EntityDespawnEvent:
		const NS := "/world"
		const NAME := "entity_despawn"
		# Optional. String. ISO 8601.
		var timestamp = null
		var entity_id: String = ""
		var zone: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			entity_id = str(payload.get("entity_id", ""))
			zone = str(payload.get("zone", ""))

	# The movement (`seq`) was too fast: nobody saw it, and the player still is here.
	class PositionCorrectionEvent:
		const NS := "/world"
		const NAME := "position_correction"
		# Optional. String. ISO 8601.
		var timestamp = null
		var x: float = 0.0
		var y: float = 0.0
		# Optional. float.
		var seq = null
		var zone: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			x = float(payload.get("x", 0.0))
			y = float(payload.get("y", 0.0))
			seq = payload.get("seq")
			zone = str(payload.get("zone", ""))

	# Something has happened in the world.
	class WorldEventEvent:
		const NS := "/world"
		const NAME := "world_event"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 128 characters.
		var event: String = ""
		# Optional.
		var data = null
		# Optional. String. At most 64 characters.
		var zone = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			event = str(payload.get("event", ""))
			data = payload.get("data")
			zone = payload.get("zone")

	# A user went from one zone to another. Viewers that saw them go or see them come get it, and each of the user's own connections once; also what a service announced.
	class ZoneChangedEvent:
		const NS := "/world"
		const NAME := "zone_changed"
		# Optional. String. ISO 8601.
		var timestamp = null
		# At most 128 characters.
		var user_id: String = ""
		# Optional. String. At most 64 characters.
		var from = null
		# Optional. String. At most 64 characters.
		var to = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			user_id = str(payload.get("user_id", ""))
			from = payload.get("from")
			to = payload.get("to")

	# The answer to `ping`.
	class PongEvent:
		const NS := "/world"
		const NAME := "pong"
		# Optional. String. ISO 8601.
		var timestamp = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")

	# A command without an acknowledgement failed, or the connection is about to end.
	class ErrorEvent:
		const NS := "/world"
		const NAME := "error"
		# Optional. String. ISO 8601.
		var timestamp = null
		var error: String = ""
		var code: String = ""
		# Optional. String.
		var event = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			error = str(payload.get("error", ""))
			code = str(payload.get("code", ""))
			event = payload.get("event")

	# The token ends in a minute: send `refresh_token`.
	class TokenExpiringEvent:
		const NS := "/world"
		const NAME := "token_expiring"
		# Optional. String. ISO 8601.
		var timestamp = null
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			expires_at = str(payload.get("expires_at", ""))

	# This worker stops: reconnect after so many milliseconds.
	class ServerDrainingEvent:
		const NS := "/world"
		const NAME := "server_draining"
		# Optional. String. ISO 8601.
		var timestamp = null
		var reconnect_in_ms: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			timestamp = payload.get("timestamp")
			reconnect_in_ms = float(payload.get("reconnect_in_ms", 0.0))

class InMatchmaking:
	const NS := "/matchmaking"
	const ON_QUEUE_JOINED := "queue_joined"
	const ON_PING := "ping"
	const ON_QUEUE_LEFT := "queue_left"
	const ON_QUEUE_STATUS := "queue_status"
	const ON_MATCH_FOUND := "match_found"
	const ON_MATCH_CANCELLED := "match_cancelled"
	const ON_GAME_STARTED := "game_started"
	const ON_GAME_ENDED := "game_ended"
	const ON_PARTY_UPDATED := "party_updated"
	const ON_PARTY_INVITED := "party_invited"
	const ON_PONG := "pong"
	const ON_ERROR := "error"
	const ON_TOKEN_EXPIRING := "token_expiring"
	const ON_SERVER_DRAINING := "server_draining"

	# Those that are known; a newer server may have more.
	class ReasonValues:
		const LEFT := "left"
		const DISCONNECTED := "disconnected"
		const MATCHED := "matched"
		const EXPIRED := "expired"

	# Those that are known; a newer server may have more.
	class WaitingForReasonValues:
		const PLAYERS := "players"
		const SKILL := "skill"
		const REGION := "region"
		const PROPERTIES := "properties"
		const PARTY_SIZE := "party_size"
		const MATCHER := "matcher"

	# Those that are known; a newer server may have more.
	class MatchCancelledEventReasonValues:
		const DECLINED := "declined"
		const TIMEOUT := "timeout"
		const FAILED := "failed"

	class MemberFields:
		# At most 128 characters.
		var user_id: String = ""
		var name: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))
			name = str(payload.get("name", ""))

	class PartyFields:
		# At most 128 characters.
		var party_id: String = ""
		# At most 128 characters.
		var leader: String = ""
		# Array of MemberFields.
		var members: Array = []
		var max_size: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			party_id = str(payload.get("party_id", ""))
			leader = str(payload.get("leader", ""))
			if typeof(payload.get("members")) == TYPE_ARRAY:
				members = []
				for one in payload["members"]:
					members.append(MemberFields.new(one))
			max_size = int(payload.get("max_size", 0))

	class WaitingForFields:
		# String of WaitingForReasonValues.
		var reason: String = ""
		# At least 0.
		var candidates: int = 0
		# float or null.
		var window = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			reason = str(payload.get("reason", ""))
			candidates = int(payload.get("candidates", 0))
			window = payload.get("window")

	# Queue for a mode, alone or as the leader of a party
	class QueueJoinCommand:
		const NS := "/matchmaking"
		const NAME := "queue_join"
		# At most 64 characters.
		var game_mode: String = ""
		# Optional. float. At least -1000000000, at most 1000000000.
		var skill = null
		# Optional. String. At most 64 characters.
		var region = null
		# Optional. Dictionary of Variant.
		var properties = null
		# Optional. String. At most 128 characters.
		var party_id = null
		# Optional. String. At most 128 characters.
		var request_id = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_game_mode: String) -> void:
			game_mode = p_game_mode

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["game_mode"] = game_mode
			if skill != null:
				made["skill"] = skill
			if region != null:
				made["region"] = region
			if properties != null:
				made["properties"] = properties
			if party_id != null:
				made["party_id"] = party_id
			if request_id != null:
				made["request_id"] = request_id
			return made

	# The answer to `queue_join`.
	class QueueJoinResult:
		# At most 128 characters.
		var ticket_id: String = ""
		# At least 1.
		var position: int = 0
		# At least 0.
		var queue_size: int = 0
		# At least 0.
		var estimated_wait_s: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			ticket_id = str(payload.get("ticket_id", ""))
			position = int(payload.get("position", 0))
			queue_size = int(payload.get("queue_size", 0))
			estimated_wait_s = float(payload.get("estimated_wait_s", 0.0))

	# Change the waiting ticket without losing its place
	class PreferencesCommand:
		const NS := "/matchmaking"
		const NAME := "preferences"
		# Optional. String. At most 64 characters.
		var region = null
		# Optional. Dictionary of Variant.
		var properties = null
		# Optional. float. At least -1000000000, at most 1000000000.
		var skill = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if region != null:
				made["region"] = region
			if properties != null:
				made["properties"] = properties
			if skill != null:
				made["skill"] = skill
			return made

	# The answer to `preferences`.
	class PreferencesResult:
		# At most 128 characters.
		var ticket_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			ticket_id = str(payload.get("ticket_id", ""))

	# Leave the queue; any member of a party withdraws its ticket
	class QueueLeaveCommand:
		const NS := "/matchmaking"
		const NAME := "queue_leave"
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			return made

	# The answer to `queue_leave`.
	class QueueLeaveResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Accept a match in its ready check
	class MatchAcceptCommand:
		const NS := "/matchmaking"
		const NAME := "match_accept"
		# At most 128 characters.
		var match_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_match_id: String) -> void:
			match_id = p_match_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["match_id"] = match_id
			return made

	# The answer to `match_accept`.
	class MatchAcceptResult:
		# At most 128 characters.
		var match_id: String = ""
		# At least 0.
		var accepted: int = 0
		# At least 0.
		var players: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			match_id = str(payload.get("match_id", ""))
			accepted = int(payload.get("accepted", 0))
			players = int(payload.get("players", 0))

	# Decline a match in its ready check; the user may not queue for a cool-down
	class MatchDeclineCommand:
		const NS := "/matchmaking"
		const NAME := "match_decline"
		# At most 128 characters.
		var match_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_match_id: String) -> void:
			match_id = p_match_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["match_id"] = match_id
			return made

	# The answer to `match_decline`.
	class MatchDeclineResult:
		# At most 128 characters.
		var match_id: String = ""
		# At least 0.
		var retry_after_ms: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			match_id = str(payload.get("match_id", ""))
			retry_after_ms = int(payload.get("retry_after_ms", 0))

	# Ask for players for the free seats of a running match; for the room's owner or a service
	class MatchBackfillCommand:
		const NS := "/matchmaking"
		const NAME := "match_backfill"
		# At most 128 characters.
		var match_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_match_id: String) -> void:
			match_id = p_match_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["match_id"] = match_id
			return made

	# The answer to `match_backfill`.
	class MatchBackfillResult:
		# At most 128 characters.
		var match_id: String = ""
		# At least 0.
		var seats: int = 0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			match_id = str(payload.get("match_id", ""))
			seats = int(payload.get("seats", 0))

	# Set a user's skill in a mode; it replaces the rating from results
	class SkillSetCommand:
		const NS := "/matchmaking"
		const NAME := "skill_set"
		# At most 128 characters.
		var user_id: String = ""
		# At most 64 characters.
		var game_mode: String = ""
		# At least -1000000000, at most 1000000000.
		var skill: float = 0.0
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String, p_game_mode: String, p_skill: float) -> void:
			user_id = p_user_id
			game_mode = p_game_mode
			skill = p_skill

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			made["game_mode"] = game_mode
			made["skill"] = skill
			return made

	# The answer to `skill_set`.
	class SkillSetResult:
		# At most 128 characters.
		var user_id: String = ""
		# At most 64 characters.
		var game_mode: String = ""
		# At least -1000000000, at most 1000000000.
		var skill: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			user_id = str(payload.get("user_id", ""))
			game_mode = str(payload.get("game_mode", ""))
			skill = float(payload.get("skill", 0.0))

	# Create a party; the user leads it
	class PartyCreateCommand:
		const NS := "/matchmaking"
		const NAME := "party_create"
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			return made

	# The answer to `party_create`.
	class PartyCreateResult:
		# PartyFields.
		var party = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("party")) == TYPE_DICTIONARY:
				party = PartyFields.new(payload["party"])

	# Invite a user to the own party
	class PartyInviteCommand:
		const NS := "/matchmaking"
		const NAME := "party_invite"
		# At most 128 characters.
		var user_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			return made

	# The answer to `party_invite`.
	class PartyInviteResult:
		# At most 128 characters.
		var party_id: String = ""
		# At most 128 characters.
		var user_id: String = ""
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			party_id = str(payload.get("party_id", ""))
			user_id = str(payload.get("user_id", ""))
			expires_at = str(payload.get("expires_at", ""))

	# Join a party by an invitation
	class PartyJoinCommand:
		const NS := "/matchmaking"
		const NAME := "party_join"
		# At most 128 characters.
		var party_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_party_id: String) -> void:
			party_id = p_party_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["party_id"] = party_id
			return made

	# The answer to `party_join`.
	class PartyJoinResult:
		# PartyFields.
		var party = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("party")) == TYPE_DICTIONARY:
				party = PartyFields.new(payload["party"])

	# Leave the own party
	class PartyLeaveCommand:
		const NS := "/matchmaking"
		const NAME := "party_leave"
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			return made

	# The answer to `party_leave`.
	class PartyLeaveResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Remove a member from the party; for its leader
	class PartyKickCommand:
		const NS := "/matchmaking"
		const NAME := "party_kick"
		# At most 128 characters.
		var user_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			return made

	# The answer to `party_kick`.
	class PartyKickResult:
		# PartyFields.
		var party = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("party")) == TYPE_DICTIONARY:
				party = PartyFields.new(payload["party"])

	# Make another member the leader; for the leader
	class PartyPromoteCommand:
		const NS := "/matchmaking"
		const NAME := "party_promote"
		# At most 128 characters.
		var user_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_user_id: String) -> void:
			user_id = p_user_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["user_id"] = user_id
			return made

	# The answer to `party_promote`.
	class PartyPromoteResult:
		# PartyFields.
		var party = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("party")) == TYPE_DICTIONARY:
				party = PartyFields.new(payload["party"])

	# Extends the connection with a newer token of the same user.
	class RefreshTokenCommand:
		const NS := "/matchmaking"
		const NAME := "refresh_token"
		# At most 4096 characters.
		var token: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_token: String) -> void:
			token = p_token

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["token"] = token
			return made

	# The answer to `refresh_token`.
	class RefreshTokenResult:
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			expires_at = str(payload.get("expires_at", ""))

	# Answered with `pong`: a heartbeat for clients that want their own. A `timestamp` in the namespace's form comes back in it.
	class PingCommand:
		const NS := "/matchmaking"
		const NAME := "ping"
		# Optional.
		var timestamp = null
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init() -> void:
			pass

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			if timestamp != null:
				made["timestamp"] = timestamp
			return made

	# The answer to `ping`.
	class PingResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# Acknowledges a reliable event, for clients without Socket.IO acknowledgements.
	class AckCommand:
		const NS := "/matchmaking"
		const NAME := "ack"
		# At most 256 characters.
		var delivery_id: String = ""
		# More, which this file does not know.
		var fields: Dictionary = {}

		func _init(p_delivery_id: String) -> void:
			delivery_id = p_delivery_id

		func to_fields() -> Dictionary:
			var made = fields.duplicate()
			made["delivery_id"] = delivery_id
			return made

	# The answer to `ack`.
	class AckResult:
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# A ticket waits. `resumed` after a reconnect. `ticket_id: null` greets a plain WebSocket client
	class QueueJoinedEvent:
		const NS := "/matchmaking"
		const NAME := "queue_joined"
		# String or null.
		var ticket_id = null
		# Optional. String. At most 64 characters.
		var game_mode = null
		# Optional. int. At least 1.
		var position = null
		# At least 0.
		var queue_size: int = 0
		# Optional. float. At least 0.
		var waited_s = null
		# Optional. String. At most 128 characters.
		var party_id = null
		# Optional. bool.
		var resumed = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			ticket_id = payload.get("ticket_id")
			game_mode = payload.get("game_mode")
			if payload.get("position") != null:
				position = int(payload["position"])
			queue_size = int(payload.get("queue_size", 0))
			waited_s = payload.get("waited_s")
			party_id = payload.get("party_id")
			resumed = payload.get("resumed")

	# Answers the `ping` of a plain WebSocket client, beside `pong`
	class PingEvent:
		const NS := "/matchmaking"
		const NAME := "ping"
		var pong: bool = false
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			pong = bool(payload.get("pong", false))

	# The ticket waits no longer
	class QueueLeftEvent:
		const NS := "/matchmaking"
		const NAME := "queue_left"
		# At most 128 characters.
		var ticket_id: String = ""
		# At most 64 characters.
		var game_mode: String = ""
		# String of ReasonValues.
		var reason: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			ticket_id = str(payload.get("ticket_id", ""))
			game_mode = str(payload.get("game_mode", ""))
			reason = str(payload.get("reason", ""))

	# Position of a waiting ticket and what it waits for, when they change, at most once a second
	class QueueStatusEvent:
		const NS := "/matchmaking"
		const NAME := "queue_status"
		# At most 128 characters.
		var ticket_id: String = ""
		# At most 64 characters.
		var game_mode: String = ""
		# At least 1.
		var position: int = 0
		# At least 0.
		var queue_size: int = 0
		# At least 0.
		var waited_s: float = 0.0
		# At least 0.
		var estimated_wait_s: float = 0.0
		# WaitingForFields.
		var waiting_for = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			ticket_id = str(payload.get("ticket_id", ""))
			game_mode = str(payload.get("game_mode", ""))
			position = int(payload.get("position", 0))
			queue_size = int(payload.get("queue_size", 0))
			waited_s = float(payload.get("waited_s", 0.0))
			estimated_wait_s = float(payload.get("estimated_wait_s", 0.0))
			if typeof(payload.get("waiting_for")) == TYPE_DICTIONARY:
				waiting_for = WaitingForFields.new(payload["waiting_for"])

	# A match was created; with `accept_by` it waits for `match_accept`
	class MatchFoundEvent:
		const NS := "/matchmaking"
		const NAME := "match_found"
		# At most 128 characters.
		var match_id: String = ""
		# At most 64 characters.
		var game_mode: String = ""
		# Array of String.
		var players: Array = []
		# Array of Array of String.
		var teams: Array = []
		# Optional. String.
		var accept_by = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			match_id = str(payload.get("match_id", ""))
			game_mode = str(payload.get("game_mode", ""))
			players = Array(payload.get("players", []))
			teams = Array(payload.get("teams", []))
			accept_by = payload.get("accept_by")

	# A ready check failed, or (`failed`) the game could not begin; `requeued` says whether the own ticket waits again
	class MatchCancelledEvent:
		const NS := "/matchmaking"
		const NAME := "match_cancelled"
		# At most 128 characters.
		var match_id: String = ""
		# At most 64 characters.
		var game_mode: String = ""
		# String of MatchCancelledEventReasonValues.
		var reason: String = ""
		var requeued: bool = false
		# Optional. int. At least 0.
		var retry_after_ms = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			match_id = str(payload.get("match_id", ""))
			game_mode = str(payload.get("game_mode", ""))
			reason = str(payload.get("reason", ""))
			requeued = bool(payload.get("requeued", false))
			if payload.get("retry_after_ms") != null:
				retry_after_ms = int(payload["retry_after_ms"])

	# The match's game runs in `/game` under this room
	class GameStartedEvent:
		const NS := "/matchmaking"
		const NAME := "game_started"
		# At most 128 characters.
		var match_id: String = ""
		# At most 128 characters.
		var room_id: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			match_id = str(payload.get("match_id", ""))
			room_id = str(payload.get("room_id", ""))

	# The match's game is over
	class GameEndedEvent:
		const NS := "/matchmaking"
		const NAME := "game_ended"
		# At most 128 characters.
		var match_id: String = ""
		var result = null
		# Optional. Array of Array of String.
		var teams = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			match_id = str(payload.get("match_id", ""))
			result = payload.get("result")
			teams = payload.get("teams")

	# The user's party as it is now; null once the user is in none
	class PartyUpdatedEvent:
		const NS := "/matchmaking"
		const NAME := "party_updated"
		# PartyFields or null.
		var party = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			if typeof(payload.get("party")) == TYPE_DICTIONARY:
				party = PartyFields.new(payload["party"])

	# An invitation to a party; `party_join` accepts it until `expires_at`
	class PartyInvitedEvent:
		const NS := "/matchmaking"
		const NAME := "party_invited"
		# At most 128 characters.
		var party_id: String = ""
		# At most 128 characters.
		var from: String = ""
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			party_id = str(payload.get("party_id", ""))
			from = str(payload.get("from", ""))
			expires_at = str(payload.get("expires_at", ""))

	# The answer to `ping`.
	class PongEvent:
		const NS := "/matchmaking"
		const NAME := "pong"
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload

	# A command without an acknowledgement failed, or the connection is about to end.
	class ErrorEvent:
		const NS := "/matchmaking"
		const NAME := "error"
		var error: String = ""
		var code: String = ""
		# Optional. String.
		var event = null
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			error = str(payload.get("error", ""))
			code = str(payload.get("code", ""))
			event = payload.get("event")

	# The token ends in a minute: send `refresh_token`.
	class TokenExpiringEvent:
		const NS := "/matchmaking"
		const NAME := "token_expiring"
		var expires_at: String = ""
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			expires_at = str(payload.get("expires_at", ""))

	# This worker stops: reconnect after so many milliseconds.
	class ServerDrainingEvent:
		const NS := "/matchmaking"
		const NAME := "server_draining"
		var reconnect_in_ms: float = 0.0
		# All of it, and what is newer than this file.
		var fields: Dictionary = {}

		func _init(payload := {}) -> void:
			fields = payload
			reconnect_in_ms = float(payload.get("reconnect_in_ms", 0.0))
