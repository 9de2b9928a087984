// Made by `npm run docs` from the contracts; change it there.
// A class for each command, its result and each event. They are views of the fields that the connection passes around.
using System.Collections.Generic;

namespace Muster.Rooms
{
    /// <summary>Follows a room. With <c>since</c>, <c>messages</c> has what was missed after that cursor, where that is at most 512 KiB. Else it has the beginning; the rest follows in order as <c>message</c> events from <c>offset</c> on, before anything newer.</summary>
    public sealed class SubscribeCommand : MusterCommand<SubscribeResult>
    {
        public SubscribeCommand() : base("/", "subscribe") { }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Room { get { return MusterField.Value<string>(this, "room", false); } set { MusterField.Put(this, "room", value); } }
        /// <summary>Optional.</summary>
        public SinceFields Since { get { return MusterField.Part<SinceFields>(this, "since", false); } set { MusterField.Put(this, "since", value); } }
    }

    /// <summary>The answer to <c>subscribe</c>.</summary>
    public sealed class SubscribeResult : MusterFields
    {
        public string Room { get { return MusterField.Value<string>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
        public long ClientCount { get { return MusterField.Value<long>(this, "client_count", true); } set { MusterField.Put(this, "client_count", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        /// <summary>At least 0.</summary>
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        /// <summary>Optional.</summary>
        public bool? Recovered { get { return MusterField.Value<bool?>(this, "recovered", false); } set { MusterField.Put(this, "recovered", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<MessageFields> Messages { get { return MusterField.Parts<MessageFields>(this, "messages", false); } set { MusterField.Put(this, "messages", value); } }
    }

    /// <summary>Ends following a room.</summary>
    public sealed class UnsubscribeCommand : MusterCommand<UnsubscribeResult>
    {
        public UnsubscribeCommand() : base("/", "unsubscribe") { }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Room { get { return MusterField.Value<string>(this, "room", false); } set { MusterField.Put(this, "room", value); } }
    }

    /// <summary>The answer to <c>unsubscribe</c>.</summary>
    public sealed class UnsubscribeResult : MusterFields
    {
    }

    /// <summary>Sends to every connection that follows the room, the sender too. Only connections that follow the room may.</summary>
    public sealed class PublishCommand : MusterCommand<PublishResult>
    {
        public PublishCommand() : base("/", "publish") { }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Room { get { return MusterField.Value<string>(this, "room", false); } set { MusterField.Put(this, "room", value); } }
        public object Data { get { return MusterField.Value<object>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
        /// <summary>Optional. At most 100 characters.</summary>
        public string ClientMsgId { get { return MusterField.Value<string>(this, "client_msg_id", false); } set { MusterField.Put(this, "client_msg_id", value); } }
    }

    /// <summary>The answer to <c>publish</c>.</summary>
    public sealed class PublishResult : MusterFields
    {
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        /// <summary>At least 0.</summary>
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        /// <summary>Optional.</summary>
        public bool? Duplicate { get { return MusterField.Value<bool?>(this, "duplicate", false); } set { MusterField.Put(this, "duplicate", value); } }
    }

    /// <summary>Sends to every connection of this namespace; in production for the roles service and admin.</summary>
    public sealed class BroadcastCommand : MusterCommand<BroadcastResult>
    {
        public BroadcastCommand() : base("/", "broadcast") { }
        public object Data { get { return MusterField.Value<object>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
    }

    /// <summary>The answer to <c>broadcast</c>.</summary>
    public sealed class BroadcastResult : MusterFields
    {
    }

    /// <summary>Joins a relay room, the same that plain clients enter by <c>/ws/{room_id}</c>.</summary>
    public sealed class RelayJoinCommand : MusterCommand<RelayJoinResult>
    {
        public RelayJoinCommand() : base("/", "relay:join") { }
        /// <summary>Optional. At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", false); } set { MusterField.Put(this, "room_id", value); } }
    }

    /// <summary>The answer to <c>relay:join</c>.</summary>
    public sealed class RelayJoinResult : MusterFields
    {
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public string ClientId { get { return MusterField.Value<string>(this, "client_id", true); } set { MusterField.Put(this, "client_id", value); } }
        public long ClientCount { get { return MusterField.Value<long>(this, "client_count", true); } set { MusterField.Put(this, "client_count", value); } }
    }

    /// <summary>Leaves a relay room.</summary>
    public sealed class RelayLeaveCommand : MusterCommand<RelayLeaveResult>
    {
        public RelayLeaveCommand() : base("/", "relay:leave") { }
        /// <summary>Optional. At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", false); } set { MusterField.Put(this, "room_id", value); } }
    }

    /// <summary>The answer to <c>relay:leave</c>.</summary>
    public sealed class RelayLeaveResult : MusterFields
    {
    }

    /// <summary>Sends data to the others in a relay room, as it is.</summary>
    public sealed class RelayCommand : MusterCommand<RelayResult>
    {
        public RelayCommand() : base("/", "relay") { }
        /// <summary>Optional. At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", false); } set { MusterField.Put(this, "room_id", value); } }
        public object Data { get { return MusterField.Value<object>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
    }

    /// <summary>The answer to <c>relay</c>.</summary>
    public sealed class RelayResult : MusterFields
    {
    }

    /// <summary>Extends the connection with a newer token of the same user.</summary>
    public sealed class RefreshTokenCommand : MusterCommand<RefreshTokenResult>
    {
        public RefreshTokenCommand() : base("/", "refresh_token") { }
        /// <summary>At most 4096 characters.</summary>
        public string Token { get { return MusterField.Value<string>(this, "token", true); } set { MusterField.Put(this, "token", value); } }
    }

    /// <summary>The answer to <c>refresh_token</c>.</summary>
    public sealed class RefreshTokenResult : MusterFields
    {
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>Answered with <c>pong</c>: a heartbeat for clients that want their own. A <c>timestamp</c> in the namespace's form comes back in it.</summary>
    public sealed class PingCommand : MusterCommand<PingResult>
    {
        public PingCommand() : base("/", "ping") { }
        /// <summary>Optional.</summary>
        public object Timestamp { get { return MusterField.Value<object>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PingResult : MusterFields
    {
    }

    /// <summary>Acknowledges a reliable event, for clients without Socket.IO acknowledgements.</summary>
    public sealed class AckCommand : MusterCommand<AckResult>
    {
        public AckCommand() : base("/", "ack") { }
        /// <summary>At most 256 characters.</summary>
        public string DeliveryId { get { return MusterField.Value<string>(this, "delivery_id", true); } set { MusterField.Put(this, "delivery_id", value); } }
    }

    /// <summary>The answer to <c>ack</c>.</summary>
    public sealed class AckResult : MusterFields
    {
    }

    /// <summary>Greets a connection with its id.</summary>
    public sealed class ConnectedEvent : MusterEvent
    {
        public ConnectedEvent() : base("/", "connected") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public DataFields Data { get { return MusterField.Part<DataFields>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
    }

    /// <summary>The connection follows the room now.</summary>
    public sealed class SubscribedEvent : MusterEvent
    {
        public SubscribedEvent() : base("/", "subscribed") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Room { get { return MusterField.Value<string>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
        public SubscribedEventDataFields Data { get { return MusterField.Part<SubscribedEventDataFields>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
    }

    /// <summary>The connection does not follow the room any more.</summary>
    public sealed class UnsubscribedEvent : MusterEvent
    {
        public UnsubscribedEvent() : base("/", "unsubscribed") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Room { get { return MusterField.Value<string>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
        public UnsubscribedEventDataFields Data { get { return MusterField.Part<UnsubscribedEventDataFields>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
    }

    /// <summary>A message of a room (then with <c>room</c> and <c>offset</c>) or of a broadcast.</summary>
    public sealed class MessageEvent : MusterEvent
    {
        public MessageEvent() : base("/", "message") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>Optional.</summary>
        public string Room { get { return MusterField.Value<string>(this, "room", false); } set { MusterField.Put(this, "room", value); } }
        public object Data { get { return MusterField.Value<object>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
        public string ClientId { get { return MusterField.Value<string>(this, "client_id", true); } set { MusterField.Put(this, "client_id", value); } }
        /// <summary>Optional.</summary>
        public long? Offset { get { return MusterField.Value<long?>(this, "offset", false); } set { MusterField.Put(this, "offset", value); } }
    }

    /// <summary>Messages of the room are gone for good; what follows continues after this cursor.</summary>
    public sealed class LostEvent : MusterEvent
    {
        public LostEvent() : base("/", "lost") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Room { get { return MusterField.Value<string>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
        public bool Recovered { get { return MusterField.Value<bool>(this, "recovered", true); } set { MusterField.Put(this, "recovered", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        /// <summary>At least 0.</summary>
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
    }

    /// <summary>Data of another in a relay room.</summary>
    public sealed class RelayEvent : MusterEvent
    {
        public RelayEvent() : base("/", "relay") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public object Data { get { return MusterField.Value<object>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
        public string ClientId { get { return MusterField.Value<string>(this, "client_id", true); } set { MusterField.Put(this, "client_id", value); } }
    }

    /// <summary>Another in a relay room sent a ClientHello.</summary>
    public sealed class ClientHelloEvent : MusterEvent
    {
        public ClientHelloEvent() : base("/", "client_hello") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>Optional. At most 128 characters.</summary>
        public string DisplayName { get { return MusterField.Value<string>(this, "display_name", false); } set { MusterField.Put(this, "display_name", value); } }
        /// <summary>Optional. At most 128 characters.</summary>
        public string ClientVersion { get { return MusterField.Value<string>(this, "client_version", false); } set { MusterField.Put(this, "client_version", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public string ClientId { get { return MusterField.Value<string>(this, "client_id", true); } set { MusterField.Put(this, "client_id", value); } }
    }

    /// <summary>Another in a relay room sent a PositionUpdate.</summary>
    public sealed class PositionUpdateEvent : MusterEvent
    {
        public PositionUpdateEvent() : base("/", "position_update") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>Optional. At most 128 characters.</summary>
        public string EntityId { get { return MusterField.Value<string>(this, "entity_id", false); } set { MusterField.Put(this, "entity_id", value); } }
        public PositionFields Position { get { return MusterField.Part<PositionFields>(this, "position", true); } set { MusterField.Put(this, "position", value); } }
        /// <summary>Optional.</summary>
        public RotationFields Rotation { get { return MusterField.Part<RotationFields>(this, "rotation", false); } set { MusterField.Put(this, "rotation", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? Seq { get { return MusterField.Value<long?>(this, "seq", false); } set { MusterField.Put(this, "seq", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public string ClientId { get { return MusterField.Value<string>(this, "client_id", true); } set { MusterField.Put(this, "client_id", value); } }
    }

    /// <summary>Another in a relay room sent a ChatMessage.</summary>
    public sealed class ChatMessageEvent : MusterEvent
    {
        public ChatMessageEvent() : base("/", "chat_message") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 2000 characters.</summary>
        public string Text { get { return MusterField.Value<string>(this, "text", true); } set { MusterField.Put(this, "text", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public string ClientId { get { return MusterField.Value<string>(this, "client_id", true); } set { MusterField.Put(this, "client_id", value); } }
    }

    /// <summary>Another in a relay room sent an EntitySpawn.</summary>
    public sealed class EntitySpawnEvent : MusterEvent
    {
        public EntitySpawnEvent() : base("/", "entity_spawn") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 128 characters.</summary>
        public string EntityId { get { return MusterField.Value<string>(this, "entity_id", true); } set { MusterField.Put(this, "entity_id", value); } }
        /// <summary>At most 128 characters.</summary>
        public string Kind { get { return MusterField.Value<string>(this, "kind", true); } set { MusterField.Put(this, "kind", value); } }
        public PositionFields Position { get { return MusterField.Part<PositionFields>(this, "position", true); } set { MusterField.Put(this, "position", value); } }
        /// <summary>Optional.</summary>
        public RotationFields Rotation { get { return MusterField.Part<RotationFields>(this, "rotation", false); } set { MusterField.Put(this, "rotation", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Data { get { return MusterField.Map<object>(this, "data", false); } set { MusterField.Put(this, "data", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public string ClientId { get { return MusterField.Value<string>(this, "client_id", true); } set { MusterField.Put(this, "client_id", value); } }
    }

    /// <summary>Another in a relay room sent a PresenceEvent.</summary>
    public sealed class PresenceEventEvent : MusterEvent
    {
        public PresenceEventEvent() : base("/", "presence_event") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 128 characters.</summary>
        public string Status { get { return MusterField.Value<string>(this, "status", true); } set { MusterField.Put(this, "status", value); } }
        /// <summary>Optional. At most 1000 characters.</summary>
        public string Text { get { return MusterField.Value<string>(this, "text", false); } set { MusterField.Put(this, "text", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public string ClientId { get { return MusterField.Value<string>(this, "client_id", true); } set { MusterField.Put(this, "client_id", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PongEvent : MusterEvent
    {
        public PongEvent() : base("/", "pong") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>A command without an acknowledgement failed, or the connection is about to end.</summary>
    public sealed class ErrorEvent : MusterEvent
    {
        public ErrorEvent() : base("/", "error") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Error { get { return MusterField.Value<string>(this, "error", true); } set { MusterField.Put(this, "error", value); } }
        public string Code { get { return MusterField.Value<string>(this, "code", true); } set { MusterField.Put(this, "code", value); } }
        /// <summary>Optional.</summary>
        public string Event { get { return MusterField.Value<string>(this, "event", false); } set { MusterField.Put(this, "event", value); } }
    }

    /// <summary>The token ends in a minute: send <c>refresh_token</c>.</summary>
    public sealed class TokenExpiringEvent : MusterEvent
    {
        public TokenExpiringEvent() : base("/", "token_expiring") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>This worker stops: reconnect after so many milliseconds.</summary>
    public sealed class ServerDrainingEvent : MusterEvent
    {
        public ServerDrainingEvent() : base("/", "server_draining") { }
        /// <summary>Optional. In milliseconds.</summary>
        public double? Timestamp { get { return MusterField.Value<double?>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public double ReconnectInMs { get { return MusterField.Value<double>(this, "reconnect_in_ms", true); } set { MusterField.Put(this, "reconnect_in_ms", value); } }
    }

    public sealed class SinceFields : MusterFields
    {
        /// <summary>At most 100 characters.</summary>
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        /// <summary>At least 0.</summary>
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
    }

    public sealed class MessageFields : MusterFields
    {
        public string Room { get { return MusterField.Value<string>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
        public object Data { get { return MusterField.Value<object>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
        public string ClientId { get { return MusterField.Value<string>(this, "client_id", true); } set { MusterField.Put(this, "client_id", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        public double Timestamp { get { return MusterField.Value<double>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
    }

    public sealed class DataFields : MusterFields
    {
        public string ClientId { get { return MusterField.Value<string>(this, "client_id", true); } set { MusterField.Put(this, "client_id", value); } }
        public string Message { get { return MusterField.Value<string>(this, "message", true); } set { MusterField.Put(this, "message", value); } }
    }

    public sealed class SubscribedEventDataFields : MusterFields
    {
        public string Room { get { return MusterField.Value<string>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
        public long ClientCount { get { return MusterField.Value<long>(this, "client_count", true); } set { MusterField.Put(this, "client_count", value); } }
    }

    public sealed class UnsubscribedEventDataFields : MusterFields
    {
        public string Room { get { return MusterField.Value<string>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
    }

    public sealed class PositionFields : MusterFields
    {
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double Z { get { return MusterField.Value<double>(this, "z", true); } set { MusterField.Put(this, "z", value); } }
    }

    public sealed class RotationFields : MusterFields
    {
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double Z { get { return MusterField.Value<double>(this, "z", true); } set { MusterField.Put(this, "z", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double W { get { return MusterField.Value<double>(this, "w", true); } set { MusterField.Put(this, "w", value); } }
    }

}

namespace Muster.Game
{
    /// <summary>Sets what others see of the user in <c>presence</c>.</summary>
    public sealed class StatusCommand : MusterCommand<StatusResult>
    {
        public StatusCommand() : base("/game", "status") { }
        /// <summary>One of <see cref="StatusValues"/>.</summary>
        public string Status { get { return MusterField.Value<string>(this, "status", true); } set { MusterField.Put(this, "status", value); } }
        /// <summary>Optional. At most 140 characters.</summary>
        public string Text { get { return MusterField.Value<string>(this, "text", false); } set { MusterField.Put(this, "text", value); } }
    }

    /// <summary>The answer to <c>status</c>.</summary>
    public sealed class StatusResult : MusterFields
    {
    }

    /// <summary>The users who are here, in pages.</summary>
    public sealed class UserListCommand : MusterCommand<UserListResult>
    {
        public UserListCommand() : base("/game", "user:list") { }
        /// <summary>Optional. At most 500 characters.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
        /// <summary>Optional. At least 1, at most 500.</summary>
        public long? Limit { get { return MusterField.Value<long?>(this, "limit", false); } set { MusterField.Put(this, "limit", value); } }
    }

    /// <summary>The answer to <c>user:list</c>.</summary>
    public sealed class UserListResult : MusterFields
    {
        public IReadOnlyList<UserFields> Users { get { return MusterField.Parts<UserFields>(this, "users", true); } set { MusterField.Put(this, "users", value); } }
        public long Count { get { return MusterField.Value<long>(this, "count", true); } set { MusterField.Put(this, "count", value); } }
        /// <summary>Optional.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>Watches these users, the caller's guild or party instead of everybody: the answer has those that are here, then changes follow. Again: replaces the watch before.</summary>
    public sealed class PresenceWatchCommand : MusterCommand<PresenceWatchResult>
    {
        public PresenceWatchCommand() : base("/game", "presence:watch") { }
        /// <summary>Optional. At most 500 of them.</summary>
        public IReadOnlyList<string> UserIds { get { return MusterField.Items<string>(this, "user_ids", false); } set { MusterField.Put(this, "user_ids", value); } }
        /// <summary>Optional.</summary>
        public bool? Guild { get { return MusterField.Value<bool?>(this, "guild", false); } set { MusterField.Put(this, "guild", value); } }
        /// <summary>Optional.</summary>
        public bool? Party { get { return MusterField.Value<bool?>(this, "party", false); } set { MusterField.Put(this, "party", value); } }
    }

    /// <summary>The answer to <c>presence:watch</c>.</summary>
    public sealed class PresenceWatchResult : MusterFields
    {
        public IReadOnlyList<UserFields> Users { get { return MusterField.Parts<UserFields>(this, "users", true); } set { MusterField.Put(this, "users", value); } }
    }

    /// <summary>Watches everybody again, while the users are few.</summary>
    public sealed class PresenceUnwatchCommand : MusterCommand<PresenceUnwatchResult>
    {
        public PresenceUnwatchCommand() : base("/game", "presence:unwatch") { }
    }

    /// <summary>The answer to <c>presence:unwatch</c>.</summary>
    public sealed class PresenceUnwatchResult : MusterFields
    {
    }

    /// <summary>Makes a room with the caller as its owner and first player.</summary>
    public sealed class RoomCreateCommand : MusterCommand<RoomCreateResult>
    {
        public RoomCreateCommand() : base("/game", "room:create") { }
        /// <summary>Optional. At most 40 characters.</summary>
        public string Game { get { return MusterField.Value<string>(this, "game", false); } set { MusterField.Put(this, "game", value); } }
        /// <summary>Optional. At most 80 characters.</summary>
        public string Name { get { return MusterField.Value<string>(this, "name", false); } set { MusterField.Put(this, "name", value); } }
        /// <summary>Optional. At least 1, at most 1000.</summary>
        public long? MaxPlayers { get { return MusterField.Value<long?>(this, "max_players", false); } set { MusterField.Put(this, "max_players", value); } }
        /// <summary>Optional.</summary>
        public bool? Private { get { return MusterField.Value<bool?>(this, "private", false); } set { MusterField.Put(this, "private", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Labels { get { return MusterField.Map<object>(this, "labels", false); } set { MusterField.Put(this, "labels", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Options { get { return MusterField.Map<object>(this, "options", false); } set { MusterField.Put(this, "options", value); } }
        /// <summary>Optional.</summary>
        public bool? Patches { get { return MusterField.Value<bool?>(this, "patches", false); } set { MusterField.Put(this, "patches", value); } }
        /// <summary>Optional. One of <see cref="FormValues"/>.</summary>
        public string Form { get { return MusterField.Value<string>(this, "form", false); } set { MusterField.Put(this, "form", value); } }
    }

    /// <summary>The answer to <c>room:create</c>.</summary>
    public sealed class RoomCreateResult : MusterFields
    {
        public RoomFields Room { get { return MusterField.Part<RoomFields>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
    }

    /// <summary>Takes a seat, or watches. A private room needs its join code. With <c>patches</c>, states come to this connection as JSON Patches; <c>form</c> is that of the frames of a real-time room.</summary>
    public sealed class RoomJoinCommand : MusterCommand<RoomJoinResult>
    {
        public RoomJoinCommand() : base("/game", "room:join") { }
        /// <summary>Optional. At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", false); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>Optional. At most 20 characters.</summary>
        public string JoinCode { get { return MusterField.Value<string>(this, "join_code", false); } set { MusterField.Put(this, "join_code", value); } }
        /// <summary>Optional.</summary>
        public bool? Spectate { get { return MusterField.Value<bool?>(this, "spectate", false); } set { MusterField.Put(this, "spectate", value); } }
        /// <summary>Optional.</summary>
        public bool? Patches { get { return MusterField.Value<bool?>(this, "patches", false); } set { MusterField.Put(this, "patches", value); } }
        /// <summary>Optional. One of <see cref="FormValues"/>.</summary>
        public string Form { get { return MusterField.Value<string>(this, "form", false); } set { MusterField.Put(this, "form", value); } }
    }

    /// <summary>The answer to <c>room:join</c>.</summary>
    public sealed class RoomJoinResult : MusterFields
    {
        public RoomFields Room { get { return MusterField.Part<RoomFields>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
    }

    /// <summary>Gives up the seat, or ends watching. In a running game the game's rules decide what follows.</summary>
    public sealed class RoomLeaveCommand : MusterCommand<RoomLeaveResult>
    {
        public RoomLeaveCommand() : base("/game", "room:leave") { }
        /// <summary>At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
    }

    /// <summary>The answer to <c>room:leave</c>.</summary>
    public sealed class RoomLeaveResult : MusterFields
    {
    }

    /// <summary>Changes the room until its game is over; owner only, and not in a match. Labels are replaced one by one: <c>null</c> takes one away, or back to the game's default. <c>max_players</c> changes in the lobby only.</summary>
    public sealed class RoomUpdateCommand : MusterCommand<RoomUpdateResult>
    {
        public RoomUpdateCommand() : base("/game", "room:update") { }
        /// <summary>At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>Optional. At most 80 characters.</summary>
        public string Name { get { return MusterField.Value<string>(this, "name", false); } set { MusterField.Put(this, "name", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Labels { get { return MusterField.Map<object>(this, "labels", false); } set { MusterField.Put(this, "labels", value); } }
        /// <summary>Optional. At least 1, at most 1000.</summary>
        public long? MaxPlayers { get { return MusterField.Value<long?>(this, "max_players", false); } set { MusterField.Put(this, "max_players", value); } }
    }

    /// <summary>The answer to <c>room:update</c>.</summary>
    public sealed class RoomUpdateResult : MusterFields
    {
        public RoomFields Room { get { return MusterField.Part<RoomFields>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
    }

    /// <summary>The public rooms that are not over, newest first. With filters a page that has a cursor can have fewer rooms than <c>limit</c>.</summary>
    public sealed class RoomListCommand : MusterCommand<RoomListResult>
    {
        public RoomListCommand() : base("/game", "room:list") { }
        /// <summary>Optional. At most 40 characters.</summary>
        public string Game { get { return MusterField.Value<string>(this, "game", false); } set { MusterField.Put(this, "game", value); } }
        /// <summary>Optional. One of <see cref="RoomListCommandPhaseValues"/>.</summary>
        public string Phase { get { return MusterField.Value<string>(this, "phase", false); } set { MusterField.Put(this, "phase", value); } }
        /// <summary>Optional.</summary>
        public bool? Open { get { return MusterField.Value<bool?>(this, "open", false); } set { MusterField.Put(this, "open", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Labels { get { return MusterField.Map<object>(this, "labels", false); } set { MusterField.Put(this, "labels", value); } }
        /// <summary>Optional. At most 500 characters.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
        /// <summary>Optional. At least 1, at most 100.</summary>
        public long? Limit { get { return MusterField.Value<long?>(this, "limit", false); } set { MusterField.Put(this, "limit", value); } }
    }

    /// <summary>The answer to <c>room:list</c>.</summary>
    public sealed class RoomListResult : MusterFields
    {
        public IReadOnlyList<RoomFields> Rooms { get { return MusterField.Parts<RoomFields>(this, "rooms", true); } set { MusterField.Put(this, "rooms", value); } }
        /// <summary>Optional.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>The first page of the list, which is then live on this connection: <c>room:listed</c> and <c>room:unlisted</c> say what changes, about 0.1 s later. <c>watch</c> names the list in these events. A connection watches four lists at most.</summary>
    public sealed class RoomWatchCommand : MusterCommand<RoomWatchResult>
    {
        public RoomWatchCommand() : base("/game", "room:watch") { }
        /// <summary>Optional. At most 40 characters.</summary>
        public string Game { get { return MusterField.Value<string>(this, "game", false); } set { MusterField.Put(this, "game", value); } }
        /// <summary>Optional. One of <see cref="RoomListCommandPhaseValues"/>.</summary>
        public string Phase { get { return MusterField.Value<string>(this, "phase", false); } set { MusterField.Put(this, "phase", value); } }
        /// <summary>Optional.</summary>
        public bool? Open { get { return MusterField.Value<bool?>(this, "open", false); } set { MusterField.Put(this, "open", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Labels { get { return MusterField.Map<object>(this, "labels", false); } set { MusterField.Put(this, "labels", value); } }
        /// <summary>Optional. At least 1, at most 100.</summary>
        public long? Limit { get { return MusterField.Value<long?>(this, "limit", false); } set { MusterField.Put(this, "limit", value); } }
    }

    /// <summary>The answer to <c>room:watch</c>.</summary>
    public sealed class RoomWatchResult : MusterFields
    {
        /// <summary>At most 40 characters.</summary>
        public string Watch { get { return MusterField.Value<string>(this, "watch", true); } set { MusterField.Put(this, "watch", value); } }
        public IReadOnlyList<RoomFields> Rooms { get { return MusterField.Parts<RoomFields>(this, "rooms", true); } set { MusterField.Put(this, "rooms", value); } }
        /// <summary>Optional.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>Ends the watch of this name, or all of this connection.</summary>
    public sealed class RoomUnwatchCommand : MusterCommand<RoomUnwatchResult>
    {
        public RoomUnwatchCommand() : base("/game", "room:unwatch") { }
        /// <summary>Optional. At most 40 characters.</summary>
        public string Watch { get { return MusterField.Value<string>(this, "watch", false); } set { MusterField.Put(this, "watch", value); } }
    }

    /// <summary>The answer to <c>room:unwatch</c>.</summary>
    public sealed class RoomUnwatchResult : MusterFields
    {
    }

    /// <summary>The rooms and matches where the caller has a seat, open or running, oldest first, in pages of about 256 KB at most. A match is its room with <c>match_id</c> and <c>game_mode</c>.</summary>
    public sealed class RoomMineCommand : MusterCommand<RoomMineResult>
    {
        public RoomMineCommand() : base("/game", "room:mine") { }
        /// <summary>Optional. At most 500 characters.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>The answer to <c>room:mine</c>.</summary>
    public sealed class RoomMineResult : MusterFields
    {
        public IReadOnlyList<RoomFields> Rooms { get { return MusterField.Parts<RoomFields>(this, "rooms", true); } set { MusterField.Put(this, "rooms", value); } }
        public IReadOnlyList<MatchFields> Matches { get { return MusterField.Parts<MatchFields>(this, "matches", true); } set { MusterField.Put(this, "matches", value); } }
        /// <summary>Optional.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>Sends data to other players of the room: to those in <c>to</c>. Default: to all others.</summary>
    public sealed class RoomSignalCommand : MusterCommand<RoomSignalResult>
    {
        public RoomSignalCommand() : base("/game", "room:signal") { }
        /// <summary>At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>Optional.</summary>
        public object To { get { return MusterField.Value<object>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        public object Data { get { return MusterField.Value<object>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
    }

    /// <summary>The answer to <c>room:signal</c>.</summary>
    public sealed class RoomSignalResult : MusterFields
    {
    }

    /// <summary>Starts the room's game; owner only.</summary>
    public sealed class RoomStartCommand : MusterCommand<RoomStartResult>
    {
        public RoomStartCommand() : base("/game", "room:start") { }
        /// <summary>At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
    }

    /// <summary>The answer to <c>room:start</c>.</summary>
    public sealed class RoomStartResult : MusterFields
    {
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
    }

    /// <summary>Removes a player, or a user that watches, for good; owner only, and not in a match. In a running game the game's rules decide what follows.</summary>
    public sealed class RoomKickCommand : MusterCommand<RoomKickResult>
    {
        public RoomKickCommand() : base("/game", "room:kick") { }
        /// <summary>At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>At most 200 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
    }

    /// <summary>The answer to <c>room:kick</c>.</summary>
    public sealed class RoomKickResult : MusterFields
    {
    }

    /// <summary>Agrees to play again, or with <c>agree: false</c> withdraws that. When all present players agree, the next game starts in the same room, with their seats; versions go on.</summary>
    public sealed class RoomRematchCommand : MusterCommand<RoomRematchResult>
    {
        public RoomRematchCommand() : base("/game", "room:rematch") { }
        /// <summary>At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>Optional.</summary>
        public bool? Agree { get { return MusterField.Value<bool?>(this, "agree", false); } set { MusterField.Put(this, "agree", value); } }
    }

    /// <summary>The answer to <c>room:rematch</c>.</summary>
    public sealed class RoomRematchResult : MusterFields
    {
        public RoomFields Room { get { return MusterField.Part<RoomFields>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
    }

    /// <summary>The room and the caller's view of its game; version 0 before the game has started. <c>patches</c> and <c>form</c> say how states and frames come to this connection from now on. Of a running real-time room the answer has the fields of a <c>game_sync</c>, which is sent too.</summary>
    public sealed class RoomStateCommand : MusterCommand<RoomStateResult>
    {
        public RoomStateCommand() : base("/game", "room:state") { }
        /// <summary>At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>Optional.</summary>
        public bool? Patches { get { return MusterField.Value<bool?>(this, "patches", false); } set { MusterField.Put(this, "patches", value); } }
        /// <summary>Optional. One of <see cref="FormValues"/>.</summary>
        public string Form { get { return MusterField.Value<string>(this, "form", false); } set { MusterField.Put(this, "form", value); } }
    }

    /// <summary>The answer to <c>room:state</c>.</summary>
    public sealed class RoomStateResult : MusterFields
    {
        /// <summary>Optional.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", false); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>Optional.</summary>
        public long? Epoch { get { return MusterField.Value<long?>(this, "epoch", false); } set { MusterField.Put(this, "epoch", value); } }
        /// <summary>Optional.</summary>
        public long? Tick { get { return MusterField.Value<long?>(this, "tick", false); } set { MusterField.Put(this, "tick", value); } }
        public object State { get { return MusterField.Value<object>(this, "state", true); } set { MusterField.Put(this, "state", value); } }
        /// <summary>Optional.</summary>
        public string Form { get { return MusterField.Value<string>(this, "form", false); } set { MusterField.Put(this, "form", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Own { get { return MusterField.Map<object>(this, "own", false); } set { MusterField.Put(this, "own", value); } }
        /// <summary>Optional.</summary>
        public string You { get { return MusterField.Value<string>(this, "you", false); } set { MusterField.Put(this, "you", value); } }
        /// <summary>Optional.</summary>
        public long? Ack { get { return MusterField.Value<long?>(this, "ack", false); } set { MusterField.Put(this, "ack", value); } }
        /// <summary>Optional.</summary>
        public long? Lead { get { return MusterField.Value<long?>(this, "lead", false); } set { MusterField.Put(this, "lead", value); } }
        /// <summary>Optional.</summary>
        public long? Saved { get { return MusterField.Value<long?>(this, "saved", false); } set { MusterField.Put(this, "saved", value); } }
        /// <summary>Optional.</summary>
        public long? Hz { get { return MusterField.Value<long?>(this, "hz", false); } set { MusterField.Put(this, "hz", value); } }
        /// <summary>Optional.</summary>
        public long? SendEvery { get { return MusterField.Value<long?>(this, "send_every", false); } set { MusterField.Put(this, "send_every", value); } }
        /// <summary>Optional. One of <see cref="ReasonValues"/>.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", false); } set { MusterField.Put(this, "reason", value); } }
        public RoomFields Room { get { return MusterField.Part<RoomFields>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
        /// <summary>Optional.</summary>
        public string Deadline { get { return MusterField.Value<string>(this, "deadline", false); } set { MusterField.Put(this, "deadline", value); } }
        /// <summary>Optional.</summary>
        public object Result { get { return MusterField.Value<object>(this, "result", false); } set { MusterField.Put(this, "result", value); } }
    }

    /// <summary>Performs an action of the game, if its rules allow it.</summary>
    public sealed class GameActionCommand : MusterCommand<GameActionResult>
    {
        public GameActionCommand() : base("/game", "game:action") { }
        /// <summary>At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>At most 40 characters.</summary>
        public string Action { get { return MusterField.Value<string>(this, "action", true); } set { MusterField.Put(this, "action", value); } }
        /// <summary>Optional.</summary>
        public object Args { get { return MusterField.Value<object>(this, "args", false); } set { MusterField.Put(this, "args", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? Version { get { return MusterField.Value<long?>(this, "version", false); } set { MusterField.Put(this, "version", value); } }
        /// <summary>Optional. At most 100 characters.</summary>
        public string ActionId { get { return MusterField.Value<string>(this, "action_id", false); } set { MusterField.Put(this, "action_id", value); } }
    }

    /// <summary>The answer to <c>game:action</c>.</summary>
    public sealed class GameActionResult : MusterFields
    {
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
    }

    /// <summary>Inputs of a player in a real-time room: each an array <c>[seq, …fields in the order of the game's input]</c>, or an object with <c>seq</c> and the fields. <c>seq</c> counts from 1. <c>epoch</c> is that of the last frame; inputs for another one are ignored. <c>got</c> is the tick of the newest frame, <c>seen</c> the tick that the player was shown. No acknowledgement is needed; what is wrong comes as <c>error</c>. Per connection, twice as many messages a second as the game has ticks.</summary>
    public sealed class GameInputCommand : MusterCommand<GameInputResult>
    {
        public GameInputCommand() : base("/game", "game:input") { }
        /// <summary>At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? Epoch { get { return MusterField.Value<long?>(this, "epoch", false); } set { MusterField.Put(this, "epoch", value); } }
        /// <summary>At most 8 of them.</summary>
        public IReadOnlyList<object> Inputs { get { return MusterField.Items<object>(this, "inputs", true); } set { MusterField.Put(this, "inputs", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? Got { get { return MusterField.Value<long?>(this, "got", false); } set { MusterField.Put(this, "got", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? Seen { get { return MusterField.Value<long?>(this, "seen", false); } set { MusterField.Put(this, "seen", value); } }
    }

    /// <summary>The answer to <c>game:input</c>.</summary>
    public sealed class GameInputResult : MusterFields
    {
    }

    /// <summary>The log of a game that is over, for its players, in pages. The game's rules make the same states from it. For a real-time game <c>journal</c> has it: snapshots, and what each tick took, with a hash of the state once a second.</summary>
    public sealed class MatchReplayCommand : MusterCommand<MatchReplayResult>
    {
        public MatchReplayCommand() : base("/game", "match:replay") { }
        /// <summary>At most 200 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>Optional. At least 1, at most 1000000.</summary>
        public long? Round { get { return MusterField.Value<long?>(this, "round", false); } set { MusterField.Put(this, "round", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? Cursor { get { return MusterField.Value<long?>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
        /// <summary>Optional. At least 1, at most 500.</summary>
        public long? Limit { get { return MusterField.Value<long?>(this, "limit", false); } set { MusterField.Put(this, "limit", value); } }
    }

    /// <summary>The answer to <c>match:replay</c>.</summary>
    public sealed class MatchReplayResult : MusterFields
    {
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public long Round { get { return MusterField.Value<long>(this, "round", true); } set { MusterField.Put(this, "round", value); } }
        public string Game { get { return MusterField.Value<string>(this, "game", true); } set { MusterField.Put(this, "game", value); } }
        public IReadOnlyList<string> Players { get { return MusterField.Items<string>(this, "players", true); } set { MusterField.Put(this, "players", value); } }
        public object Result { get { return MusterField.Value<object>(this, "result", true); } set { MusterField.Put(this, "result", value); } }
        public bool Complete { get { return MusterField.Value<bool>(this, "complete", true); } set { MusterField.Put(this, "complete", value); } }
        public IReadOnlyList<EntryFields> Entries { get { return MusterField.Parts<EntryFields>(this, "entries", true); } set { MusterField.Put(this, "entries", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<JournalFields> Journal { get { return MusterField.Parts<JournalFields>(this, "journal", false); } set { MusterField.Put(this, "journal", value); } }
        /// <summary>Optional.</summary>
        public long? Cursor { get { return MusterField.Value<long?>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>Sends an announcement to everybody in <c>/game</c>, guests too.</summary>
    public sealed class AnnouncementCommand : MusterCommand<AnnouncementResult>
    {
        public AnnouncementCommand() : base("/game", "announcement") { }
        /// <summary>At most 2000 characters.</summary>
        public string Message { get { return MusterField.Value<string>(this, "message", true); } set { MusterField.Put(this, "message", value); } }
        /// <summary>Optional. One of <see cref="LevelValues"/>.</summary>
        public string Level { get { return MusterField.Value<string>(this, "level", false); } set { MusterField.Put(this, "level", value); } }
    }

    /// <summary>The answer to <c>announcement</c>.</summary>
    public sealed class AnnouncementResult : MusterFields
    {
    }

    /// <summary>Sends a user an achievement, now or when they connect.</summary>
    public sealed class AchievementCommand : MusterCommand<AchievementResult>
    {
        public AchievementCommand() : base("/game", "achievement") { }
        /// <summary>At most 200 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>At most 200 characters.</summary>
        public string Achievement { get { return MusterField.Value<string>(this, "achievement", true); } set { MusterField.Put(this, "achievement", value); } }
        /// <summary>Optional. At most 100 characters.</summary>
        public string RequestId { get { return MusterField.Value<string>(this, "request_id", false); } set { MusterField.Put(this, "request_id", value); } }
    }

    /// <summary>The answer to <c>achievement</c>.</summary>
    public sealed class AchievementResult : MusterFields
    {
    }

    /// <summary>Sends everybody a player's status in the game world.</summary>
    public sealed class PlayerStatusCommand : MusterCommand<PlayerStatusResult>
    {
        public PlayerStatusCommand() : base("/game", "player_status") { }
        /// <summary>At most 200 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>At most 200 characters.</summary>
        public string Status { get { return MusterField.Value<string>(this, "status", true); } set { MusterField.Put(this, "status", value); } }
    }

    /// <summary>The answer to <c>player_status</c>.</summary>
    public sealed class PlayerStatusResult : MusterFields
    {
    }

    /// <summary>Extends the connection with a newer token of the same user.</summary>
    public sealed class RefreshTokenCommand : MusterCommand<RefreshTokenResult>
    {
        public RefreshTokenCommand() : base("/game", "refresh_token") { }
        /// <summary>At most 4096 characters.</summary>
        public string Token { get { return MusterField.Value<string>(this, "token", true); } set { MusterField.Put(this, "token", value); } }
    }

    /// <summary>The answer to <c>refresh_token</c>.</summary>
    public sealed class RefreshTokenResult : MusterFields
    {
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>Answered with <c>pong</c>: a heartbeat for clients that want their own. A <c>timestamp</c> in the namespace's form comes back in it.</summary>
    public sealed class PingCommand : MusterCommand<PingResult>
    {
        public PingCommand() : base("/game", "ping") { }
        /// <summary>Optional.</summary>
        public object Timestamp { get { return MusterField.Value<object>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PingResult : MusterFields
    {
    }

    /// <summary>Acknowledges a reliable event, for clients without Socket.IO acknowledgements.</summary>
    public sealed class AckCommand : MusterCommand<AckResult>
    {
        public AckCommand() : base("/game", "ack") { }
        /// <summary>At most 256 characters.</summary>
        public string DeliveryId { get { return MusterField.Value<string>(this, "delivery_id", true); } set { MusterField.Put(this, "delivery_id", value); } }
    }

    /// <summary>The answer to <c>ack</c>.</summary>
    public sealed class AckResult : MusterFields
    {
    }

    /// <summary>The users that are here. With more users than are pushed, a first page with its cursor, on connection only.</summary>
    public sealed class UserListEvent : MusterEvent
    {
        public UserListEvent() : base("/game", "user:list") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public IReadOnlyList<UserFields> Users { get { return MusterField.Parts<UserFields>(this, "users", true); } set { MusterField.Put(this, "users", value); } }
        public long Count { get { return MusterField.Value<long>(this, "count", true); } set { MusterField.Put(this, "count", value); } }
        /// <summary>Optional.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>The list of users is no longer pushed because there are too many, or is pushed again.</summary>
    public sealed class PresencePushEvent : MusterEvent
    {
        public PresencePushEvent() : base("/game", "presence:push") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public bool Pushed { get { return MusterField.Value<bool>(this, "pushed", true); } set { MusterField.Put(this, "pushed", value); } }
        public long MaxUsers { get { return MusterField.Value<long>(this, "max_users", true); } set { MusterField.Put(this, "max_users", value); } }
    }

    /// <summary>Changes of the list of users, or of the watched users, at most five times a second. <c>updated</c> comes also where the number of a user's <c>connections</c> changes.</summary>
    public sealed class PresenceEvent : MusterEvent
    {
        public PresenceEvent() : base("/game", "presence") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public IReadOnlyList<UserFields> Joined { get { return MusterField.Parts<UserFields>(this, "joined", true); } set { MusterField.Put(this, "joined", value); } }
        public IReadOnlyList<string> Left { get { return MusterField.Items<string>(this, "left", true); } set { MusterField.Put(this, "left", value); } }
        public IReadOnlyList<UserFields> Updated { get { return MusterField.Parts<UserFields>(this, "updated", true); } set { MusterField.Put(this, "updated", value); } }
    }

    /// <summary>A room that has come into a watched list, or has changed in it.</summary>
    public sealed class RoomListedEvent : MusterEvent
    {
        public RoomListedEvent() : base("/game", "room:listed") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 40 characters.</summary>
        public string Watch { get { return MusterField.Value<string>(this, "watch", true); } set { MusterField.Put(this, "watch", value); } }
        public RoomFields Room { get { return MusterField.Part<RoomFields>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
    }

    /// <summary>A room that no longer fits a watched list. It may come for a room that the client never saw.</summary>
    public sealed class RoomUnlistedEvent : MusterEvent
    {
        public RoomUnlistedEvent() : base("/game", "room:unlisted") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 40 characters.</summary>
        public string Watch { get { return MusterField.Value<string>(this, "watch", true); } set { MusterField.Put(this, "watch", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
    }

    /// <summary>The first page of a watched list anew, in place of all that the client has of it: changes were missed, or more than 20 rooms of it changed within 0.1 s. At most once in two seconds.</summary>
    public sealed class RoomListEvent : MusterEvent
    {
        public RoomListEvent() : base("/game", "room:list") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 40 characters.</summary>
        public string Watch { get { return MusterField.Value<string>(this, "watch", true); } set { MusterField.Put(this, "watch", value); } }
        public IReadOnlyList<RoomFields> Rooms { get { return MusterField.Parts<RoomFields>(this, "rooms", true); } set { MusterField.Put(this, "rooms", value); } }
        /// <summary>Optional.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>Greets a connection with a token.</summary>
    public sealed class WelcomeEvent : MusterEvent
    {
        public WelcomeEvent() : base("/game", "welcome") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public WelcomeEventUserFields User { get { return MusterField.Part<WelcomeEventUserFields>(this, "user", true); } set { MusterField.Put(this, "user", value); } }
        public string ConnectionId { get { return MusterField.Value<string>(this, "connection_id", true); } set { MusterField.Put(this, "connection_id", value); } }
        public PresenceFields Presence { get { return MusterField.Part<PresenceFields>(this, "presence", true); } set { MusterField.Put(this, "presence", value); } }
    }

    /// <summary>A room as it is now, for its members, and for a returning connection of a player.</summary>
    public sealed class RoomUpdatedEvent : MusterEvent
    {
        public RoomUpdatedEvent() : base("/game", "room:updated") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public RoomFields Room { get { return MusterField.Part<RoomFields>(this, "room", true); } set { MusterField.Put(this, "room", value); } }
    }

    /// <summary>The user is no longer a member of the room, on any connection.</summary>
    public sealed class RoomLeftEvent : MusterEvent
    {
        public RoomLeftEvent() : base("/game", "room:left") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        /// <summary>Optional.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", false); } set { MusterField.Put(this, "reason", value); } }
    }

    /// <summary>Data of another player of the room.</summary>
    public sealed class RoomSignalEvent : MusterEvent
    {
        public RoomSignalEvent() : base("/game", "room:signal") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public string From { get { return MusterField.Value<string>(this, "from", true); } set { MusterField.Put(this, "from", value); } }
        public object Data { get { return MusterField.Value<object>(this, "data", true); } set { MusterField.Put(this, "data", value); } }
    }

    /// <summary>The game has begun; the state is the receiver's view.</summary>
    public sealed class GameStartedEvent : MusterEvent
    {
        public GameStartedEvent() : base("/game", "game_started") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public string Game { get { return MusterField.Value<string>(this, "game", true); } set { MusterField.Put(this, "game", value); } }
        public IReadOnlyList<PlayerFields> Players { get { return MusterField.Parts<PlayerFields>(this, "players", true); } set { MusterField.Put(this, "players", value); } }
        public object State { get { return MusterField.Value<object>(this, "state", true); } set { MusterField.Put(this, "state", value); } }
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
        /// <summary>Optional.</summary>
        public string Deadline { get { return MusterField.Value<string>(this, "deadline", false); } set { MusterField.Put(this, "deadline", value); } }
    }

    /// <summary>The game after a change, and its events; the state is the receiver's view. A connection that asked for patches gets <c>patch</c> (RFC 6902, from version <c>from</c> to version <c>to</c>) instead of <c>state</c>, where that is shorter and it has had the state before. A patch whose <c>to</c> is not above the client's version is old. One whose <c>from</c> is not the client's version shows a gap: ask for <c>room:state</c>. With <c>missed</c> it is the whole state for a connection that may have missed changes: <c>events</c> is empty, and those of the missed changes are gone.</summary>
    public sealed class GameStateEvent : MusterEvent
    {
        public GameStateEvent() : base("/game", "game_state") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
        /// <summary>Optional.</summary>
        public object State { get { return MusterField.Value<object>(this, "state", false); } set { MusterField.Put(this, "state", value); } }
        /// <summary>Optional.</summary>
        public long? From { get { return MusterField.Value<long?>(this, "from", false); } set { MusterField.Put(this, "from", value); } }
        /// <summary>Optional.</summary>
        public long? To { get { return MusterField.Value<long?>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<object> Patch { get { return MusterField.Items<object>(this, "patch", false); } set { MusterField.Put(this, "patch", value); } }
        public IReadOnlyList<object> Events { get { return MusterField.Items<object>(this, "events", true); } set { MusterField.Put(this, "events", value); } }
        /// <summary>Optional.</summary>
        public bool? Missed { get { return MusterField.Value<bool?>(this, "missed", false); } set { MusterField.Put(this, "missed", value); } }
        /// <summary>Optional.</summary>
        public string Deadline { get { return MusterField.Value<string>(this, "deadline", false); } set { MusterField.Put(this, "deadline", value); } }
    }

    /// <summary>What has changed in a real-time room since frame <c>base</c>. In the objects form <c>set</c> is <c>{collection: {entity id: {field: value}}}</c> with absolute values and <c>gone</c> is <c>{collection: [entity ids]}</c>; apply <c>gone</c> first. <c>own</c> has the fields that only this player is sent. <c>ack</c> is the player's last input that was consumed, <c>lead</c> how many of theirs wait, <c>saved</c> (where it has changed) the last input that outlives the worker: keep those after it, to send them again after a take-over. <c>lost</c> are inputs that were dropped. <c>rest</c> entities have changed too, and follow with the next frames. <c>events_lost</c> events had no place. <c>skipped</c> are ticks that were never played.</summary>
    public sealed class GameFrameEvent : MusterEvent
    {
        public GameFrameEvent() : base("/game", "game_frame") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public long Epoch { get { return MusterField.Value<long>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Tick { get { return MusterField.Value<long>(this, "tick", true); } set { MusterField.Put(this, "tick", value); } }
        public long Base { get { return MusterField.Value<long>(this, "base", true); } set { MusterField.Put(this, "base", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Set { get { return MusterField.Map<object>(this, "set", false); } set { MusterField.Put(this, "set", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Gone { get { return MusterField.Map<object>(this, "gone", false); } set { MusterField.Put(this, "gone", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Own { get { return MusterField.Map<object>(this, "own", false); } set { MusterField.Put(this, "own", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<object> Events { get { return MusterField.Items<object>(this, "events", false); } set { MusterField.Put(this, "events", value); } }
        /// <summary>Optional.</summary>
        public long? Rest { get { return MusterField.Value<long?>(this, "rest", false); } set { MusterField.Put(this, "rest", value); } }
        /// <summary>Optional.</summary>
        public long? EventsLost { get { return MusterField.Value<long?>(this, "events_lost", false); } set { MusterField.Put(this, "events_lost", value); } }
        public long Ack { get { return MusterField.Value<long>(this, "ack", true); } set { MusterField.Put(this, "ack", value); } }
        public long Lead { get { return MusterField.Value<long>(this, "lead", true); } set { MusterField.Put(this, "lead", value); } }
        /// <summary>Optional.</summary>
        public long? Saved { get { return MusterField.Value<long?>(this, "saved", false); } set { MusterField.Put(this, "saved", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<long> Lost { get { return MusterField.Items<long>(this, "lost", false); } set { MusterField.Put(this, "lost", value); } }
        /// <summary>Optional.</summary>
        public long? Skipped { get { return MusterField.Value<long?>(this, "skipped", false); } set { MusterField.Put(this, "skipped", value); } }
    }

    /// <summary>All that the receiver may see of a real-time room, as it starts to follow, after frames that it did not get, after another worker took the room over, or because it asked. Frames continue it. Inputs go on after <c>ack</c>: send those that were not consumed again, with the new <c>epoch</c>.</summary>
    public sealed class GameSyncEvent : MusterEvent
    {
        public GameSyncEvent() : base("/game", "game_sync") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public long Epoch { get { return MusterField.Value<long>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Tick { get { return MusterField.Value<long>(this, "tick", true); } set { MusterField.Put(this, "tick", value); } }
        public IReadOnlyDictionary<string, object> State { get { return MusterField.Map<object>(this, "state", true); } set { MusterField.Put(this, "state", value); } }
        /// <summary>Optional.</summary>
        public string Form { get { return MusterField.Value<string>(this, "form", false); } set { MusterField.Put(this, "form", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Own { get { return MusterField.Map<object>(this, "own", false); } set { MusterField.Put(this, "own", value); } }
        /// <summary>May be null.</summary>
        public string You { get { return MusterField.Value<string>(this, "you", false); } set { MusterField.PutNullable(this, "you", value); } }
        public long Ack { get { return MusterField.Value<long>(this, "ack", true); } set { MusterField.Put(this, "ack", value); } }
        public long Lead { get { return MusterField.Value<long>(this, "lead", true); } set { MusterField.Put(this, "lead", value); } }
        public long Saved { get { return MusterField.Value<long>(this, "saved", true); } set { MusterField.Put(this, "saved", value); } }
        public long Hz { get { return MusterField.Value<long>(this, "hz", true); } set { MusterField.Put(this, "hz", value); } }
        public long SendEvery { get { return MusterField.Value<long>(this, "send_every", true); } set { MusterField.Put(this, "send_every", value); } }
        /// <summary>One of <see cref="ReasonValues"/>.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", true); } set { MusterField.Put(this, "reason", value); } }
    }

    /// <summary>The game is over. <c>teams</c> has the members of each team, by its number, in a game of teams.</summary>
    public sealed class GameEndedEvent : MusterEvent
    {
        public GameEndedEvent() : base("/game", "game_ended") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public object Result { get { return MusterField.Value<object>(this, "result", true); } set { MusterField.Put(this, "result", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<object> Teams { get { return MusterField.Items<object>(this, "teams", false); } set { MusterField.Put(this, "teams", value); } }
    }

    /// <summary>A message to everybody here.</summary>
    public sealed class AnnouncementEvent : MusterEvent
    {
        public AnnouncementEvent() : base("/game", "announcement") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 2000 characters.</summary>
        public string Message { get { return MusterField.Value<string>(this, "message", true); } set { MusterField.Put(this, "message", value); } }
        /// <summary>One of <see cref="LevelValues"/>.</summary>
        public string Level { get { return MusterField.Value<string>(this, "level", true); } set { MusterField.Put(this, "level", value); } }
    }

    /// <summary>The user has achieved something.</summary>
    public sealed class AchievementEvent : MusterEvent
    {
        public AchievementEvent() : base("/game", "achievement") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 200 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>At most 200 characters.</summary>
        public string Achievement { get { return MusterField.Value<string>(this, "achievement", true); } set { MusterField.Put(this, "achievement", value); } }
    }

    /// <summary>A player's status in the game world.</summary>
    public sealed class PlayerStatusEvent : MusterEvent
    {
        public PlayerStatusEvent() : base("/game", "player_status") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 200 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>At most 200 characters.</summary>
        public string Status { get { return MusterField.Value<string>(this, "status", true); } set { MusterField.Put(this, "status", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PongEvent : MusterEvent
    {
        public PongEvent() : base("/game", "pong") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>A command without an acknowledgement failed, or the connection is about to end.</summary>
    public sealed class ErrorEvent : MusterEvent
    {
        public ErrorEvent() : base("/game", "error") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Error { get { return MusterField.Value<string>(this, "error", true); } set { MusterField.Put(this, "error", value); } }
        public string Code { get { return MusterField.Value<string>(this, "code", true); } set { MusterField.Put(this, "code", value); } }
        /// <summary>Optional.</summary>
        public string Event { get { return MusterField.Value<string>(this, "event", false); } set { MusterField.Put(this, "event", value); } }
    }

    /// <summary>The token ends in a minute: send <c>refresh_token</c>.</summary>
    public sealed class TokenExpiringEvent : MusterEvent
    {
        public TokenExpiringEvent() : base("/game", "token_expiring") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>This worker stops: reconnect after so many milliseconds.</summary>
    public sealed class ServerDrainingEvent : MusterEvent
    {
        public ServerDrainingEvent() : base("/game", "server_draining") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public double ReconnectInMs { get { return MusterField.Value<double>(this, "reconnect_in_ms", true); } set { MusterField.Put(this, "reconnect_in_ms", value); } }
    }

    public sealed class UserFields : MusterFields
    {
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string Name { get { return MusterField.Value<string>(this, "name", true); } set { MusterField.Put(this, "name", value); } }
        /// <summary>Optional.</summary>
        public string Picture { get { return MusterField.Value<string>(this, "picture", false); } set { MusterField.Put(this, "picture", value); } }
        /// <summary>One of <see cref="UserStatusValues"/>.</summary>
        public string Status { get { return MusterField.Value<string>(this, "status", true); } set { MusterField.Put(this, "status", value); } }
        /// <summary>Optional.</summary>
        public string Text { get { return MusterField.Value<string>(this, "text", false); } set { MusterField.Put(this, "text", value); } }
        public long Connections { get { return MusterField.Value<long>(this, "connections", true); } set { MusterField.Put(this, "connections", value); } }
    }

    public sealed class PlayerFields : MusterFields
    {
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string Name { get { return MusterField.Value<string>(this, "name", true); } set { MusterField.Put(this, "name", value); } }
        public bool Connected { get { return MusterField.Value<bool>(this, "connected", true); } set { MusterField.Put(this, "connected", value); } }
        /// <summary>Optional.</summary>
        public bool? Dropped { get { return MusterField.Value<bool?>(this, "dropped", false); } set { MusterField.Put(this, "dropped", value); } }
        /// <summary>Optional.</summary>
        public long? Team { get { return MusterField.Value<long?>(this, "team", false); } set { MusterField.Put(this, "team", value); } }
    }

    public sealed class RoomFields : MusterFields
    {
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public string Name { get { return MusterField.Value<string>(this, "name", true); } set { MusterField.Put(this, "name", value); } }
        public string Game { get { return MusterField.Value<string>(this, "game", true); } set { MusterField.Put(this, "game", value); } }
        public string Owner { get { return MusterField.Value<string>(this, "owner", true); } set { MusterField.Put(this, "owner", value); } }
        public IReadOnlyList<PlayerFields> Players { get { return MusterField.Parts<PlayerFields>(this, "players", true); } set { MusterField.Put(this, "players", value); } }
        public long MaxPlayers { get { return MusterField.Value<long>(this, "max_players", true); } set { MusterField.Put(this, "max_players", value); } }
        public bool Private { get { return MusterField.Value<bool>(this, "private", true); } set { MusterField.Put(this, "private", value); } }
        /// <summary>Optional.</summary>
        public string JoinCode { get { return MusterField.Value<string>(this, "join_code", false); } set { MusterField.Put(this, "join_code", value); } }
        /// <summary>One of <see cref="PhaseValues"/>.</summary>
        public string Phase { get { return MusterField.Value<string>(this, "phase", true); } set { MusterField.Put(this, "phase", value); } }
        /// <summary>Optional.</summary>
        public string CreatedAt { get { return MusterField.Value<string>(this, "created_at", false); } set { MusterField.Put(this, "created_at", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Labels { get { return MusterField.Map<object>(this, "labels", false); } set { MusterField.Put(this, "labels", value); } }
        /// <summary>Optional.</summary>
        public object Options { get { return MusterField.Value<object>(this, "options", false); } set { MusterField.Put(this, "options", value); } }
        /// <summary>Optional.</summary>
        public long? Round { get { return MusterField.Value<long?>(this, "round", false); } set { MusterField.Put(this, "round", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<string> Rematch { get { return MusterField.Items<string>(this, "rematch", false); } set { MusterField.Put(this, "rematch", value); } }
    }

    public sealed class MatchFields : MusterFields
    {
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
        public string Name { get { return MusterField.Value<string>(this, "name", true); } set { MusterField.Put(this, "name", value); } }
        public string Game { get { return MusterField.Value<string>(this, "game", true); } set { MusterField.Put(this, "game", value); } }
        public string Owner { get { return MusterField.Value<string>(this, "owner", true); } set { MusterField.Put(this, "owner", value); } }
        public IReadOnlyList<PlayerFields> Players { get { return MusterField.Parts<PlayerFields>(this, "players", true); } set { MusterField.Put(this, "players", value); } }
        public long MaxPlayers { get { return MusterField.Value<long>(this, "max_players", true); } set { MusterField.Put(this, "max_players", value); } }
        public bool Private { get { return MusterField.Value<bool>(this, "private", true); } set { MusterField.Put(this, "private", value); } }
        /// <summary>Optional.</summary>
        public string JoinCode { get { return MusterField.Value<string>(this, "join_code", false); } set { MusterField.Put(this, "join_code", value); } }
        /// <summary>One of <see cref="PhaseValues"/>.</summary>
        public string Phase { get { return MusterField.Value<string>(this, "phase", true); } set { MusterField.Put(this, "phase", value); } }
        /// <summary>Optional.</summary>
        public string CreatedAt { get { return MusterField.Value<string>(this, "created_at", false); } set { MusterField.Put(this, "created_at", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Labels { get { return MusterField.Map<object>(this, "labels", false); } set { MusterField.Put(this, "labels", value); } }
        /// <summary>Optional.</summary>
        public object Options { get { return MusterField.Value<object>(this, "options", false); } set { MusterField.Put(this, "options", value); } }
        /// <summary>Optional.</summary>
        public long? Round { get { return MusterField.Value<long?>(this, "round", false); } set { MusterField.Put(this, "round", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<string> Rematch { get { return MusterField.Items<string>(this, "rematch", false); } set { MusterField.Put(this, "rematch", value); } }
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
        /// <summary>Optional.</summary>
        public string GameMode { get { return MusterField.Value<string>(this, "game_mode", false); } set { MusterField.Put(this, "game_mode", value); } }
    }

    public sealed class EntryFields : MusterFields
    {
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
        public string At { get { return MusterField.Value<string>(this, "at", true); } set { MusterField.Put(this, "at", value); } }
        /// <summary>One of <see cref="KindValues"/>.</summary>
        public string Kind { get { return MusterField.Value<string>(this, "kind", true); } set { MusterField.Put(this, "kind", value); } }
        /// <summary>Optional.</summary>
        public string Owner { get { return MusterField.Value<string>(this, "owner", false); } set { MusterField.Put(this, "owner", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<long> Draws { get { return MusterField.Items<long>(this, "draws", false); } set { MusterField.Put(this, "draws", value); } }
        /// <summary>Optional.</summary>
        public string Game { get { return MusterField.Value<string>(this, "game", false); } set { MusterField.Put(this, "game", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<string> Players { get { return MusterField.Items<string>(this, "players", false); } set { MusterField.Put(this, "players", value); } }
        /// <summary>Optional.</summary>
        public object Options { get { return MusterField.Value<object>(this, "options", false); } set { MusterField.Put(this, "options", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, long> Teams { get { return MusterField.Map<long>(this, "teams", false); } set { MusterField.Put(this, "teams", value); } }
        /// <summary>Optional.</summary>
        public long? Team { get { return MusterField.Value<long?>(this, "team", false); } set { MusterField.Put(this, "team", value); } }
        /// <summary>Optional.</summary>
        public string By { get { return MusterField.Value<string>(this, "by", false); } set { MusterField.Put(this, "by", value); } }
        /// <summary>Optional.</summary>
        public string Action { get { return MusterField.Value<string>(this, "action", false); } set { MusterField.Put(this, "action", value); } }
        /// <summary>Optional.</summary>
        public object Args { get { return MusterField.Value<object>(this, "args", false); } set { MusterField.Put(this, "args", value); } }
        /// <summary>Optional.</summary>
        public object Result { get { return MusterField.Value<object>(this, "result", false); } set { MusterField.Put(this, "result", value); } }
    }

    public sealed class JournalFields : MusterFields
    {
        /// <summary>One of <see cref="JournalKindValues"/>.</summary>
        public string Kind { get { return MusterField.Value<string>(this, "kind", true); } set { MusterField.Put(this, "kind", value); } }
        /// <summary>Optional.</summary>
        public string Game { get { return MusterField.Value<string>(this, "game", false); } set { MusterField.Put(this, "game", value); } }
        /// <summary>Optional.</summary>
        public string At { get { return MusterField.Value<string>(this, "at", false); } set { MusterField.Put(this, "at", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<long> Seed { get { return MusterField.Items<long>(this, "seed", false); } set { MusterField.Put(this, "seed", value); } }
        /// <summary>Optional.</summary>
        public object Options { get { return MusterField.Value<object>(this, "options", false); } set { MusterField.Put(this, "options", value); } }
        public long Epoch { get { return MusterField.Value<long>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<string> Players { get { return MusterField.Items<string>(this, "players", false); } set { MusterField.Put(this, "players", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<long> Acks { get { return MusterField.Items<long>(this, "acks", false); } set { MusterField.Put(this, "acks", value); } }
        /// <summary>Optional.</summary>
        public object Snapshot { get { return MusterField.Value<object>(this, "snapshot", false); } set { MusterField.Put(this, "snapshot", value); } }
        /// <summary>Optional.</summary>
        public long? From { get { return MusterField.Value<long?>(this, "from", false); } set { MusterField.Put(this, "from", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<object> Ticks { get { return MusterField.Items<object>(this, "ticks", false); } set { MusterField.Put(this, "ticks", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<object> Hashes { get { return MusterField.Items<object>(this, "hashes", false); } set { MusterField.Put(this, "hashes", value); } }
    }

    public sealed class WelcomeEventUserFields : MusterFields
    {
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string Name { get { return MusterField.Value<string>(this, "name", true); } set { MusterField.Put(this, "name", value); } }
        /// <summary>Optional.</summary>
        public string Picture { get { return MusterField.Value<string>(this, "picture", false); } set { MusterField.Put(this, "picture", value); } }
        public IReadOnlyList<string> Roles { get { return MusterField.Items<string>(this, "roles", true); } set { MusterField.Put(this, "roles", value); } }
    }

    public sealed class PresenceFields : MusterFields
    {
        public bool Pushed { get { return MusterField.Value<bool>(this, "pushed", true); } set { MusterField.Put(this, "pushed", value); } }
        public long MaxUsers { get { return MusterField.Value<long>(this, "max_users", true); } set { MusterField.Put(this, "max_users", value); } }
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class StatusValues
    {
        public const string Online = "online";
        public const string Away = "away";
        public const string Busy = "busy";
        public const string Invisible = "invisible";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class UserStatusValues
    {
        public const string Online = "online";
        public const string Away = "away";
        public const string Busy = "busy";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class FormValues
    {
        public const string Objects = "objects";
        public const string Columns = "columns";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class PhaseValues
    {
        public const string Lobby = "lobby";
        public const string Playing = "playing";
        public const string Ended = "ended";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class RoomListCommandPhaseValues
    {
        public const string Lobby = "lobby";
        public const string Playing = "playing";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class ReasonValues
    {
        public const string Joined = "joined";
        public const string Gap = "gap";
        public const string Takeover = "takeover";
        public const string Asked = "asked";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class KindValues
    {
        public const string Start = "start";
        public const string Action = "action";
        public const string Join = "join";
        public const string Drop = "drop";
        public const string Timeout = "timeout";
        public const string End = "end";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class JournalKindValues
    {
        public const string Snapshot = "snapshot";
        public const string Ticks = "ticks";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class LevelValues
    {
        public const string Info = "info";
        public const string Warning = "warning";
        public const string Critical = "critical";
    }

}

namespace Muster.Chat
{
    /// <summary>Sends a message to a channel. A repeat with the same <c>client_msg_id</c> returns the first acknowledgement.</summary>
    public sealed class ChatMessageCommand : MusterCommand<ChatMessageResult>
    {
        public ChatMessageCommand() : base("/chat", "chat_message") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 256 characters.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>At most 4000 characters.</summary>
        public string Content { get { return MusterField.Value<string>(this, "content", true); } set { MusterField.Put(this, "content", value); } }
        /// <summary>Optional. At most 128 characters.</summary>
        public string ClientMsgId { get { return MusterField.Value<string>(this, "client_msg_id", false); } set { MusterField.Put(this, "client_msg_id", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string ReplyTo { get { return MusterField.Value<string>(this, "reply_to", false); } set { MusterField.Put(this, "reply_to", value); } }
    }

    /// <summary>The answer to <c>chat_message</c>.</summary>
    public sealed class ChatMessageResult : MusterFields
    {
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", true); } set { MusterField.Put(this, "message_id", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>Optional.</summary>
        public bool? Duplicate { get { return MusterField.Value<bool?>(this, "duplicate", false); } set { MusterField.Put(this, "duplicate", value); } }
    }

    /// <summary>Notifies the other members that the user is typing, or has stopped. Typing ends by itself.</summary>
    public sealed class TypingCommand : MusterCommand<TypingResult>
    {
        public TypingCommand() : base("/chat", "typing") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 256 characters.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        public bool Typing { get { return MusterField.Value<bool>(this, "typing", true); } set { MusterField.Put(this, "typing", value); } }
    }

    /// <summary>The answer to <c>typing</c>.</summary>
    public sealed class TypingResult : MusterFields
    {
    }

    /// <summary>A page of a channel's stream, oldest first; without <c>before</c> and <c>after</c> the newest.</summary>
    public sealed class HistoryCommand : MusterCommand<HistoryResult>
    {
        public HistoryCommand() : base("/chat", "history") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 256 characters.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? Before { get { return MusterField.Value<long?>(this, "before", false); } set { MusterField.Put(this, "before", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? After { get { return MusterField.Value<long?>(this, "after", false); } set { MusterField.Put(this, "after", value); } }
        /// <summary>Optional. At least 1, at most 100.</summary>
        public long? Limit { get { return MusterField.Value<long?>(this, "limit", false); } set { MusterField.Put(this, "limit", value); } }
    }

    /// <summary>The answer to <c>history</c>.</summary>
    public sealed class HistoryResult : MusterFields
    {
        public IReadOnlyList<MessageFields> Messages { get { return MusterField.Parts<MessageFields>(this, "messages", true); } set { MusterField.Put(this, "messages", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        /// <summary>Of the newest entry of the channel; 0 for none.</summary>
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        public bool HasMore { get { return MusterField.Value<bool>(this, "has_more", true); } set { MusterField.Put(this, "has_more", value); } }
        /// <summary>Optional. Where there is more: <c>after</c>, or else <c>before</c>, of the next page.</summary>
        public long? Next { get { return MusterField.Value<long?>(this, "next", false); } set { MusterField.Put(this, "next", value); } }
    }

    /// <summary>Returns the missed entries of many channels, each from its cursor on, up to 256 KiB per answer. <c>has_more</c> marks a channel with more entries. Channels that are no longer the user's are listed in <c>refused</c>. If all are, the command is refused.</summary>
    public sealed class SyncCommand : MusterCommand<SyncResult>
    {
        public SyncCommand() : base("/chat", "sync") { }
        /// <summary>At most 50 of them.</summary>
        public IReadOnlyList<CursorFields> Cursors { get { return MusterField.Parts<CursorFields>(this, "cursors", true); } set { MusterField.Put(this, "cursors", value); } }
    }

    /// <summary>The answer to <c>sync</c>.</summary>
    public sealed class SyncResult : MusterFields
    {
        public IReadOnlyList<ChannelFields> Channels { get { return MusterField.Parts<ChannelFields>(this, "channels", true); } set { MusterField.Put(this, "channels", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<RefusedFields> Refused { get { return MusterField.Parts<RefusedFields>(this, "refused", false); } set { MusterField.Put(this, "refused", value); } }
    }

    /// <summary>Marks a channel as read up to an offset. The read marker never moves back.</summary>
    public sealed class ReadCommand : MusterCommand<ReadResult>
    {
        public ReadCommand() : base("/chat", "read") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 256 characters.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>At least 0.</summary>
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
    }

    /// <summary>The answer to <c>read</c>.</summary>
    public sealed class ReadResult : MusterFields
    {
    }

    /// <summary>Counts the messages of others after the user's read marker, for each of the user's channels.</summary>
    public sealed class UnreadCommand : MusterCommand<UnreadResult>
    {
        public UnreadCommand() : base("/chat", "unread") { }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>The answer to <c>unread</c>.</summary>
    public sealed class UnreadResult : MusterFields
    {
        public IReadOnlyList<UnreadResultChannelFields> Channels { get { return MusterField.Parts<UnreadResultChannelFields>(this, "channels", true); } set { MusterField.Put(this, "channels", value); } }
        /// <summary>Optional.</summary>
        public bool? HasMore { get { return MusterField.Value<bool?>(this, "has_more", false); } set { MusterField.Put(this, "has_more", value); } }
        /// <summary>Optional. For the next page.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>Lists the user's channels, each with its unread count and last message.</summary>
    public sealed class ChannelsCommand : MusterCommand<ChannelsResult>
    {
        public ChannelsCommand() : base("/chat", "channels") { }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>The answer to <c>channels</c>.</summary>
    public sealed class ChannelsResult : MusterFields
    {
        public IReadOnlyList<ChannelsResultChannelFields> Channels { get { return MusterField.Parts<ChannelsResultChannelFields>(this, "channels", true); } set { MusterField.Put(this, "channels", value); } }
        /// <summary>Optional.</summary>
        public bool? HasMore { get { return MusterField.Value<bool?>(this, "has_more", false); } set { MusterField.Put(this, "has_more", value); } }
        /// <summary>Optional. For the next page.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>Replaces the text of the user's own message. Moderators may edit any message, except in private channels.</summary>
    public sealed class EditCommand : MusterCommand<EditResult>
    {
        public EditCommand() : base("/chat", "edit") { }
        /// <summary>At most 64 characters.</summary>
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", true); } set { MusterField.Put(this, "message_id", value); } }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 256 characters.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>At most 4000 characters.</summary>
        public string Content { get { return MusterField.Value<string>(this, "content", true); } set { MusterField.Put(this, "content", value); } }
    }

    /// <summary>The answer to <c>edit</c>.</summary>
    public sealed class EditResult : MusterFields
    {
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", true); } set { MusterField.Put(this, "message_id", value); } }
    }

    /// <summary>Deletes the user's own message. Moderators may delete any message, except in private channels. A repeat changes nothing.</summary>
    public sealed class DeleteCommand : MusterCommand<DeleteResult>
    {
        public DeleteCommand() : base("/chat", "delete") { }
        /// <summary>At most 64 characters.</summary>
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", true); } set { MusterField.Put(this, "message_id", value); } }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 256 characters.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
    }

    /// <summary>The answer to <c>delete</c>.</summary>
    public sealed class DeleteResult : MusterFields
    {
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", true); } set { MusterField.Put(this, "message_id", value); } }
    }

    /// <summary>Deletes all stored messages of a user in a channel. Without a channel: in <c>global</c>, and then in all named channels (<c>continues</c>). Each deletion is an entry of its channel, so a full channel loses as many of its oldest entries.</summary>
    public sealed class PurgeCommand : MusterCommand<PurgeResult>
    {
        public PurgeCommand() : base("/chat", "purge") { }
        /// <summary>At most 256 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional. <c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
    }

    /// <summary>The answer to <c>purge</c>.</summary>
    public sealed class PurgeResult : MusterFields
    {
        public long Deleted { get { return MusterField.Value<long>(this, "deleted", true); } set { MusterField.Put(this, "deleted", value); } }
        /// <summary>Optional.</summary>
        public bool? Continues { get { return MusterField.Value<bool?>(this, "continues", false); } set { MusterField.Put(this, "continues", value); } }
    }

    /// <summary>Reports a message to the moderators.</summary>
    public sealed class ReportCommand : MusterCommand<ReportResult>
    {
        public ReportCommand() : base("/chat", "report") { }
        /// <summary>At most 64 characters.</summary>
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", true); } set { MusterField.Put(this, "message_id", value); } }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 256 characters.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>At most 200 characters.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", true); } set { MusterField.Put(this, "reason", value); } }
    }

    /// <summary>The answer to <c>report</c>.</summary>
    public sealed class ReportResult : MusterFields
    {
    }

    /// <summary>Lists the stored reports, newest page first, for moderators who were away.</summary>
    public sealed class ReportsCommand : MusterCommand<ReportsResult>
    {
        public ReportsCommand() : base("/chat", "reports") { }
        /// <summary>Optional. At least 0.</summary>
        public long? Before { get { return MusterField.Value<long?>(this, "before", false); } set { MusterField.Put(this, "before", value); } }
        /// <summary>Optional. At least 1, at most 100.</summary>
        public long? Limit { get { return MusterField.Value<long?>(this, "limit", false); } set { MusterField.Put(this, "limit", value); } }
    }

    /// <summary>The answer to <c>reports</c>.</summary>
    public sealed class ReportsResult : MusterFields
    {
        public IReadOnlyList<ReportFields> Reports { get { return MusterField.Parts<ReportFields>(this, "reports", true); } set { MusterField.Put(this, "reports", value); } }
        public bool HasMore { get { return MusterField.Value<bool>(this, "has_more", true); } set { MusterField.Put(this, "has_more", value); } }
    }

    /// <summary>Lists every act of a moderator, newest page first.</summary>
    public sealed class AuditCommand : MusterCommand<AuditResult>
    {
        public AuditCommand() : base("/chat", "audit") { }
        /// <summary>Optional. At least 0.</summary>
        public long? Before { get { return MusterField.Value<long?>(this, "before", false); } set { MusterField.Put(this, "before", value); } }
        /// <summary>Optional. At least 1, at most 100.</summary>
        public long? Limit { get { return MusterField.Value<long?>(this, "limit", false); } set { MusterField.Put(this, "limit", value); } }
    }

    /// <summary>The answer to <c>audit</c>.</summary>
    public sealed class AuditResult : MusterFields
    {
        public IReadOnlyList<EntryFields> Entries { get { return MusterField.Parts<EntryFields>(this, "entries", true); } set { MusterField.Put(this, "entries", value); } }
        public bool HasMore { get { return MusterField.Value<bool>(this, "has_more", true); } set { MusterField.Put(this, "has_more", value); } }
    }

    /// <summary>Sets the minimum seconds between two messages of one user in a channel; 0 ends slow mode.</summary>
    public sealed class SlowModeCommand : MusterCommand<SlowModeResult>
    {
        public SlowModeCommand() : base("/chat", "slow_mode") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>At least 0, at most 21600.</summary>
        public long Seconds { get { return MusterField.Value<long>(this, "seconds", true); } set { MusterField.Put(this, "seconds", value); } }
    }

    /// <summary>The answer to <c>slow_mode</c>.</summary>
    public sealed class SlowModeResult : MusterFields
    {
    }

    /// <summary>Adds a user to the caller's block list: their messages are hidden from the caller everywhere.</summary>
    public sealed class BlockCommand : MusterCommand<BlockResult>
    {
        public BlockCommand() : base("/chat", "block") { }
        /// <summary>At most 256 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
    }

    /// <summary>The answer to <c>block</c>.</summary>
    public sealed class BlockResult : MusterFields
    {
    }

    /// <summary>Removes a user from the caller's block list.</summary>
    public sealed class UnblockCommand : MusterCommand<UnblockResult>
    {
        public UnblockCommand() : base("/chat", "unblock") { }
        /// <summary>At most 256 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
    }

    /// <summary>The answer to <c>unblock</c>.</summary>
    public sealed class UnblockResult : MusterFields
    {
    }

    /// <summary>Lists the users on the caller's block list.</summary>
    public sealed class BlockedCommand : MusterCommand<BlockedResult>
    {
        public BlockedCommand() : base("/chat", "blocked") { }
    }

    /// <summary>The answer to <c>blocked</c>.</summary>
    public sealed class BlockedResult : MusterFields
    {
        public IReadOnlyList<string> UserIds { get { return MusterField.Items<string>(this, "user_ids", true); } set { MusterField.Put(this, "user_ids", value); } }
    }

    /// <summary>The user can read but not write, in a channel or everywhere. Without a duration the mute has no end.</summary>
    public sealed class MuteCommand : MusterCommand<MuteResult>
    {
        public MuteCommand() : base("/chat", "mute") { }
        /// <summary>At most 256 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", false); } set { MusterField.Put(this, "reason", value); } }
        /// <summary>Optional. At least 1, at most 31536000.</summary>
        public long? DurationS { get { return MusterField.Value<long?>(this, "duration_s", false); } set { MusterField.Put(this, "duration_s", value); } }
    }

    /// <summary>The answer to <c>mute</c>.</summary>
    public sealed class MuteResult : MusterFields
    {
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional.</summary>
        public string Until { get { return MusterField.Value<string>(this, "until", false); } set { MusterField.Put(this, "until", value); } }
    }

    /// <summary>Ends a mute.</summary>
    public sealed class UnmuteCommand : MusterCommand<UnmuteResult>
    {
        public UnmuteCommand() : base("/chat", "unmute") { }
        /// <summary>At most 256 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", false); } set { MusterField.Put(this, "reason", value); } }
    }

    /// <summary>The answer to <c>unmute</c>.</summary>
    public sealed class UnmuteResult : MusterFields
    {
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
    }

    /// <summary>Removes the user from a channel, or from <c>/chat</c>, for a time. Default: one minute.</summary>
    public sealed class KickCommand : MusterCommand<KickResult>
    {
        public KickCommand() : base("/chat", "kick") { }
        /// <summary>At most 256 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", false); } set { MusterField.Put(this, "reason", value); } }
        /// <summary>Optional. At least 1, at most 31536000.</summary>
        public long? DurationS { get { return MusterField.Value<long?>(this, "duration_s", false); } set { MusterField.Put(this, "duration_s", value); } }
    }

    /// <summary>The answer to <c>kick</c>.</summary>
    public sealed class KickResult : MusterFields
    {
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional.</summary>
        public string Until { get { return MusterField.Value<string>(this, "until", false); } set { MusterField.Put(this, "until", value); } }
    }

    /// <summary>Excludes the user from a channel, or from <c>/chat</c>. Without a duration the ban has no end.</summary>
    public sealed class BanCommand : MusterCommand<BanResult>
    {
        public BanCommand() : base("/chat", "ban") { }
        /// <summary>At most 256 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", false); } set { MusterField.Put(this, "reason", value); } }
        /// <summary>Optional. At least 1, at most 31536000.</summary>
        public long? DurationS { get { return MusterField.Value<long?>(this, "duration_s", false); } set { MusterField.Put(this, "duration_s", value); } }
    }

    /// <summary>The answer to <c>ban</c>.</summary>
    public sealed class BanResult : MusterFields
    {
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional.</summary>
        public string Until { get { return MusterField.Value<string>(this, "until", false); } set { MusterField.Put(this, "until", value); } }
    }

    /// <summary>Ends a ban or a kick.</summary>
    public sealed class UnbanCommand : MusterCommand<UnbanResult>
    {
        public UnbanCommand() : base("/chat", "unban") { }
        /// <summary>At most 256 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", false); } set { MusterField.Put(this, "reason", value); } }
    }

    /// <summary>The answer to <c>unban</c>.</summary>
    public sealed class UnbanResult : MusterFields
    {
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
    }

    /// <summary>Creates a named channel: open, by invitation or by role. It is kept until it is deleted.</summary>
    public sealed class ChannelCreateCommand : MusterCommand<ChannelCreateResult>
    {
        public ChannelCreateCommand() : base("/chat", "channel_create") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. One of <see cref="AccessValues"/>.</summary>
        public string Access { get { return MusterField.Value<string>(this, "access", false); } set { MusterField.Put(this, "access", value); } }
        /// <summary>Optional. At most 4 of them. One of <see cref="RoleValues"/>.</summary>
        public IReadOnlyList<string> Roles { get { return MusterField.Items<string>(this, "roles", false); } set { MusterField.Put(this, "roles", value); } }
        /// <summary>Optional. At most 200 characters.</summary>
        public string Description { get { return MusterField.Value<string>(this, "description", false); } set { MusterField.Put(this, "description", value); } }
    }

    /// <summary>The answer to <c>channel_create</c>.</summary>
    public sealed class ChannelCreateResult : MusterFields
    {
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>One of <see cref="AccessValues"/>.</summary>
        public string Access { get { return MusterField.Value<string>(this, "access", true); } set { MusterField.Put(this, "access", value); } }
    }

    /// <summary>Deletes a named channel for all its members. Its messages are no longer available.</summary>
    public sealed class ChannelDeleteCommand : MusterCommand<ChannelDeleteResult>
    {
        public ChannelDeleteCommand() : base("/chat", "channel_delete") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
    }

    /// <summary>The answer to <c>channel_delete</c>.</summary>
    public sealed class ChannelDeleteResult : MusterFields
    {
    }

    /// <summary>Joins a named channel on all of the user's devices, until the user leaves it. A repeat changes nothing.</summary>
    public sealed class ChannelJoinCommand : MusterCommand<ChannelJoinResult>
    {
        public ChannelJoinCommand() : base("/chat", "channel_join") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
    }

    /// <summary>The answer to <c>channel_join</c>.</summary>
    public sealed class ChannelJoinResult : MusterFields
    {
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
    }

    /// <summary>Leaves a named channel.</summary>
    public sealed class ChannelLeaveCommand : MusterCommand<ChannelLeaveResult>
    {
        public ChannelLeaveCommand() : base("/chat", "channel_leave") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
    }

    /// <summary>The answer to <c>channel_leave</c>.</summary>
    public sealed class ChannelLeaveResult : MusterFields
    {
    }

    /// <summary>Invites a user to a channel by invitation, and notifies the user.</summary>
    public sealed class ChannelInviteCommand : MusterCommand<ChannelInviteResult>
    {
        public ChannelInviteCommand() : base("/chat", "channel_invite") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>At most 256 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
    }

    /// <summary>The answer to <c>channel_invite</c>.</summary>
    public sealed class ChannelInviteResult : MusterFields
    {
    }

    /// <summary>Removes a member from a named channel, or withdraws an invitation.</summary>
    public sealed class ChannelRemoveCommand : MusterCommand<ChannelRemoveResult>
    {
        public ChannelRemoveCommand() : base("/chat", "channel_remove") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>At most 256 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
    }

    /// <summary>The answer to <c>channel_remove</c>.</summary>
    public sealed class ChannelRemoveResult : MusterFields
    {
    }

    /// <summary>Lists the named channels that the user can join, by name.</summary>
    public sealed class ChannelListCommand : MusterCommand<ChannelListResult>
    {
        public ChannelListCommand() : base("/chat", "channel_list") { }
        /// <summary>Optional. At most 500 characters.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
        /// <summary>Optional. At least 1, at most 100.</summary>
        public long? Limit { get { return MusterField.Value<long?>(this, "limit", false); } set { MusterField.Put(this, "limit", value); } }
    }

    /// <summary>The answer to <c>channel_list</c>.</summary>
    public sealed class ChannelListResult : MusterFields
    {
        public IReadOnlyList<ChannelListResultChannelFields> Channels { get { return MusterField.Parts<ChannelListResultChannelFields>(this, "channels", true); } set { MusterField.Put(this, "channels", value); } }
        /// <summary>Optional.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>Lists the members of a named channel in the order in which they joined.</summary>
    public sealed class ChannelMembersCommand : MusterCommand<ChannelMembersResult>
    {
        public ChannelMembersCommand() : base("/chat", "channel_members") { }
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 500 characters.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
        /// <summary>Optional. At least 1, at most 100.</summary>
        public long? Limit { get { return MusterField.Value<long?>(this, "limit", false); } set { MusterField.Put(this, "limit", value); } }
    }

    /// <summary>The answer to <c>channel_members</c>.</summary>
    public sealed class ChannelMembersResult : MusterFields
    {
        public IReadOnlyList<string> UserIds { get { return MusterField.Items<string>(this, "user_ids", true); } set { MusterField.Put(this, "user_ids", value); } }
        public long Count { get { return MusterField.Value<long>(this, "count", true); } set { MusterField.Put(this, "count", value); } }
        /// <summary>Optional.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>Extends the connection with a newer token of the same user.</summary>
    public sealed class RefreshTokenCommand : MusterCommand<RefreshTokenResult>
    {
        public RefreshTokenCommand() : base("/chat", "refresh_token") { }
        /// <summary>At most 4096 characters.</summary>
        public string Token { get { return MusterField.Value<string>(this, "token", true); } set { MusterField.Put(this, "token", value); } }
    }

    /// <summary>The answer to <c>refresh_token</c>.</summary>
    public sealed class RefreshTokenResult : MusterFields
    {
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>Answered with <c>pong</c>: a heartbeat for clients that want their own. A <c>timestamp</c> in the namespace's form comes back in it.</summary>
    public sealed class PingCommand : MusterCommand<PingResult>
    {
        public PingCommand() : base("/chat", "ping") { }
        /// <summary>Optional.</summary>
        public object Timestamp { get { return MusterField.Value<object>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PingResult : MusterFields
    {
    }

    /// <summary>Acknowledges a reliable event, for clients without Socket.IO acknowledgements.</summary>
    public sealed class AckCommand : MusterCommand<AckResult>
    {
        public AckCommand() : base("/chat", "ack") { }
        /// <summary>At most 256 characters.</summary>
        public string DeliveryId { get { return MusterField.Value<string>(this, "delivery_id", true); } set { MusterField.Put(this, "delivery_id", value); } }
    }

    /// <summary>The answer to <c>ack</c>.</summary>
    public sealed class AckResult : MusterFields
    {
    }

    /// <summary>A user sent a message. In <c>private</c> the event is reliable and has a <c>delivery_id</c>.</summary>
    public sealed class ChatMessageEvent : MusterEvent
    {
        public ChatMessageEvent() : base("/chat", "chat_message") { }
        /// <summary>ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", true); } set { MusterField.Put(this, "message_id", value); } }
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional. Private: the other user, as the author sees it.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        /// <summary>The author's name.</summary>
        public string User { get { return MusterField.Value<string>(this, "user", true); } set { MusterField.Put(this, "user", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string Content { get { return MusterField.Value<string>(this, "content", true); } set { MusterField.Put(this, "content", value); } }
        /// <summary>Optional.</summary>
        public string ReplyTo { get { return MusterField.Value<string>(this, "reply_to", false); } set { MusterField.Put(this, "reply_to", value); } }
    }

    /// <summary>A message has a new text.</summary>
    public sealed class MessageEditedEvent : MusterEvent
    {
        public MessageEditedEvent() : base("/chat", "message_edited") { }
        /// <summary>ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", true); } set { MusterField.Put(this, "message_id", value); } }
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional. Private: the other user, as the author sees it.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        /// <summary>The author of the message.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Who changed it: the author or a moderator.</summary>
        public string By { get { return MusterField.Value<string>(this, "by", true); } set { MusterField.Put(this, "by", value); } }
        public string Content { get { return MusterField.Value<string>(this, "content", true); } set { MusterField.Put(this, "content", value); } }
    }

    /// <summary>A message was deleted.</summary>
    public sealed class MessageDeletedEvent : MusterEvent
    {
        public MessageDeletedEvent() : base("/chat", "message_deleted") { }
        /// <summary>ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", true); } set { MusterField.Put(this, "message_id", value); } }
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional. Private: the other user, as the author sees it.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        /// <summary>The author of the message.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string By { get { return MusterField.Value<string>(this, "by", true); } set { MusterField.Put(this, "by", value); } }
    }

    /// <summary>A user is typing, or has stopped.</summary>
    public sealed class TypingEvent : MusterEvent
    {
        public TypingEvent() : base("/chat", "typing") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string User { get { return MusterField.Value<string>(this, "user", true); } set { MusterField.Put(this, "user", value); } }
        public bool Typing { get { return MusterField.Value<bool>(this, "typing", true); } set { MusterField.Put(this, "typing", value); } }
    }

    /// <summary>A member of a party or private channel has read up to an offset.</summary>
    public sealed class ReadEvent : MusterEvent
    {
        public ReadEvent() : base("/chat", "read") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
    }

    /// <summary>A user was muted, kicked, banned or pardoned. For moderators also: a message was reported.</summary>
    public sealed class ModerationEvent : MusterEvent
    {
        public ModerationEvent() : base("/chat", "moderation") { }
        /// <summary>ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>One of <see cref="ActionValues"/>.</summary>
        public string Action { get { return MusterField.Value<string>(this, "action", true); } set { MusterField.Put(this, "action", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string By { get { return MusterField.Value<string>(this, "by", true); } set { MusterField.Put(this, "by", value); } }
        /// <summary>Optional. Absent: without an end.</summary>
        public string Until { get { return MusterField.Value<string>(this, "until", false); } set { MusterField.Put(this, "until", value); } }
        public string Reason { get { return MusterField.Value<string>(this, "reason", true); } set { MusterField.Put(this, "reason", value); } }
        /// <summary>Optional. Absent: everywhere.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional.</summary>
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", false); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional.</summary>
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", false); } set { MusterField.Put(this, "message_id", value); } }
        /// <summary>Optional. Report: the message as it was when it was reported.</summary>
        public string Content { get { return MusterField.Value<string>(this, "content", false); } set { MusterField.Put(this, "content", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
    }

    /// <summary>Slow mode of a channel began, changed or ended (0 seconds).</summary>
    public sealed class SlowModeEvent : MusterEvent
    {
        public SlowModeEvent() : base("/chat", "slow_mode") { }
        /// <summary>ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        public long Seconds { get { return MusterField.Value<long>(this, "seconds", true); } set { MusterField.Put(this, "seconds", value); } }
        public string By { get { return MusterField.Value<string>(this, "by", true); } set { MusterField.Put(this, "by", value); } }
    }

    /// <summary>The user is invited to a channel.</summary>
    public sealed class ChannelInvitedEvent : MusterEvent
    {
        public ChannelInvitedEvent() : base("/chat", "channel_invited") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        public string From { get { return MusterField.Value<string>(this, "from", true); } set { MusterField.Put(this, "from", value); } }
        public string Description { get { return MusterField.Value<string>(this, "description", true); } set { MusterField.Put(this, "description", value); } }
    }

    /// <summary>A user joined, left or was removed. Channels by invitation notify all members; other channels notify only that user.</summary>
    public sealed class ChannelMemberEvent : MusterEvent
    {
        public ChannelMemberEvent() : base("/chat", "channel_member") { }
        /// <summary>ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>One of <see cref="ChangeValues"/>.</summary>
        public string Change { get { return MusterField.Value<string>(this, "change", true); } set { MusterField.Put(this, "change", value); } }
        public string By { get { return MusterField.Value<string>(this, "by", true); } set { MusterField.Put(this, "by", value); } }
    }

    /// <summary>A named channel was deleted.</summary>
    public sealed class ChannelClosedEvent : MusterEvent
    {
        public ChannelClosedEvent() : base("/chat", "channel_closed") { }
        /// <summary>ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        public string By { get { return MusterField.Value<string>(this, "by", true); } set { MusterField.Put(this, "by", value); } }
    }

    /// <summary>This connection missed entries of a channel that cannot be recovered: read <c>history</c>.</summary>
    public sealed class LostEvent : MusterEvent
    {
        public LostEvent() : base("/chat", "lost") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>Optional. Absent: sanctions for all of <c>/chat</c>, or reports.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        public bool Recovered { get { return MusterField.Value<bool>(this, "recovered", true); } set { MusterField.Put(this, "recovered", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PongEvent : MusterEvent
    {
        public PongEvent() : base("/chat", "pong") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>A command without an acknowledgement failed, or the connection is about to end.</summary>
    public sealed class ErrorEvent : MusterEvent
    {
        public ErrorEvent() : base("/chat", "error") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Error { get { return MusterField.Value<string>(this, "error", true); } set { MusterField.Put(this, "error", value); } }
        public string Code { get { return MusterField.Value<string>(this, "code", true); } set { MusterField.Put(this, "code", value); } }
        /// <summary>Optional.</summary>
        public string Event { get { return MusterField.Value<string>(this, "event", false); } set { MusterField.Put(this, "event", value); } }
    }

    /// <summary>The token ends in a minute: send <c>refresh_token</c>.</summary>
    public sealed class TokenExpiringEvent : MusterEvent
    {
        public TokenExpiringEvent() : base("/chat", "token_expiring") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>This worker stops: reconnect after so many milliseconds.</summary>
    public sealed class ServerDrainingEvent : MusterEvent
    {
        public ServerDrainingEvent() : base("/chat", "server_draining") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public double ReconnectInMs { get { return MusterField.Value<double>(this, "reconnect_in_ms", true); } set { MusterField.Put(this, "reconnect_in_ms", value); } }
    }

    public sealed class MessageFields : MusterFields
    {
        /// <summary>One of <see cref="EventValues"/>.</summary>
        public string Event { get { return MusterField.Value<string>(this, "event", true); } set { MusterField.Put(this, "event", value); } }
        /// <summary>Optional.</summary>
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", false); } set { MusterField.Put(this, "message_id", value); } }
        /// <summary>Optional.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional.</summary>
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", false); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional. Private: the other user, as the author sees it.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>Optional.</summary>
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", false); } set { MusterField.Put(this, "epoch", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        /// <summary>When it was written.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>Optional. The author's name.</summary>
        public string User { get { return MusterField.Value<string>(this, "user", false); } set { MusterField.Put(this, "user", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional.</summary>
        public string Content { get { return MusterField.Value<string>(this, "content", false); } set { MusterField.Put(this, "content", value); } }
        /// <summary>Optional.</summary>
        public string ReplyTo { get { return MusterField.Value<string>(this, "reply_to", false); } set { MusterField.Put(this, "reply_to", value); } }
        /// <summary>Optional.</summary>
        public bool? Edited { get { return MusterField.Value<bool?>(this, "edited", false); } set { MusterField.Put(this, "edited", value); } }
        /// <summary>Optional. Its content is gone: an empty text.</summary>
        public bool? Deleted { get { return MusterField.Value<bool?>(this, "deleted", false); } set { MusterField.Put(this, "deleted", value); } }
        /// <summary>Optional. Who changed it: the author or a moderator.</summary>
        public string By { get { return MusterField.Value<string>(this, "by", false); } set { MusterField.Put(this, "by", value); } }
        /// <summary>Optional. One of <see cref="ActionValues"/>.</summary>
        public string Action { get { return MusterField.Value<string>(this, "action", false); } set { MusterField.Put(this, "action", value); } }
        /// <summary>Optional. Absent: without an end.</summary>
        public string Until { get { return MusterField.Value<string>(this, "until", false); } set { MusterField.Put(this, "until", value); } }
        /// <summary>Optional.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", false); } set { MusterField.Put(this, "reason", value); } }
    }

    public sealed class CursorFields : MusterFields
    {
        /// <summary><c>global</c>, <c>guild</c>, <c>party</c>, <c>private</c>, <c>room:&lt;room_id&gt;</c> or a named channel. At most 64 characters.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional. At most 256 characters.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>At most 128 characters.</summary>
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        /// <summary>At least 0.</summary>
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
    }

    public sealed class ChannelFields : MusterFields
    {
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>False: the missed entries are gone; read <c>history</c>.</summary>
        public bool Recovered { get { return MusterField.Value<bool>(this, "recovered", true); } set { MusterField.Put(this, "recovered", value); } }
        public IReadOnlyList<MessageFields> Messages { get { return MusterField.Parts<MessageFields>(this, "messages", true); } set { MusterField.Put(this, "messages", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        /// <summary>Optional. The answer is full: request the rest with the next <c>sync</c>, from this epoch and offset on.</summary>
        public bool? HasMore { get { return MusterField.Value<bool?>(this, "has_more", false); } set { MusterField.Put(this, "has_more", value); } }
    }

    public sealed class RefusedFields : MusterFields
    {
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary><c>forbidden</c> or <c>banned</c>: the channel is no longer the user's.</summary>
        public string Code { get { return MusterField.Value<string>(this, "code", true); } set { MusterField.Put(this, "code", value); } }
    }

    public sealed class UnreadResultChannelFields : MusterFields
    {
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>Counted among the next 500 entries after the read marker.</summary>
        public long Unread { get { return MusterField.Value<long>(this, "unread", true); } set { MusterField.Put(this, "unread", value); } }
    }

    public sealed class LastFields : MusterFields
    {
        public string Event { get { return MusterField.Value<string>(this, "event", true); } set { MusterField.Put(this, "event", value); } }
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", true); } set { MusterField.Put(this, "message_id", value); } }
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional. Private: the other user, as the author sees it.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        /// <summary>When it was written.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>The author's name.</summary>
        public string User { get { return MusterField.Value<string>(this, "user", true); } set { MusterField.Put(this, "user", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string Content { get { return MusterField.Value<string>(this, "content", true); } set { MusterField.Put(this, "content", value); } }
        /// <summary>Optional.</summary>
        public string ReplyTo { get { return MusterField.Value<string>(this, "reply_to", false); } set { MusterField.Put(this, "reply_to", value); } }
        /// <summary>Optional.</summary>
        public bool? Edited { get { return MusterField.Value<bool?>(this, "edited", false); } set { MusterField.Put(this, "edited", value); } }
        /// <summary>Optional. Its content is gone: an empty text.</summary>
        public bool? Deleted { get { return MusterField.Value<bool?>(this, "deleted", false); } set { MusterField.Put(this, "deleted", value); } }
    }

    public sealed class ChannelsResultChannelFields : MusterFields
    {
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", true); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
        /// <summary>Counted among the next 500 entries after the read marker.</summary>
        public long Unread { get { return MusterField.Value<long>(this, "unread", true); } set { MusterField.Put(this, "unread", value); } }
        public string Epoch { get { return MusterField.Value<string>(this, "epoch", true); } set { MusterField.Put(this, "epoch", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        /// <summary>Optional.</summary>
        public LastFields Last { get { return MusterField.Part<LastFields>(this, "last", false); } set { MusterField.Put(this, "last", value); } }
    }

    public sealed class ReportFields : MusterFields
    {
        /// <summary>One of <see cref="ActionValues"/>.</summary>
        public string Action { get { return MusterField.Value<string>(this, "action", true); } set { MusterField.Put(this, "action", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string By { get { return MusterField.Value<string>(this, "by", true); } set { MusterField.Put(this, "by", value); } }
        /// <summary>Optional. Absent: without an end.</summary>
        public string Until { get { return MusterField.Value<string>(this, "until", false); } set { MusterField.Put(this, "until", value); } }
        public string Reason { get { return MusterField.Value<string>(this, "reason", true); } set { MusterField.Put(this, "reason", value); } }
        /// <summary>Optional. Absent: everywhere.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional.</summary>
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", false); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional.</summary>
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", false); } set { MusterField.Put(this, "message_id", value); } }
        /// <summary>Optional. Report: the message as it was when it was reported.</summary>
        public string Content { get { return MusterField.Value<string>(this, "content", false); } set { MusterField.Put(this, "content", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
    }

    public sealed class EntryFields : MusterFields
    {
        /// <summary>One of <see cref="EntryActionValues"/>.</summary>
        public string Action { get { return MusterField.Value<string>(this, "action", true); } set { MusterField.Put(this, "action", value); } }
        public string By { get { return MusterField.Value<string>(this, "by", true); } set { MusterField.Put(this, "by", value); } }
        /// <summary>Optional.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", false); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional. Absent: everywhere.</summary>
        public string Channel { get { return MusterField.Value<string>(this, "channel", false); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>Optional.</summary>
        public string ChannelId { get { return MusterField.Value<string>(this, "channel_id", false); } set { MusterField.Put(this, "channel_id", value); } }
        /// <summary>Optional.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", false); } set { MusterField.Put(this, "reason", value); } }
        /// <summary>Optional.</summary>
        public string Until { get { return MusterField.Value<string>(this, "until", false); } set { MusterField.Put(this, "until", value); } }
        /// <summary>Optional.</summary>
        public string MessageId { get { return MusterField.Value<string>(this, "message_id", false); } set { MusterField.Put(this, "message_id", value); } }
        /// <summary>Optional.</summary>
        public long? Seconds { get { return MusterField.Value<long?>(this, "seconds", false); } set { MusterField.Put(this, "seconds", value); } }
        public long Offset { get { return MusterField.Value<long>(this, "offset", true); } set { MusterField.Put(this, "offset", value); } }
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", true); } set { MusterField.Put(this, "timestamp", value); } }
    }

    public sealed class ChannelListResultChannelFields : MusterFields
    {
        public string Channel { get { return MusterField.Value<string>(this, "channel", true); } set { MusterField.Put(this, "channel", value); } }
        /// <summary>One of <see cref="AccessValues"/>.</summary>
        public string Access { get { return MusterField.Value<string>(this, "access", true); } set { MusterField.Put(this, "access", value); } }
        /// <summary>Optional. One of <see cref="RoleValues"/>.</summary>
        public IReadOnlyList<string> Roles { get { return MusterField.Items<string>(this, "roles", false); } set { MusterField.Put(this, "roles", value); } }
        public string Description { get { return MusterField.Value<string>(this, "description", true); } set { MusterField.Put(this, "description", value); } }
        public long Members { get { return MusterField.Value<long>(this, "members", true); } set { MusterField.Put(this, "members", value); } }
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class EventValues
    {
        public const string ChatMessage = "chat_message";
        public const string MessageEdited = "message_edited";
        public const string MessageDeleted = "message_deleted";
        public const string Moderation = "moderation";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class ActionValues
    {
        public const string Mute = "mute";
        public const string Unmute = "unmute";
        public const string Kick = "kick";
        public const string Ban = "ban";
        public const string Unban = "unban";
        public const string Report = "report";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class EntryActionValues
    {
        public const string Mute = "mute";
        public const string Unmute = "unmute";
        public const string Kick = "kick";
        public const string Ban = "ban";
        public const string Unban = "unban";
        public const string Edit = "edit";
        public const string Delete = "delete";
        public const string Purge = "purge";
        public const string SlowMode = "slow_mode";
        public const string ChannelCreate = "channel_create";
        public const string ChannelDelete = "channel_delete";
        public const string Invite = "invite";
        public const string Remove = "remove";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class AccessValues
    {
        public const string Open = "open";
        public const string Invite = "invite";
        public const string Role = "role";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class RoleValues
    {
        public const string Player = "player";
        public const string Moderator = "moderator";
        public const string Admin = "admin";
        public const string Service = "service";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class ChangeValues
    {
        public const string Joined = "joined";
        public const string Left = "left";
        public const string Removed = "removed";
    }

}

namespace Muster.Combat
{
    /// <summary>Creates a fight and invites its other players. The creator is one of the players, and joins as the others do.</summary>
    public sealed class CombatCreateCommand : MusterCommand<CombatCreateResult>
    {
        public CombatCreateCommand() : base("/combat", "combat_create") { }
        /// <summary>At most 64 of them.</summary>
        public IReadOnlyList<ParticipantFields> Participants { get { return MusterField.Parts<ParticipantFields>(this, "participants", true); } set { MusterField.Put(this, "participants", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Ruleset { get { return MusterField.Value<string>(this, "ruleset", false); } set { MusterField.Put(this, "ruleset", value); } }
        /// <summary>Optional. At least 1, at most 3600.</summary>
        public double? TurnSeconds { get { return MusterField.Value<double?>(this, "turn_seconds", false); } set { MusterField.Put(this, "turn_seconds", value); } }
        /// <summary>Optional. At least 0, at most 3600.</summary>
        public double? BankSeconds { get { return MusterField.Value<double?>(this, "bank_seconds", false); } set { MusterField.Put(this, "bank_seconds", value); } }
        /// <summary>Optional. At most 128 characters.</summary>
        public string RequestId { get { return MusterField.Value<string>(this, "request_id", false); } set { MusterField.Put(this, "request_id", value); } }
    }

    /// <summary>The answer to <c>combat_create</c>.</summary>
    public sealed class CombatCreateResult : MusterFields
    {
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        public StateFields State { get { return MusterField.Part<StateFields>(this, "state", true); } set { MusterField.Put(this, "state", value); } }
        /// <summary>At least 1.</summary>
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
    }

    /// <summary>Joins a fight as a player. With <c>spectate</c>, this connection watches. The fight starts when all players have joined or the time to join is over.</summary>
    public sealed class CombatJoinCommand : MusterCommand<CombatJoinResult>
    {
        public CombatJoinCommand() : base("/combat", "combat_join") { }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        /// <summary>Optional.</summary>
        public bool? Spectate { get { return MusterField.Value<bool?>(this, "spectate", false); } set { MusterField.Put(this, "spectate", value); } }
    }

    /// <summary>The answer to <c>combat_join</c>.</summary>
    public sealed class CombatJoinResult : MusterFields
    {
        public StateFields State { get { return MusterField.Part<StateFields>(this, "state", true); } set { MusterField.Put(this, "state", value); } }
        /// <summary>At least 1.</summary>
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
    }

    /// <summary>Makes a move in the player's own turn. <c>args</c> are those of the ruleset's action.</summary>
    public sealed class CombatActionCommand : MusterCommand<CombatActionResult>
    {
        public CombatActionCommand() : base("/combat", "combat_action") { }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        /// <summary>At most 64 characters.</summary>
        public string Action { get { return MusterField.Value<string>(this, "action", true); } set { MusterField.Put(this, "action", value); } }
        /// <summary>Optional.</summary>
        public string Target { get { return MusterField.Value<string>(this, "target", false); } set { MusterField.Put(this, "target", value); } }
        /// <summary>Optional.</summary>
        public object Args { get { return MusterField.Value<object>(this, "args", false); } set { MusterField.Put(this, "args", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? Version { get { return MusterField.Value<long?>(this, "version", false); } set { MusterField.Put(this, "version", value); } }
        /// <summary>Optional. At most 128 characters.</summary>
        public string ActionId { get { return MusterField.Value<string>(this, "action_id", false); } set { MusterField.Put(this, "action_id", value); } }
    }

    /// <summary>The answer to <c>combat_action</c>.</summary>
    public sealed class CombatActionResult : MusterFields
    {
        /// <summary>At least 1.</summary>
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
        public ResultFields Result { get { return MusterField.Part<ResultFields>(this, "result", true); } set { MusterField.Put(this, "result", value); } }
    }

    /// <summary>The fight as it is now. With <c>log</c>, also its log, after the entry <c>after</c> if that is given.</summary>
    public sealed class CombatStateCommand : MusterCommand<CombatStateResult>
    {
        public CombatStateCommand() : base("/combat", "combat_state") { }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        /// <summary>Optional.</summary>
        public bool? Log { get { return MusterField.Value<bool?>(this, "log", false); } set { MusterField.Put(this, "log", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? After { get { return MusterField.Value<long?>(this, "after", false); } set { MusterField.Put(this, "after", value); } }
    }

    /// <summary>The answer to <c>combat_state</c>.</summary>
    public sealed class CombatStateResult : MusterFields
    {
        public StateFields State { get { return MusterField.Part<StateFields>(this, "state", true); } set { MusterField.Put(this, "state", value); } }
        /// <summary>At least 1.</summary>
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<LogFields> Log { get { return MusterField.Parts<LogFields>(this, "log", false); } set { MusterField.Put(this, "log", value); } }
        /// <summary>Optional. The log goes on: ask for what comes <c>after</c> its last <c>seq</c>.</summary>
        public bool? HasMore { get { return MusterField.Value<bool?>(this, "has_more", false); } set { MusterField.Put(this, "has_more", value); } }
    }

    /// <summary>In the player's own turn: the ruleset's <c>flee</c>. Before the start: declines.</summary>
    public sealed class CombatFleeCommand : MusterCommand<CombatFleeResult>
    {
        public CombatFleeCommand() : base("/combat", "combat_flee") { }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? Version { get { return MusterField.Value<long?>(this, "version", false); } set { MusterField.Put(this, "version", value); } }
        /// <summary>Optional. At most 128 characters.</summary>
        public string ActionId { get { return MusterField.Value<string>(this, "action_id", false); } set { MusterField.Put(this, "action_id", value); } }
    }

    /// <summary>The answer to <c>combat_flee</c>.</summary>
    public sealed class CombatFleeResult : MusterFields
    {
        /// <summary>At least 1.</summary>
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
        public ResultFields Result { get { return MusterField.Part<ResultFields>(this, "result", true); } set { MusterField.Put(this, "result", value); } }
    }

    /// <summary>Extends the connection with a newer token of the same user.</summary>
    public sealed class RefreshTokenCommand : MusterCommand<RefreshTokenResult>
    {
        public RefreshTokenCommand() : base("/combat", "refresh_token") { }
        /// <summary>At most 4096 characters.</summary>
        public string Token { get { return MusterField.Value<string>(this, "token", true); } set { MusterField.Put(this, "token", value); } }
    }

    /// <summary>The answer to <c>refresh_token</c>.</summary>
    public sealed class RefreshTokenResult : MusterFields
    {
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>Answered with <c>pong</c>: a heartbeat for clients that want their own. A <c>timestamp</c> in the namespace's form comes back in it.</summary>
    public sealed class PingCommand : MusterCommand<PingResult>
    {
        public PingCommand() : base("/combat", "ping") { }
        /// <summary>Optional.</summary>
        public object Timestamp { get { return MusterField.Value<object>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PingResult : MusterFields
    {
    }

    /// <summary>Acknowledges a reliable event, for clients without Socket.IO acknowledgements.</summary>
    public sealed class AckCommand : MusterCommand<AckResult>
    {
        public AckCommand() : base("/combat", "ack") { }
        /// <summary>At most 256 characters.</summary>
        public string DeliveryId { get { return MusterField.Value<string>(this, "delivery_id", true); } set { MusterField.Put(this, "delivery_id", value); } }
    }

    /// <summary>The answer to <c>ack</c>.</summary>
    public sealed class AckResult : MusterFields
    {
    }

    /// <summary>A user has created a fight with you as a player.</summary>
    public sealed class CombatInviteEvent : MusterEvent
    {
        public CombatInviteEvent() : base("/combat", "combat_invite") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        public string From { get { return MusterField.Value<string>(this, "from", true); } set { MusterField.Put(this, "from", value); } }
        public string Ruleset { get { return MusterField.Value<string>(this, "ruleset", true); } set { MusterField.Put(this, "ruleset", value); } }
        public IReadOnlyList<ParticipantFields> Participants { get { return MusterField.Parts<ParticipantFields>(this, "participants", true); } set { MusterField.Put(this, "participants", value); } }
        public double TurnSeconds { get { return MusterField.Value<double>(this, "turn_seconds", true); } set { MusterField.Put(this, "turn_seconds", value); } }
        public string JoinBy { get { return MusterField.Value<string>(this, "join_by", true); } set { MusterField.Put(this, "join_by", value); } }
    }

    /// <summary>A player of the fight has joined, left, disconnected or reconnected. Sent to the others.</summary>
    public sealed class CombatParticipantEvent : MusterEvent
    {
        public CombatParticipantEvent() : base("/combat", "combat_participant") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>One of <see cref="CombatParticipantEventStatusValues"/>.</summary>
        public string Status { get { return MusterField.Value<string>(this, "status", true); } set { MusterField.Put(this, "status", value); } }
    }

    /// <summary>The fight has started; the first turn follows.</summary>
    public sealed class CombatStartedEvent : MusterEvent
    {
        public CombatStartedEvent() : base("/combat", "combat_started") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        public StateFields State { get { return MusterField.Part<StateFields>(this, "state", true); } set { MusterField.Put(this, "state", value); } }
        /// <summary>At least 1.</summary>
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
    }

    /// <summary>It is this player's turn, until the deadline.</summary>
    public sealed class CombatTurnEvent : MusterEvent
    {
        public CombatTurnEvent() : base("/combat", "combat_turn") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        public long Turn { get { return MusterField.Value<long>(this, "turn", true); } set { MusterField.Put(this, "turn", value); } }
        public string Actor { get { return MusterField.Value<string>(this, "actor", true); } set { MusterField.Put(this, "actor", value); } }
        public string Deadline { get { return MusterField.Value<string>(this, "deadline", true); } set { MusterField.Put(this, "deadline", value); } }
        /// <summary>At least 1.</summary>
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
    }

    /// <summary>The effects of a move.</summary>
    public sealed class CombatResultEvent : MusterEvent
    {
        public CombatResultEvent() : base("/combat", "combat_result") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        /// <summary>At least 1.</summary>
        public long Seq { get { return MusterField.Value<long>(this, "seq", true); } set { MusterField.Put(this, "seq", value); } }
        public string Actor { get { return MusterField.Value<string>(this, "actor", true); } set { MusterField.Put(this, "actor", value); } }
        public string Action { get { return MusterField.Value<string>(this, "action", true); } set { MusterField.Put(this, "action", value); } }
        /// <summary>May be null.</summary>
        public string Target { get { return MusterField.Value<string>(this, "target", false); } set { MusterField.PutNullable(this, "target", value); } }
        public IReadOnlyList<EffectFields> Effects { get { return MusterField.Parts<EffectFields>(this, "effects", true); } set { MusterField.Put(this, "effects", value); } }
        /// <summary>At least 1.</summary>
        public long StateVersion { get { return MusterField.Value<long>(this, "state_version", true); } set { MusterField.Put(this, "state_version", value); } }
    }

    /// <summary>The deadline passed; the result of the ruleset's default action follows.</summary>
    public sealed class CombatTimeoutEvent : MusterEvent
    {
        public CombatTimeoutEvent() : base("/combat", "combat_timeout") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        public string Actor { get { return MusterField.Value<string>(this, "actor", true); } set { MusterField.Put(this, "actor", value); } }
        public long Turn { get { return MusterField.Value<long>(this, "turn", true); } set { MusterField.Put(this, "turn", value); } }
    }

    /// <summary>The fight is over.</summary>
    public sealed class CombatEndedEvent : MusterEvent
    {
        public CombatEndedEvent() : base("/combat", "combat_ended") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        public object Winner { get { return MusterField.Value<object>(this, "winner", true); } set { MusterField.Put(this, "winner", value); } }
        public IReadOnlyDictionary<string, object> Result { get { return MusterField.Map<object>(this, "result", true); } set { MusterField.Put(this, "result", value); } }
        /// <summary>At least 1.</summary>
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
    }

    /// <summary>This connection follows a running fight that the user has joined: after connecting, or by another of the user's connections.</summary>
    public sealed class CombatResumedEvent : MusterEvent
    {
        public CombatResumedEvent() : base("/combat", "combat_resumed") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        public StateFields State { get { return MusterField.Part<StateFields>(this, "state", true); } set { MusterField.Put(this, "state", value); } }
        /// <summary>At least 1.</summary>
        public long Version { get { return MusterField.Value<long>(this, "version", true); } set { MusterField.Put(this, "version", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PongEvent : MusterEvent
    {
        public PongEvent() : base("/combat", "pong") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>A command without an acknowledgement failed, or the connection is about to end.</summary>
    public sealed class ErrorEvent : MusterEvent
    {
        public ErrorEvent() : base("/combat", "error") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Error { get { return MusterField.Value<string>(this, "error", true); } set { MusterField.Put(this, "error", value); } }
        public string Code { get { return MusterField.Value<string>(this, "code", true); } set { MusterField.Put(this, "code", value); } }
        /// <summary>Optional.</summary>
        public string Event { get { return MusterField.Value<string>(this, "event", false); } set { MusterField.Put(this, "event", value); } }
    }

    /// <summary>The token ends in a minute: send <c>refresh_token</c>.</summary>
    public sealed class TokenExpiringEvent : MusterEvent
    {
        public TokenExpiringEvent() : base("/combat", "token_expiring") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>This worker stops: reconnect after so many milliseconds.</summary>
    public sealed class ServerDrainingEvent : MusterEvent
    {
        public ServerDrainingEvent() : base("/combat", "server_draining") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public double ReconnectInMs { get { return MusterField.Value<double>(this, "reconnect_in_ms", true); } set { MusterField.Put(this, "reconnect_in_ms", value); } }
    }

    public sealed class ParticipantFields : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string Id { get { return MusterField.Value<string>(this, "id", true); } set { MusterField.Put(this, "id", value); } }
        /// <summary>One of <see cref="KindValues"/>.</summary>
        public string Kind { get { return MusterField.Value<string>(this, "kind", true); } set { MusterField.Put(this, "kind", value); } }
        public object Team { get { return MusterField.Value<object>(this, "team", true); } set { MusterField.Put(this, "team", value); } }
    }

    public sealed class StateParticipantFields : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string Id { get { return MusterField.Value<string>(this, "id", true); } set { MusterField.Put(this, "id", value); } }
        /// <summary>One of <see cref="KindValues"/>.</summary>
        public string Kind { get { return MusterField.Value<string>(this, "kind", true); } set { MusterField.Put(this, "kind", value); } }
        public object Team { get { return MusterField.Value<object>(this, "team", true); } set { MusterField.Put(this, "team", value); } }
        /// <summary>One of <see cref="StatusValues"/>.</summary>
        public string Status { get { return MusterField.Value<string>(this, "status", true); } set { MusterField.Put(this, "status", value); } }
        public long Timeouts { get { return MusterField.Value<long>(this, "timeouts", true); } set { MusterField.Put(this, "timeouts", value); } }
        public long BankMs { get { return MusterField.Value<long>(this, "bank_ms", true); } set { MusterField.Put(this, "bank_ms", value); } }
    }

    public sealed class LegalFields : MusterFields
    {
        public string Action { get { return MusterField.Value<string>(this, "action", true); } set { MusterField.Put(this, "action", value); } }
        /// <summary>Optional.</summary>
        public string Target { get { return MusterField.Value<string>(this, "target", false); } set { MusterField.Put(this, "target", value); } }
        public object Args { get { return MusterField.Value<object>(this, "args", true); } set { MusterField.Put(this, "args", value); } }
    }

    public sealed class StateFields : MusterFields
    {
        /// <summary>At most 64 characters.</summary>
        public string CombatSessionId { get { return MusterField.Value<string>(this, "combat_session_id", true); } set { MusterField.Put(this, "combat_session_id", value); } }
        public string Ruleset { get { return MusterField.Value<string>(this, "ruleset", true); } set { MusterField.Put(this, "ruleset", value); } }
        /// <summary>One of <see cref="PhaseValues"/>.</summary>
        public string Phase { get { return MusterField.Value<string>(this, "phase", true); } set { MusterField.Put(this, "phase", value); } }
        public long Turn { get { return MusterField.Value<long>(this, "turn", true); } set { MusterField.Put(this, "turn", value); } }
        /// <summary>May be null.</summary>
        public string Actor { get { return MusterField.Value<string>(this, "actor", false); } set { MusterField.PutNullable(this, "actor", value); } }
        /// <summary>May be null.</summary>
        public string Deadline { get { return MusterField.Value<string>(this, "deadline", false); } set { MusterField.PutNullable(this, "deadline", value); } }
        public IReadOnlyList<StateParticipantFields> Participants { get { return MusterField.Parts<StateParticipantFields>(this, "participants", true); } set { MusterField.Put(this, "participants", value); } }
        public object View { get { return MusterField.Value<object>(this, "view", true); } set { MusterField.Put(this, "view", value); } }
        public IReadOnlyList<LegalFields> Legal { get { return MusterField.Parts<LegalFields>(this, "legal", true); } set { MusterField.Put(this, "legal", value); } }
        /// <summary>Optional.</summary>
        public object Winner { get { return MusterField.Value<object>(this, "winner", false); } set { MusterField.Put(this, "winner", value); } }
        /// <summary>Optional.</summary>
        public object Result { get { return MusterField.Value<object>(this, "result", false); } set { MusterField.Put(this, "result", value); } }
    }

    public sealed class EffectFields : MusterFields
    {
        public string Kind { get { return MusterField.Value<string>(this, "kind", true); } set { MusterField.Put(this, "kind", value); } }
    }

    public sealed class ResultFields : MusterFields
    {
        /// <summary>At least 1.</summary>
        public long Seq { get { return MusterField.Value<long>(this, "seq", true); } set { MusterField.Put(this, "seq", value); } }
        public string Actor { get { return MusterField.Value<string>(this, "actor", true); } set { MusterField.Put(this, "actor", value); } }
        public string Action { get { return MusterField.Value<string>(this, "action", true); } set { MusterField.Put(this, "action", value); } }
        /// <summary>May be null.</summary>
        public string Target { get { return MusterField.Value<string>(this, "target", false); } set { MusterField.PutNullable(this, "target", value); } }
        public IReadOnlyList<EffectFields> Effects { get { return MusterField.Parts<EffectFields>(this, "effects", true); } set { MusterField.Put(this, "effects", value); } }
        /// <summary>At least 1.</summary>
        public long StateVersion { get { return MusterField.Value<long>(this, "state_version", true); } set { MusterField.Put(this, "state_version", value); } }
    }

    public sealed class LogFields : MusterFields
    {
        /// <summary>At least 1.</summary>
        public long Seq { get { return MusterField.Value<long>(this, "seq", true); } set { MusterField.Put(this, "seq", value); } }
        public string Actor { get { return MusterField.Value<string>(this, "actor", true); } set { MusterField.Put(this, "actor", value); } }
        public string Action { get { return MusterField.Value<string>(this, "action", true); } set { MusterField.Put(this, "action", value); } }
        /// <summary>May be null.</summary>
        public string Target { get { return MusterField.Value<string>(this, "target", false); } set { MusterField.PutNullable(this, "target", value); } }
        public IReadOnlyList<EffectFields> Effects { get { return MusterField.Parts<EffectFields>(this, "effects", true); } set { MusterField.Put(this, "effects", value); } }
        /// <summary>At least 1.</summary>
        public long StateVersion { get { return MusterField.Value<long>(this, "state_version", true); } set { MusterField.Put(this, "state_version", value); } }
        public long Turn { get { return MusterField.Value<long>(this, "turn", true); } set { MusterField.Put(this, "turn", value); } }
        /// <summary>One of <see cref="CauseValues"/>.</summary>
        public string Cause { get { return MusterField.Value<string>(this, "cause", true); } set { MusterField.Put(this, "cause", value); } }
        /// <summary>Optional.</summary>
        public object Args { get { return MusterField.Value<object>(this, "args", false); } set { MusterField.Put(this, "args", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<long> Draws { get { return MusterField.Items<long>(this, "draws", false); } set { MusterField.Put(this, "draws", value); } }
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class KindValues
    {
        public const string Player = "player";
        public const string Monster = "monster";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class PhaseValues
    {
        public const string Waiting = "waiting";
        public const string Running = "running";
        public const string Ended = "ended";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class StatusValues
    {
        public const string Invited = "invited";
        public const string Joined = "joined";
        public const string Disconnected = "disconnected";
        public const string Left = "left";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class CauseValues
    {
        public const string Player = "player";
        public const string Monster = "monster";
        public const string Timeout = "timeout";
        public const string Forfeit = "forfeit";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class CombatParticipantEventStatusValues
    {
        public const string Joined = "joined";
        public const string Left = "left";
        public const string Disconnected = "disconnected";
        public const string Reconnected = "reconnected";
    }

}

namespace Muster.World
{
    /// <summary>Enters a zone at a point. A user that was there lately and could not have come so far since then is put at their last position (<c>position_correction</c>). Guests watch and are not seen.</summary>
    public sealed class EnterCommand : MusterCommand<EnterResult>
    {
        public EnterCommand() : base("/world", "enter") { }
        /// <summary>At most 64 characters.</summary>
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        /// <summary>Optional. One of <see cref="UpdatesValues"/>.</summary>
        public string Updates { get { return MusterField.Value<string>(this, "updates", false); } set { MusterField.Put(this, "updates", value); } }
    }

    /// <summary>The answer to <c>enter</c>.</summary>
    public sealed class EnterResult : MusterFields
    {
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
        public double TickMs { get { return MusterField.Value<double>(this, "tick_ms", true); } set { MusterField.Put(this, "tick_ms", value); } }
        public double ViewDistance { get { return MusterField.Value<double>(this, "view_distance", true); } set { MusterField.Put(this, "view_distance", value); } }
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        public IReadOnlyList<PlayerFields> Players { get { return MusterField.Parts<PlayerFields>(this, "players", true); } set { MusterField.Put(this, "players", value); } }
        public IReadOnlyList<EntityFields> Entities { get { return MusterField.Parts<EntityFields>(this, "entities", true); } set { MusterField.Put(this, "entities", value); } }
        /// <summary>Optional. These are the nearest; the others follow as newcomers do.</summary>
        public bool? HasMore { get { return MusterField.Value<bool?>(this, "has_more", false); } set { MusterField.Put(this, "has_more", value); } }
    }

    /// <summary>Moves. Enters <c>zone</c> where the connection is in none, and changes zone where it is in another.</summary>
    public sealed class PlayerMovementCommand : MusterCommand<PlayerMovementResult>
    {
        public PlayerMovementCommand() : base("/world", "player_movement") { }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Zone { get { return MusterField.Value<string>(this, "zone", false); } set { MusterField.Put(this, "zone", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? Seq { get { return MusterField.Value<long?>(this, "seq", false); } set { MusterField.Put(this, "seq", value); } }
    }

    /// <summary>The answer to <c>player_movement</c>.</summary>
    public sealed class PlayerMovementResult : MusterFields
    {
        /// <summary>Optional.</summary>
        public bool? Corrected { get { return MusterField.Value<bool?>(this, "corrected", false); } set { MusterField.Put(this, "corrected", value); } }
    }

    /// <summary>Leaves the zone and enters another.</summary>
    public sealed class ZoneChangeCommand : MusterCommand<ZoneChangeResult>
    {
        public ZoneChangeCommand() : base("/world", "zone_change") { }
        /// <summary>At most 64 characters.</summary>
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
    }

    /// <summary>The answer to <c>zone_change</c>.</summary>
    public sealed class ZoneChangeResult : MusterFields
    {
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
        public double TickMs { get { return MusterField.Value<double>(this, "tick_ms", true); } set { MusterField.Put(this, "tick_ms", value); } }
        public double ViewDistance { get { return MusterField.Value<double>(this, "view_distance", true); } set { MusterField.Put(this, "view_distance", value); } }
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        public IReadOnlyList<PlayerFields> Players { get { return MusterField.Parts<PlayerFields>(this, "players", true); } set { MusterField.Put(this, "players", value); } }
        public IReadOnlyList<EntityFields> Entities { get { return MusterField.Parts<EntityFields>(this, "entities", true); } set { MusterField.Put(this, "entities", value); } }
        /// <summary>Optional. These are the nearest; the others follow as newcomers do.</summary>
        public bool? HasMore { get { return MusterField.Value<bool?>(this, "has_more", false); } set { MusterField.Put(this, "has_more", value); } }
    }

    /// <summary>Leaves the zone. <c>zone</c> in the answer names it, and is absent where the connection was in none.</summary>
    public sealed class LeaveCommand : MusterCommand<LeaveResult>
    {
        public LeaveCommand() : base("/world", "leave") { }
    }

    /// <summary>The answer to <c>leave</c>.</summary>
    public sealed class LeaveResult : MusterFields
    {
        /// <summary>Optional.</summary>
        public string Zone { get { return MusterField.Value<string>(this, "zone", false); } set { MusterField.Put(this, "zone", value); } }
    }

    /// <summary>The players and entities within <c>radius</c> (at most, and by default, the view distance), the nearest first where one answer does not hold all.</summary>
    public sealed class NearbyCommand : MusterCommand<NearbyResult>
    {
        public NearbyCommand() : base("/world", "nearby") { }
        /// <summary>Optional. At least 0, at most 1000000.</summary>
        public double? Radius { get { return MusterField.Value<double?>(this, "radius", false); } set { MusterField.Put(this, "radius", value); } }
        /// <summary>Optional. At most 400 characters.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>The answer to <c>nearby</c>.</summary>
    public sealed class NearbyResult : MusterFields
    {
        public double Radius { get { return MusterField.Value<double>(this, "radius", true); } set { MusterField.Put(this, "radius", value); } }
        public IReadOnlyList<PlayerFields> Players { get { return MusterField.Parts<PlayerFields>(this, "players", true); } set { MusterField.Put(this, "players", value); } }
        public IReadOnlyList<EntityFields> Entities { get { return MusterField.Parts<EntityFields>(this, "entities", true); } set { MusterField.Put(this, "entities", value); } }
        /// <summary>Optional.</summary>
        public bool? HasMore { get { return MusterField.Value<bool?>(this, "has_more", false); } set { MusterField.Put(this, "has_more", value); } }
        /// <summary>Optional. For the next page.</summary>
        public string Cursor { get { return MusterField.Value<string>(this, "cursor", false); } set { MusterField.Put(this, "cursor", value); } }
    }

    /// <summary>Puts an entity into the zone. <c>persistent</c> (role <c>service</c>) keeps it without its owner.</summary>
    public sealed class EntitySpawnCommand : MusterCommand<EntitySpawnResult>
    {
        public EntitySpawnCommand() : base("/world", "entity_spawn") { }
        /// <summary>At most 128 characters.</summary>
        public string EntityId { get { return MusterField.Value<string>(this, "entity_id", true); } set { MusterField.Put(this, "entity_id", value); } }
        /// <summary>At most 64 characters.</summary>
        public string Kind { get { return MusterField.Value<string>(this, "kind", true); } set { MusterField.Put(this, "kind", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        /// <summary>At least -1000000, at most 1000000.</summary>
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        /// <summary>Optional.</summary>
        public object Data { get { return MusterField.Value<object>(this, "data", false); } set { MusterField.Put(this, "data", value); } }
        /// <summary>Optional.</summary>
        public bool? Persistent { get { return MusterField.Value<bool?>(this, "persistent", false); } set { MusterField.Put(this, "persistent", value); } }
    }

    /// <summary>The answer to <c>entity_spawn</c>.</summary>
    public sealed class EntitySpawnResult : MusterFields
    {
        public EntityFields Entity { get { return MusterField.Part<EntityFields>(this, "entity", true); } set { MusterField.Put(this, "entity", value); } }
    }

    /// <summary>Changes the given fields of an entity of the caller.</summary>
    public sealed class EntityUpdateCommand : MusterCommand<EntityUpdateResult>
    {
        public EntityUpdateCommand() : base("/world", "entity_update") { }
        /// <summary>At most 128 characters.</summary>
        public string EntityId { get { return MusterField.Value<string>(this, "entity_id", true); } set { MusterField.Put(this, "entity_id", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Kind { get { return MusterField.Value<string>(this, "kind", false); } set { MusterField.Put(this, "kind", value); } }
        /// <summary>Optional. At least -1000000, at most 1000000.</summary>
        public double? X { get { return MusterField.Value<double?>(this, "x", false); } set { MusterField.Put(this, "x", value); } }
        /// <summary>Optional. At least -1000000, at most 1000000.</summary>
        public double? Y { get { return MusterField.Value<double?>(this, "y", false); } set { MusterField.Put(this, "y", value); } }
        /// <summary>Optional.</summary>
        public object Data { get { return MusterField.Value<object>(this, "data", false); } set { MusterField.Put(this, "data", value); } }
    }

    /// <summary>The answer to <c>entity_update</c>.</summary>
    public sealed class EntityUpdateResult : MusterFields
    {
        public EntityFields Entity { get { return MusterField.Part<EntityFields>(this, "entity", true); } set { MusterField.Put(this, "entity", value); } }
    }

    /// <summary>Removes an entity of the caller from the zone.</summary>
    public sealed class EntityDespawnCommand : MusterCommand<EntityDespawnResult>
    {
        public EntityDespawnCommand() : base("/world", "entity_despawn") { }
        /// <summary>At most 128 characters.</summary>
        public string EntityId { get { return MusterField.Value<string>(this, "entity_id", true); } set { MusterField.Put(this, "entity_id", value); } }
    }

    /// <summary>The answer to <c>entity_despawn</c>.</summary>
    public sealed class EntityDespawnResult : MusterFields
    {
    }

    /// <summary>Sends an event of the game to everybody in a zone, or in all zones.</summary>
    public sealed class WorldEventCommand : MusterCommand<WorldEventResult>
    {
        public WorldEventCommand() : base("/world", "world_event") { }
        /// <summary>At most 128 characters.</summary>
        public string Event { get { return MusterField.Value<string>(this, "event", true); } set { MusterField.Put(this, "event", value); } }
        /// <summary>Optional.</summary>
        public object Data { get { return MusterField.Value<object>(this, "data", false); } set { MusterField.Put(this, "data", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Zone { get { return MusterField.Value<string>(this, "zone", false); } set { MusterField.Put(this, "zone", value); } }
    }

    /// <summary>The answer to <c>world_event</c>.</summary>
    public sealed class WorldEventResult : MusterFields
    {
    }

    /// <summary>Announces to both zones that a user went from one to the other.</summary>
    public sealed class ZoneChangedCommand : MusterCommand<ZoneChangedResult>
    {
        public ZoneChangedCommand() : base("/world", "zone_changed") { }
        /// <summary>At most 128 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string From { get { return MusterField.Value<string>(this, "from", false); } set { MusterField.Put(this, "from", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
    }

    /// <summary>The answer to <c>zone_changed</c>.</summary>
    public sealed class ZoneChangedResult : MusterFields
    {
    }

    /// <summary>Extends the connection with a newer token of the same user.</summary>
    public sealed class RefreshTokenCommand : MusterCommand<RefreshTokenResult>
    {
        public RefreshTokenCommand() : base("/world", "refresh_token") { }
        /// <summary>At most 4096 characters.</summary>
        public string Token { get { return MusterField.Value<string>(this, "token", true); } set { MusterField.Put(this, "token", value); } }
    }

    /// <summary>The answer to <c>refresh_token</c>.</summary>
    public sealed class RefreshTokenResult : MusterFields
    {
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>Answered with <c>pong</c>: a heartbeat for clients that want their own. A <c>timestamp</c> in the namespace's form comes back in it.</summary>
    public sealed class PingCommand : MusterCommand<PingResult>
    {
        public PingCommand() : base("/world", "ping") { }
        /// <summary>Optional.</summary>
        public object Timestamp { get { return MusterField.Value<object>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PingResult : MusterFields
    {
    }

    /// <summary>Acknowledges a reliable event, for clients without Socket.IO acknowledgements.</summary>
    public sealed class AckCommand : MusterCommand<AckResult>
    {
        public AckCommand() : base("/world", "ack") { }
        /// <summary>At most 256 characters.</summary>
        public string DeliveryId { get { return MusterField.Value<string>(this, "delivery_id", true); } set { MusterField.Put(this, "delivery_id", value); } }
    }

    /// <summary>The answer to <c>ack</c>.</summary>
    public sealed class AckResult : MusterFields
    {
    }

    /// <summary>What changed around the viewer since the last tick. The viewer's own moves are in it, as the server has them.</summary>
    public sealed class WorldTickEvent : MusterEvent
    {
        public WorldTickEvent() : base("/world", "world_tick") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
        public double Tick { get { return MusterField.Value<double>(this, "tick", true); } set { MusterField.Put(this, "tick", value); } }
        public IReadOnlyList<object> Moved { get { return MusterField.Items<object>(this, "moved", true); } set { MusterField.Put(this, "moved", value); } }
        public IReadOnlyList<PlayerFields> Entered { get { return MusterField.Parts<PlayerFields>(this, "entered", true); } set { MusterField.Put(this, "entered", value); } }
        public IReadOnlyList<string> Left { get { return MusterField.Items<string>(this, "left", true); } set { MusterField.Put(this, "left", value); } }
        /// <summary>Optional.</summary>
        public EntitiesFields Entities { get { return MusterField.Part<EntitiesFields>(this, "entities", false); } set { MusterField.Put(this, "entities", value); } }
    }

    /// <summary>A player has moved (<c>updates: each</c>).</summary>
    public sealed class PlayerMovementEvent : MusterEvent
    {
        public PlayerMovementEvent() : base("/world", "player_movement") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
        /// <summary>Optional.</summary>
        public double? Seq { get { return MusterField.Value<double?>(this, "seq", false); } set { MusterField.Put(this, "seq", value); } }
    }

    /// <summary>A player has come into view (<c>updates: each</c>).</summary>
    public sealed class PlayerEnteredEvent : MusterEvent
    {
        public PlayerEnteredEvent() : base("/world", "player_entered") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string Name { get { return MusterField.Value<string>(this, "name", true); } set { MusterField.Put(this, "name", value); } }
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
    }

    /// <summary>A player has gone out of view (<c>updates: each</c>).</summary>
    public sealed class PlayerLeftEvent : MusterEvent
    {
        public PlayerLeftEvent() : base("/world", "player_left") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
    }

    /// <summary>An entity has come into view (<c>updates: each</c>).</summary>
    public sealed class EntitySpawnEvent : MusterEvent
    {
        public EntitySpawnEvent() : base("/world", "entity_spawn") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string EntityId { get { return MusterField.Value<string>(this, "entity_id", true); } set { MusterField.Put(this, "entity_id", value); } }
        public string Kind { get { return MusterField.Value<string>(this, "kind", true); } set { MusterField.Put(this, "kind", value); } }
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        public string Owner { get { return MusterField.Value<string>(this, "owner", true); } set { MusterField.Put(this, "owner", value); } }
        /// <summary>Optional.</summary>
        public object Data { get { return MusterField.Value<object>(this, "data", false); } set { MusterField.Put(this, "data", value); } }
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
    }

    /// <summary>An entity in view has changed (<c>updates: each</c>).</summary>
    public sealed class EntityUpdateEvent : MusterEvent
    {
        public EntityUpdateEvent() : base("/world", "entity_update") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string EntityId { get { return MusterField.Value<string>(this, "entity_id", true); } set { MusterField.Put(this, "entity_id", value); } }
        public string Kind { get { return MusterField.Value<string>(this, "kind", true); } set { MusterField.Put(this, "kind", value); } }
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        public string Owner { get { return MusterField.Value<string>(this, "owner", true); } set { MusterField.Put(this, "owner", value); } }
        /// <summary>Optional.</summary>
        public object Data { get { return MusterField.Value<object>(this, "data", false); } set { MusterField.Put(this, "data", value); } }
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
    }

    /// <summary>An entity has gone out of view (<c>updates: each</c>).</summary>
    public sealed class EntityDespawnEvent : MusterEvent
    {
        public EntityDespawnEvent() : base("/world", "entity_despawn") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string EntityId { get { return MusterField.Value<string>(this, "entity_id", true); } set { MusterField.Put(this, "entity_id", value); } }
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
    }

    /// <summary>The movement (<c>seq</c>) was too fast: nobody saw it, and the player still is here.</summary>
    public sealed class PositionCorrectionEvent : MusterEvent
    {
        public PositionCorrectionEvent() : base("/world", "position_correction") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        /// <summary>Optional.</summary>
        public double? Seq { get { return MusterField.Value<double?>(this, "seq", false); } set { MusterField.Put(this, "seq", value); } }
        public string Zone { get { return MusterField.Value<string>(this, "zone", true); } set { MusterField.Put(this, "zone", value); } }
    }

    /// <summary>Something has happened in the world.</summary>
    public sealed class WorldEventEvent : MusterEvent
    {
        public WorldEventEvent() : base("/world", "world_event") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 128 characters.</summary>
        public string Event { get { return MusterField.Value<string>(this, "event", true); } set { MusterField.Put(this, "event", value); } }
        /// <summary>Optional.</summary>
        public object Data { get { return MusterField.Value<object>(this, "data", false); } set { MusterField.Put(this, "data", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Zone { get { return MusterField.Value<string>(this, "zone", false); } set { MusterField.Put(this, "zone", value); } }
    }

    /// <summary>A user went from one zone to another. Viewers that saw them go or see them come get it, and each of the user's own connections once; also what a service announced.</summary>
    public sealed class ZoneChangedEvent : MusterEvent
    {
        public ZoneChangedEvent() : base("/world", "zone_changed") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        /// <summary>At most 128 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string From { get { return MusterField.Value<string>(this, "from", false); } set { MusterField.Put(this, "from", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string To { get { return MusterField.Value<string>(this, "to", false); } set { MusterField.Put(this, "to", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PongEvent : MusterEvent
    {
        public PongEvent() : base("/world", "pong") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>A command without an acknowledgement failed, or the connection is about to end.</summary>
    public sealed class ErrorEvent : MusterEvent
    {
        public ErrorEvent() : base("/world", "error") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string Error { get { return MusterField.Value<string>(this, "error", true); } set { MusterField.Put(this, "error", value); } }
        public string Code { get { return MusterField.Value<string>(this, "code", true); } set { MusterField.Put(this, "code", value); } }
        /// <summary>Optional.</summary>
        public string Event { get { return MusterField.Value<string>(this, "event", false); } set { MusterField.Put(this, "event", value); } }
    }

    /// <summary>The token ends in a minute: send <c>refresh_token</c>.</summary>
    public sealed class TokenExpiringEvent : MusterEvent
    {
        public TokenExpiringEvent() : base("/world", "token_expiring") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>This worker stops: reconnect after so many milliseconds.</summary>
    public sealed class ServerDrainingEvent : MusterEvent
    {
        public ServerDrainingEvent() : base("/world", "server_draining") { }
        /// <summary>Optional. ISO 8601.</summary>
        public string Timestamp { get { return MusterField.Value<string>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
        public double ReconnectInMs { get { return MusterField.Value<double>(this, "reconnect_in_ms", true); } set { MusterField.Put(this, "reconnect_in_ms", value); } }
    }

    public sealed class PlayerFields : MusterFields
    {
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string Name { get { return MusterField.Value<string>(this, "name", true); } set { MusterField.Put(this, "name", value); } }
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
    }

    public sealed class EntityFields : MusterFields
    {
        public string EntityId { get { return MusterField.Value<string>(this, "entity_id", true); } set { MusterField.Put(this, "entity_id", value); } }
        public string Kind { get { return MusterField.Value<string>(this, "kind", true); } set { MusterField.Put(this, "kind", value); } }
        public double X { get { return MusterField.Value<double>(this, "x", true); } set { MusterField.Put(this, "x", value); } }
        public double Y { get { return MusterField.Value<double>(this, "y", true); } set { MusterField.Put(this, "y", value); } }
        public string Owner { get { return MusterField.Value<string>(this, "owner", true); } set { MusterField.Put(this, "owner", value); } }
        /// <summary>Optional.</summary>
        public object Data { get { return MusterField.Value<object>(this, "data", false); } set { MusterField.Put(this, "data", value); } }
    }

    public sealed class EntitiesFields : MusterFields
    {
        public IReadOnlyList<EntityFields> Entered { get { return MusterField.Parts<EntityFields>(this, "entered", true); } set { MusterField.Put(this, "entered", value); } }
        public IReadOnlyList<EntityFields> Updated { get { return MusterField.Parts<EntityFields>(this, "updated", true); } set { MusterField.Put(this, "updated", value); } }
        public IReadOnlyList<string> Left { get { return MusterField.Items<string>(this, "left", true); } set { MusterField.Put(this, "left", value); } }
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class UpdatesValues
    {
        public const string Batch = "batch";
        public const string Each = "each";
    }

}

namespace Muster.Matchmaking
{
    /// <summary>Queue for a mode, alone or as the leader of a party</summary>
    public sealed class QueueJoinCommand : MusterCommand<QueueJoinResult>
    {
        public QueueJoinCommand() : base("/matchmaking", "queue_join") { }
        /// <summary>At most 64 characters.</summary>
        public string GameMode { get { return MusterField.Value<string>(this, "game_mode", true); } set { MusterField.Put(this, "game_mode", value); } }
        /// <summary>Optional. At least -1000000000, at most 1000000000.</summary>
        public double? Skill { get { return MusterField.Value<double?>(this, "skill", false); } set { MusterField.Put(this, "skill", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Region { get { return MusterField.Value<string>(this, "region", false); } set { MusterField.Put(this, "region", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Properties { get { return MusterField.Map<object>(this, "properties", false); } set { MusterField.Put(this, "properties", value); } }
        /// <summary>Optional. At most 128 characters.</summary>
        public string PartyId { get { return MusterField.Value<string>(this, "party_id", false); } set { MusterField.Put(this, "party_id", value); } }
        /// <summary>Optional. At most 128 characters.</summary>
        public string RequestId { get { return MusterField.Value<string>(this, "request_id", false); } set { MusterField.Put(this, "request_id", value); } }
    }

    /// <summary>The answer to <c>queue_join</c>.</summary>
    public sealed class QueueJoinResult : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string TicketId { get { return MusterField.Value<string>(this, "ticket_id", true); } set { MusterField.Put(this, "ticket_id", value); } }
        /// <summary>At least 1.</summary>
        public long Position { get { return MusterField.Value<long>(this, "position", true); } set { MusterField.Put(this, "position", value); } }
        /// <summary>At least 0.</summary>
        public long QueueSize { get { return MusterField.Value<long>(this, "queue_size", true); } set { MusterField.Put(this, "queue_size", value); } }
        /// <summary>At least 0.</summary>
        public double EstimatedWaitS { get { return MusterField.Value<double>(this, "estimated_wait_s", true); } set { MusterField.Put(this, "estimated_wait_s", value); } }
    }

    /// <summary>Change the waiting ticket without losing its place</summary>
    public sealed class PreferencesCommand : MusterCommand<PreferencesResult>
    {
        public PreferencesCommand() : base("/matchmaking", "preferences") { }
        /// <summary>Optional. At most 64 characters.</summary>
        public string Region { get { return MusterField.Value<string>(this, "region", false); } set { MusterField.Put(this, "region", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyDictionary<string, object> Properties { get { return MusterField.Map<object>(this, "properties", false); } set { MusterField.Put(this, "properties", value); } }
        /// <summary>Optional. At least -1000000000, at most 1000000000.</summary>
        public double? Skill { get { return MusterField.Value<double?>(this, "skill", false); } set { MusterField.Put(this, "skill", value); } }
    }

    /// <summary>The answer to <c>preferences</c>.</summary>
    public sealed class PreferencesResult : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string TicketId { get { return MusterField.Value<string>(this, "ticket_id", true); } set { MusterField.Put(this, "ticket_id", value); } }
    }

    /// <summary>Leave the queue; any member of a party withdraws its ticket</summary>
    public sealed class QueueLeaveCommand : MusterCommand<QueueLeaveResult>
    {
        public QueueLeaveCommand() : base("/matchmaking", "queue_leave") { }
    }

    /// <summary>The answer to <c>queue_leave</c>.</summary>
    public sealed class QueueLeaveResult : MusterFields
    {
    }

    /// <summary>Accept a match in its ready check</summary>
    public sealed class MatchAcceptCommand : MusterCommand<MatchAcceptResult>
    {
        public MatchAcceptCommand() : base("/matchmaking", "match_accept") { }
        /// <summary>At most 128 characters.</summary>
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
    }

    /// <summary>The answer to <c>match_accept</c>.</summary>
    public sealed class MatchAcceptResult : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
        /// <summary>At least 0.</summary>
        public long Accepted { get { return MusterField.Value<long>(this, "accepted", true); } set { MusterField.Put(this, "accepted", value); } }
        /// <summary>At least 0.</summary>
        public long Players { get { return MusterField.Value<long>(this, "players", true); } set { MusterField.Put(this, "players", value); } }
    }

    /// <summary>Decline a match in its ready check; the user may not queue for a cool-down</summary>
    public sealed class MatchDeclineCommand : MusterCommand<MatchDeclineResult>
    {
        public MatchDeclineCommand() : base("/matchmaking", "match_decline") { }
        /// <summary>At most 128 characters.</summary>
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
    }

    /// <summary>The answer to <c>match_decline</c>.</summary>
    public sealed class MatchDeclineResult : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
        /// <summary>At least 0.</summary>
        public long RetryAfterMs { get { return MusterField.Value<long>(this, "retry_after_ms", true); } set { MusterField.Put(this, "retry_after_ms", value); } }
    }

    /// <summary>Ask for players for the free seats of a running match; for the room's owner or a service</summary>
    public sealed class MatchBackfillCommand : MusterCommand<MatchBackfillResult>
    {
        public MatchBackfillCommand() : base("/matchmaking", "match_backfill") { }
        /// <summary>At most 128 characters.</summary>
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
    }

    /// <summary>The answer to <c>match_backfill</c>.</summary>
    public sealed class MatchBackfillResult : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
        /// <summary>At least 0.</summary>
        public long Seats { get { return MusterField.Value<long>(this, "seats", true); } set { MusterField.Put(this, "seats", value); } }
    }

    /// <summary>Set a user's skill in a mode; it replaces the rating from results</summary>
    public sealed class SkillSetCommand : MusterCommand<SkillSetResult>
    {
        public SkillSetCommand() : base("/matchmaking", "skill_set") { }
        /// <summary>At most 128 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>At most 64 characters.</summary>
        public string GameMode { get { return MusterField.Value<string>(this, "game_mode", true); } set { MusterField.Put(this, "game_mode", value); } }
        /// <summary>At least -1000000000, at most 1000000000.</summary>
        public double Skill { get { return MusterField.Value<double>(this, "skill", true); } set { MusterField.Put(this, "skill", value); } }
    }

    /// <summary>The answer to <c>skill_set</c>.</summary>
    public sealed class SkillSetResult : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        /// <summary>At most 64 characters.</summary>
        public string GameMode { get { return MusterField.Value<string>(this, "game_mode", true); } set { MusterField.Put(this, "game_mode", value); } }
        /// <summary>At least -1000000000, at most 1000000000.</summary>
        public double Skill { get { return MusterField.Value<double>(this, "skill", true); } set { MusterField.Put(this, "skill", value); } }
    }

    /// <summary>Create a party; the user leads it</summary>
    public sealed class PartyCreateCommand : MusterCommand<PartyCreateResult>
    {
        public PartyCreateCommand() : base("/matchmaking", "party_create") { }
    }

    /// <summary>The answer to <c>party_create</c>.</summary>
    public sealed class PartyCreateResult : MusterFields
    {
        public PartyFields Party { get { return MusterField.Part<PartyFields>(this, "party", true); } set { MusterField.Put(this, "party", value); } }
    }

    /// <summary>Invite a user to the own party</summary>
    public sealed class PartyInviteCommand : MusterCommand<PartyInviteResult>
    {
        public PartyInviteCommand() : base("/matchmaking", "party_invite") { }
        /// <summary>At most 128 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
    }

    /// <summary>The answer to <c>party_invite</c>.</summary>
    public sealed class PartyInviteResult : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string PartyId { get { return MusterField.Value<string>(this, "party_id", true); } set { MusterField.Put(this, "party_id", value); } }
        /// <summary>At most 128 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>Join a party by an invitation</summary>
    public sealed class PartyJoinCommand : MusterCommand<PartyJoinResult>
    {
        public PartyJoinCommand() : base("/matchmaking", "party_join") { }
        /// <summary>At most 128 characters.</summary>
        public string PartyId { get { return MusterField.Value<string>(this, "party_id", true); } set { MusterField.Put(this, "party_id", value); } }
    }

    /// <summary>The answer to <c>party_join</c>.</summary>
    public sealed class PartyJoinResult : MusterFields
    {
        public PartyFields Party { get { return MusterField.Part<PartyFields>(this, "party", true); } set { MusterField.Put(this, "party", value); } }
    }

    /// <summary>Leave the own party</summary>
    public sealed class PartyLeaveCommand : MusterCommand<PartyLeaveResult>
    {
        public PartyLeaveCommand() : base("/matchmaking", "party_leave") { }
    }

    /// <summary>The answer to <c>party_leave</c>.</summary>
    public sealed class PartyLeaveResult : MusterFields
    {
    }

    /// <summary>Remove a member from the party; for its leader</summary>
    public sealed class PartyKickCommand : MusterCommand<PartyKickResult>
    {
        public PartyKickCommand() : base("/matchmaking", "party_kick") { }
        /// <summary>At most 128 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
    }

    /// <summary>The answer to <c>party_kick</c>.</summary>
    public sealed class PartyKickResult : MusterFields
    {
        public PartyFields Party { get { return MusterField.Part<PartyFields>(this, "party", true); } set { MusterField.Put(this, "party", value); } }
    }

    /// <summary>Make another member the leader; for the leader</summary>
    public sealed class PartyPromoteCommand : MusterCommand<PartyPromoteResult>
    {
        public PartyPromoteCommand() : base("/matchmaking", "party_promote") { }
        /// <summary>At most 128 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
    }

    /// <summary>The answer to <c>party_promote</c>.</summary>
    public sealed class PartyPromoteResult : MusterFields
    {
        public PartyFields Party { get { return MusterField.Part<PartyFields>(this, "party", true); } set { MusterField.Put(this, "party", value); } }
    }

    /// <summary>Extends the connection with a newer token of the same user.</summary>
    public sealed class RefreshTokenCommand : MusterCommand<RefreshTokenResult>
    {
        public RefreshTokenCommand() : base("/matchmaking", "refresh_token") { }
        /// <summary>At most 4096 characters.</summary>
        public string Token { get { return MusterField.Value<string>(this, "token", true); } set { MusterField.Put(this, "token", value); } }
    }

    /// <summary>The answer to <c>refresh_token</c>.</summary>
    public sealed class RefreshTokenResult : MusterFields
    {
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>Answered with <c>pong</c>: a heartbeat for clients that want their own. A <c>timestamp</c> in the namespace's form comes back in it.</summary>
    public sealed class PingCommand : MusterCommand<PingResult>
    {
        public PingCommand() : base("/matchmaking", "ping") { }
        /// <summary>Optional.</summary>
        public object Timestamp { get { return MusterField.Value<object>(this, "timestamp", false); } set { MusterField.Put(this, "timestamp", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PingResult : MusterFields
    {
    }

    /// <summary>Acknowledges a reliable event, for clients without Socket.IO acknowledgements.</summary>
    public sealed class AckCommand : MusterCommand<AckResult>
    {
        public AckCommand() : base("/matchmaking", "ack") { }
        /// <summary>At most 256 characters.</summary>
        public string DeliveryId { get { return MusterField.Value<string>(this, "delivery_id", true); } set { MusterField.Put(this, "delivery_id", value); } }
    }

    /// <summary>The answer to <c>ack</c>.</summary>
    public sealed class AckResult : MusterFields
    {
    }

    /// <summary>A ticket waits. <c>resumed</c> after a reconnect. <c>ticket_id: null</c> greets a plain WebSocket client</summary>
    public sealed class QueueJoinedEvent : MusterEvent
    {
        public QueueJoinedEvent() : base("/matchmaking", "queue_joined") { }
        /// <summary>May be null.</summary>
        public string TicketId { get { return MusterField.Value<string>(this, "ticket_id", false); } set { MusterField.PutNullable(this, "ticket_id", value); } }
        /// <summary>Optional. At most 64 characters.</summary>
        public string GameMode { get { return MusterField.Value<string>(this, "game_mode", false); } set { MusterField.Put(this, "game_mode", value); } }
        /// <summary>Optional. At least 1.</summary>
        public long? Position { get { return MusterField.Value<long?>(this, "position", false); } set { MusterField.Put(this, "position", value); } }
        /// <summary>At least 0.</summary>
        public long QueueSize { get { return MusterField.Value<long>(this, "queue_size", true); } set { MusterField.Put(this, "queue_size", value); } }
        /// <summary>Optional. At least 0.</summary>
        public double? WaitedS { get { return MusterField.Value<double?>(this, "waited_s", false); } set { MusterField.Put(this, "waited_s", value); } }
        /// <summary>Optional. At most 128 characters.</summary>
        public string PartyId { get { return MusterField.Value<string>(this, "party_id", false); } set { MusterField.Put(this, "party_id", value); } }
        /// <summary>Optional.</summary>
        public bool? Resumed { get { return MusterField.Value<bool?>(this, "resumed", false); } set { MusterField.Put(this, "resumed", value); } }
    }

    /// <summary>Answers the <c>ping</c> of a plain WebSocket client, beside <c>pong</c></summary>
    public sealed class PingEvent : MusterEvent
    {
        public PingEvent() : base("/matchmaking", "ping") { }
        public bool Pong { get { return MusterField.Value<bool>(this, "pong", true); } set { MusterField.Put(this, "pong", value); } }
    }

    /// <summary>The ticket waits no longer</summary>
    public sealed class QueueLeftEvent : MusterEvent
    {
        public QueueLeftEvent() : base("/matchmaking", "queue_left") { }
        /// <summary>At most 128 characters.</summary>
        public string TicketId { get { return MusterField.Value<string>(this, "ticket_id", true); } set { MusterField.Put(this, "ticket_id", value); } }
        /// <summary>At most 64 characters.</summary>
        public string GameMode { get { return MusterField.Value<string>(this, "game_mode", true); } set { MusterField.Put(this, "game_mode", value); } }
        /// <summary>One of <see cref="ReasonValues"/>.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", true); } set { MusterField.Put(this, "reason", value); } }
    }

    /// <summary>Position of a waiting ticket and what it waits for, when they change, at most once a second</summary>
    public sealed class QueueStatusEvent : MusterEvent
    {
        public QueueStatusEvent() : base("/matchmaking", "queue_status") { }
        /// <summary>At most 128 characters.</summary>
        public string TicketId { get { return MusterField.Value<string>(this, "ticket_id", true); } set { MusterField.Put(this, "ticket_id", value); } }
        /// <summary>At most 64 characters.</summary>
        public string GameMode { get { return MusterField.Value<string>(this, "game_mode", true); } set { MusterField.Put(this, "game_mode", value); } }
        /// <summary>At least 1.</summary>
        public long Position { get { return MusterField.Value<long>(this, "position", true); } set { MusterField.Put(this, "position", value); } }
        /// <summary>At least 0.</summary>
        public long QueueSize { get { return MusterField.Value<long>(this, "queue_size", true); } set { MusterField.Put(this, "queue_size", value); } }
        /// <summary>At least 0.</summary>
        public double WaitedS { get { return MusterField.Value<double>(this, "waited_s", true); } set { MusterField.Put(this, "waited_s", value); } }
        /// <summary>At least 0.</summary>
        public double EstimatedWaitS { get { return MusterField.Value<double>(this, "estimated_wait_s", true); } set { MusterField.Put(this, "estimated_wait_s", value); } }
        public WaitingForFields WaitingFor { get { return MusterField.Part<WaitingForFields>(this, "waiting_for", true); } set { MusterField.Put(this, "waiting_for", value); } }
    }

    /// <summary>A match was created; with <c>accept_by</c> it waits for <c>match_accept</c></summary>
    public sealed class MatchFoundEvent : MusterEvent
    {
        public MatchFoundEvent() : base("/matchmaking", "match_found") { }
        /// <summary>At most 128 characters.</summary>
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
        /// <summary>At most 64 characters.</summary>
        public string GameMode { get { return MusterField.Value<string>(this, "game_mode", true); } set { MusterField.Put(this, "game_mode", value); } }
        public IReadOnlyList<string> Players { get { return MusterField.Items<string>(this, "players", true); } set { MusterField.Put(this, "players", value); } }
        public IReadOnlyList<object> Teams { get { return MusterField.Items<object>(this, "teams", true); } set { MusterField.Put(this, "teams", value); } }
        /// <summary>Optional.</summary>
        public string AcceptBy { get { return MusterField.Value<string>(this, "accept_by", false); } set { MusterField.Put(this, "accept_by", value); } }
    }

    /// <summary>A ready check failed, or (<c>failed</c>) the game could not begin; <c>requeued</c> says whether the own ticket waits again</summary>
    public sealed class MatchCancelledEvent : MusterEvent
    {
        public MatchCancelledEvent() : base("/matchmaking", "match_cancelled") { }
        /// <summary>At most 128 characters.</summary>
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
        /// <summary>At most 64 characters.</summary>
        public string GameMode { get { return MusterField.Value<string>(this, "game_mode", true); } set { MusterField.Put(this, "game_mode", value); } }
        /// <summary>One of <see cref="MatchCancelledEventReasonValues"/>.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", true); } set { MusterField.Put(this, "reason", value); } }
        public bool Requeued { get { return MusterField.Value<bool>(this, "requeued", true); } set { MusterField.Put(this, "requeued", value); } }
        /// <summary>Optional. At least 0.</summary>
        public long? RetryAfterMs { get { return MusterField.Value<long?>(this, "retry_after_ms", false); } set { MusterField.Put(this, "retry_after_ms", value); } }
    }

    /// <summary>The match's game runs in <c>/game</c> under this room</summary>
    public sealed class GameStartedEvent : MusterEvent
    {
        public GameStartedEvent() : base("/matchmaking", "game_started") { }
        /// <summary>At most 128 characters.</summary>
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
        /// <summary>At most 128 characters.</summary>
        public string RoomId { get { return MusterField.Value<string>(this, "room_id", true); } set { MusterField.Put(this, "room_id", value); } }
    }

    /// <summary>The match's game is over</summary>
    public sealed class GameEndedEvent : MusterEvent
    {
        public GameEndedEvent() : base("/matchmaking", "game_ended") { }
        /// <summary>At most 128 characters.</summary>
        public string MatchId { get { return MusterField.Value<string>(this, "match_id", true); } set { MusterField.Put(this, "match_id", value); } }
        public object Result { get { return MusterField.Value<object>(this, "result", true); } set { MusterField.Put(this, "result", value); } }
        /// <summary>Optional.</summary>
        public IReadOnlyList<object> Teams { get { return MusterField.Items<object>(this, "teams", false); } set { MusterField.Put(this, "teams", value); } }
    }

    /// <summary>The user's party as it is now; null once the user is in none</summary>
    public sealed class PartyUpdatedEvent : MusterEvent
    {
        public PartyUpdatedEvent() : base("/matchmaking", "party_updated") { }
        /// <summary>May be null.</summary>
        public PartyFields Party { get { return MusterField.Part<PartyFields>(this, "party", false); } set { MusterField.PutNullable(this, "party", value); } }
    }

    /// <summary>An invitation to a party; <c>party_join</c> accepts it until <c>expires_at</c></summary>
    public sealed class PartyInvitedEvent : MusterEvent
    {
        public PartyInvitedEvent() : base("/matchmaking", "party_invited") { }
        /// <summary>At most 128 characters.</summary>
        public string PartyId { get { return MusterField.Value<string>(this, "party_id", true); } set { MusterField.Put(this, "party_id", value); } }
        /// <summary>At most 128 characters.</summary>
        public string From { get { return MusterField.Value<string>(this, "from", true); } set { MusterField.Put(this, "from", value); } }
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>The answer to <c>ping</c>.</summary>
    public sealed class PongEvent : MusterEvent
    {
        public PongEvent() : base("/matchmaking", "pong") { }
    }

    /// <summary>A command without an acknowledgement failed, or the connection is about to end.</summary>
    public sealed class ErrorEvent : MusterEvent
    {
        public ErrorEvent() : base("/matchmaking", "error") { }
        public string Error { get { return MusterField.Value<string>(this, "error", true); } set { MusterField.Put(this, "error", value); } }
        public string Code { get { return MusterField.Value<string>(this, "code", true); } set { MusterField.Put(this, "code", value); } }
        /// <summary>Optional.</summary>
        public string Event { get { return MusterField.Value<string>(this, "event", false); } set { MusterField.Put(this, "event", value); } }
    }

    /// <summary>The token ends in a minute: send <c>refresh_token</c>.</summary>
    public sealed class TokenExpiringEvent : MusterEvent
    {
        public TokenExpiringEvent() : base("/matchmaking", "token_expiring") { }
        public string ExpiresAt { get { return MusterField.Value<string>(this, "expires_at", true); } set { MusterField.Put(this, "expires_at", value); } }
    }

    /// <summary>This worker stops: reconnect after so many milliseconds.</summary>
    public sealed class ServerDrainingEvent : MusterEvent
    {
        public ServerDrainingEvent() : base("/matchmaking", "server_draining") { }
        public double ReconnectInMs { get { return MusterField.Value<double>(this, "reconnect_in_ms", true); } set { MusterField.Put(this, "reconnect_in_ms", value); } }
    }

    public sealed class MemberFields : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string UserId { get { return MusterField.Value<string>(this, "user_id", true); } set { MusterField.Put(this, "user_id", value); } }
        public string Name { get { return MusterField.Value<string>(this, "name", true); } set { MusterField.Put(this, "name", value); } }
    }

    public sealed class PartyFields : MusterFields
    {
        /// <summary>At most 128 characters.</summary>
        public string PartyId { get { return MusterField.Value<string>(this, "party_id", true); } set { MusterField.Put(this, "party_id", value); } }
        /// <summary>At most 128 characters.</summary>
        public string Leader { get { return MusterField.Value<string>(this, "leader", true); } set { MusterField.Put(this, "leader", value); } }
        public IReadOnlyList<MemberFields> Members { get { return MusterField.Parts<MemberFields>(this, "members", true); } set { MusterField.Put(this, "members", value); } }
        public long MaxSize { get { return MusterField.Value<long>(this, "max_size", true); } set { MusterField.Put(this, "max_size", value); } }
    }

    public sealed class WaitingForFields : MusterFields
    {
        /// <summary>One of <see cref="WaitingForReasonValues"/>.</summary>
        public string Reason { get { return MusterField.Value<string>(this, "reason", true); } set { MusterField.Put(this, "reason", value); } }
        /// <summary>At least 0.</summary>
        public long Candidates { get { return MusterField.Value<long>(this, "candidates", true); } set { MusterField.Put(this, "candidates", value); } }
        /// <summary>May be null.</summary>
        public double? Window { get { return MusterField.Value<double?>(this, "window", false); } set { MusterField.PutNullable(this, "window", value); } }
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class ReasonValues
    {
        public const string Left = "left";
        public const string Disconnected = "disconnected";
        public const string Matched = "matched";
        public const string Expired = "expired";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class WaitingForReasonValues
    {
        public const string Players = "players";
        public const string Skill = "skill";
        public const string Region = "region";
        public const string Properties = "properties";
        public const string PartySize = "party_size";
        public const string Matcher = "matcher";
    }

    /// <summary>Those that are known; a newer server may have more.</summary>
    public static class MatchCancelledEventReasonValues
    {
        public const string Declined = "declined";
        public const string Timeout = "timeout";
        public const string Failed = "failed";
    }

}
