# Godot 4's WebSocketPeer on Godot 3, as far as the client uses it.
extends Reference

const STATE_CONNECTING := 0
const STATE_OPEN := 1
const STATE_CLOSED := 3

var inbound_buffer_size := 65535
var outbound_buffer_size := 65535
var _client = WebSocketClient.new()
var _code := -1
var _is_closed := false
# Kept, as Godot 4 does: the last packets stay readable when the connection has ended.
var _packets := []

func connect_to_url(address: String) -> int:
	_client.set_buffers(inbound_buffer_size / 1024, 2048, outbound_buffer_size / 1024, 2048)
	_client.connect("server_close_request", self, "_on_close_request")
	_client.connect("connection_closed", self, "_on_closed")
	_client.connect("connection_error", self, "_on_closed", [false])
	_client.connect("data_received", self, "_on_data")
	return _client.connect_to_url(address)

func _on_data() -> void:
	_packets.append(_client.get_peer(1).get_packet())

func _on_close_request(code, _reason) -> void:
	_code = code

func _on_closed(_clean) -> void:
	_is_closed = true

func poll() -> void:
	_client.poll()

func get_ready_state() -> int:
	if _is_closed or _client.get_connection_status() == NetworkedMultiplayerPeer.CONNECTION_DISCONNECTED:
		return STATE_CLOSED
	return STATE_OPEN if _client.get_connection_status() == NetworkedMultiplayerPeer.CONNECTION_CONNECTED else STATE_CONNECTING

func get_available_packet_count() -> int:
	return _packets.size()

func get_packet() -> PoolByteArray:
	return _packets.pop_front()

func send_text(text: String) -> void:
	_client.get_peer(1).set_write_mode(WebSocketPeer.WRITE_MODE_TEXT)
	_client.get_peer(1).put_packet(text.to_utf8())

func close() -> void:
	_client.disconnect_from_host()

func get_close_code() -> int:
	return _code
