// One namespace: commands with acknowledgements, events, reliable delivery, streams, and a connection that comes back.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Muster
{
    using Fields = Dictionary<string, object>;

    public sealed partial class MusterNamespace
    {

        sealed class Call
        {
            public string Id;
            public string Type;
            public Fields Payload;
            public DateTime Until;
            public bool Sent;
            /// <summary>One of the client itself, which belongs to its connection.</summary>
            public bool Own;
            public Action<Fields, MusterException> Done;
        }

        readonly object gate = new object();
        readonly MusterClient client;
        readonly string name;
        readonly bool enveloped;
        readonly Random random = new Random();
        readonly Dictionary<string, List<Action<Fields>>> listeners = new Dictionary<string, List<Action<Fields>>>();
        readonly Dictionary<string, Call> calls = new Dictionary<string, Call>();
        readonly List<string> order = new List<string>();
        readonly Dictionary<string, MusterStream> streams = new Dictionary<string, MusterStream>();
        readonly Queue<string> deliveries = new Queue<string>();
        readonly CancellationTokenSource ended = new CancellationTokenSource();
        MusterSocket socket;
        bool ready;
        int count;
        string lastToken;
        string reason;
        int retryAfter = -1;

        public MusterState State { get; private set; }

        internal MusterNamespace(MusterClient client, string name)
        {
            this.client = client;
            this.name = name;
            enveloped = name == "/matchmaking";
            Task.Run(() => Run());
            Task.Run(() => Watch());
        }

        /// <summary>Takes an event's payload. A reliable event comes once, also after a lost connection.</summary>
        public void On(string type, Action<IDictionary<string, object>> listener)
        {
            lock (gate)
            {
                if (!listeners.ContainsKey(type)) listeners[type] = new List<Action<Fields>>();
                listeners[type].Add(fields => listener(fields));
            }
        }

        /// <summary>
        /// Sends a command. It waits while the connection is away. One whose answer is lost is sent again only where an id makes the server
        /// act once: <c>client_msg_id</c>, <c>action_id</c> or <c>request_id</c>. Else it fails with <c>no_answer</c>.
        /// </summary>
        /// <exception cref="MusterException">Where the server refuses it, or does not answer in time.</exception>
        public async Task<IDictionary<string, object>> Send(string type, IDictionary<string, object> payload = null, int withinMs = 0)
        {
            return await Ask(type, payload, withinMs > 0 ? withinMs : client.Options.CallMs, false);
        }

        Task<Fields> Ask(string type, IDictionary<string, object> payload, int withinMs, bool own)
        {
            var result = new TaskCompletionSource<Fields>(TaskCreationOptions.RunContinuationsAsynchronously);
            Begin(type, payload, withinMs, own, (answer, failure) =>
            {
                if (failure == null) result.TrySetResult(answer);
                else result.TrySetException(failure);
            });
            return result.Task;
        }

        /// <param name="done">Called under the lock, in the order of what the server sends.</param>
        void Begin(string type, IDictionary<string, object> payload, int withinMs, bool own, Action<Fields, MusterException> done)
        {
            lock (gate)
            {
                if (State == MusterState.Ended)
                {
                    done(null, new MusterException(reason, "the connection to " + name + " has ended"));
                    return;
                }
                var call = new Call
                {
                    Id = "c" + ++count,
                    Type = type,
                    Payload = payload == null ? new Fields() : new Fields(payload),
                    Until = DateTime.UtcNow.AddMilliseconds(withinMs),
                    Own = own,
                    Done = done,
                };
                calls[call.Id] = call;
                order.Add(call.Id);
                if (socket != null && (ready || own)) Put(call);
            }
        }

        void Put(Call call)
        {
            call.Sent = true;
            Emit(call.Type, call.Payload, call.Id);
        }

        void Emit(string type, Fields payload, string id)
        {
            var frame = enveloped ? new Fields { { "data", payload } } : new Fields(payload);
            frame["type"] = type;
            if (id != null) frame["id"] = id;
            socket.Send(Json.Write(frame));
        }

        void Finish(Call call, Fields answer, MusterException failure)
        {
            calls.Remove(call.Id);
            order.Remove(call.Id);
            call.Done(answer, failure);
        }

        /// <summary>Follows a room of <c>/</c> (from <c>In("/")</c>) or a channel of <c>/chat</c>, from its end on.</summary>
        /// <param name="entry">Each message; of channels edits and deletions too, told by <c>event</c>.</param>
        /// <param name="gap">Entries are gone for good, or the name means another stream now.</param>
        public Task Follow(string stream, Action<IDictionary<string, object>> entry, Action gap = null)
        {
            bool isRoom = name == "/";
            var followed = new MusterStream(stream, isRoom,
                fields => client.Post(() => entry(fields)),
                () => { if (gap != null) client.Post(gap); });
            lock (gate) streams.Add(stream, followed);
            var result = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            var first = isRoom ? new Fields { { "room", stream } } : new Fields { { "channel", stream }, { "limit", 1 } };
            Begin(isRoom ? "subscribe" : "history", first, client.Options.CallMs, false, (answer, failure) =>
            {
                if (failure != null)
                {
                    streams.Remove(stream);
                    result.TrySetException(failure);
                    return;
                }
                followed.MoveTo(answer, false);
                followed.Started = true;
                followed.Release();
                result.TrySetResult(true);
            });
            return result.Task;
        }

        public async Task Leave(string stream)
        {
            lock (gate) if (!streams.Remove(stream)) return;
            if (name == "/") await Send("unsubscribe", new Fields { { "room", stream } });
        }

        void Resume(MusterStream stream)
        {
            var since = new Fields { { "epoch", stream.Epoch }, { "offset", stream.Offset } };
            if (!stream.IsRoom) since["channel"] = stream.Name;
            var payload = stream.IsRoom
                ? new Fields { { "room", stream.Name }, { "since", since } }
                : new Fields { { "cursors", new List<object> { since } } };
            Begin(stream.IsRoom ? "subscribe" : "sync", payload, client.Options.AnswerMs, true, (answer, failure) =>
            {
                // A connection that is lost meanwhile resumes again; a refusal is the end of the stream.
                if (failure != null)
                {
                    if (failure.Code == "no_answer" || failure.Code == "unavailable" || failure.Code == "rate_limited")
                    {
                        if (socket != null) socket.Abort();
                    }
                    else { streams.Remove(stream.Name); Hear("error", new Fields { { "code", failure.Code }, { "error", failure.Message } }); }
                    return;
                }
                if (!stream.IsRoom)
                {
                    answer = ((List<object>)answer["channels"]).Cast<Fields>().FirstOrDefault();
                    if (answer == null) { streams.Remove(stream.Name); return; }
                }
                stream.Resumed(answer);
                if (stream.Overflowed || answer.ContainsKey("has_more"))
                {
                    if (stream.Overflowed) stream.Interrupt();
                    Resume(stream);
                }
                else stream.Release();
            });
        }
    }
}
