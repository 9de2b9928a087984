// The connection of a namespace: how it comes, what arrives on it, and when it ends.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace Muster
{
    using Fields = Dictionary<string, object>;

    public sealed partial class MusterNamespace
    {
        /// <summary>Reliable events that are known, so that a repeat is not told twice.</summary>
        const int MaxRemembered = 1000;
        /// <summary>With one of these the server acts once, however often a command comes.</summary>
        static readonly string[] Ids = { "client_msg_id", "action_id", "request_id" };
        /// <summary>After these another try would be refused as well.</summary>
        static readonly string[] Endings = { "token_invalid", "token_revoked", "unauthorized", "forbidden", "banned", "not_found" };
        static readonly string[] Entries = { "chat_message", "message_edited", "message_deleted" };

        async Task Run()
        {
            int failures = 0;
            for (bool first = true; !ended.IsCancellationRequested; first = false)
            {
                Change(first ? MusterState.Connecting : MusterState.Reconnecting, reason);
                reason = null;
                retryAfter = -1;
                bool served = false;
                try
                {
                    string token = await client.Token();
                    bool same = token == lastToken;
                    lastToken = token;
                    string path = client.Url + "/ws" + (name == "/" ? "" : name) + "?reliable=true&token=" + Uri.EscapeDataString(token ?? "");
                    using (var opened = await MusterSocket.Open(new Uri(path), client.Options.AnswerMs, ended.Token))
                    {
                        lock (gate)
                        {
                            socket = opened;
                            foreach (var stream in streams.Values) stream.Interrupt();
                            // The first answer shows that the namespace serves this connection; a refused one gets an error first.
                            Begin("ping", null, client.Options.AnswerMs, true, (answer, failure) => { if (failure == null) { served = true; Connected(); } });
                        }
                        while (true)
                        {
                            string text = await opened.Receive();
                            if (text == null) break;
                            lock (gate) Arrived(Json.Parse(text) as Fields ?? new Fields());
                        }
                        if (reason == null && opened.CloseCode == 4401) reason = "unauthorized";
                        if (reason == null && opened.CloseCode == 4403) reason = "forbidden";
                    }
                    if (reason == "token_expired" && same) reason = "token_invalid";
                }
                catch (Exception thrown) { if (reason == null) reason = thrown is MusterException ? ((MusterException)thrown).Code : "unavailable"; }
                lock (gate) Lost();
                if (Endings.Contains(reason)) { End(reason); return; }
                failures = served ? 0 : failures + 1;
                int most = Math.Min(client.Options.LastDelayMs, client.Options.FirstDelayMs << Math.Min(failures, 10));
                int wait = retryAfter >= 0 ? retryAfter : most / 2 + random.Next(most / 2 + 1);
                try { await Task.Delay(wait, ended.Token); } catch (OperationCanceledException) { }
            }
        }

        void Connected()
        {
            ready = true;
            Change(MusterState.Connected, null);
            foreach (var stream in streams.Values.ToList()) if (stream.Started) Resume(stream);
            foreach (var call in order.Select(id => calls[id]).Where(call => !call.Own).ToList()) Put(call);
        }

        /// <summary>What was sent and may not be sent twice has failed; all else waits for the next connection.</summary>
        void Lost()
        {
            socket = null;
            ready = false;
            foreach (var call in order.Select(id => calls[id]).ToList())
                if (call.Own || (call.Sent && !Ids.Any(call.Payload.ContainsKey) && call.Type != "subscribe" && call.Type != "history"))
                    Finish(call, null, new MusterException("no_answer", "the connection was lost before " + call.Type + " was answered"));
        }

        void Arrived(Fields frame)
        {
            object type, id, code;
            if (!frame.TryGetValue("type", out type) || !(type is string)) return;
            var payload = enveloped ? (frame.ContainsKey("data") ? frame["data"] as Fields : null) ?? new Fields() : frame;
            if ((string)type == "ack")
            {
                Call call;
                if (frame.TryGetValue("id", out id) && id is string && calls.TryGetValue((string)id, out call)) Answered(call, payload);
                return;
            }
            // One with an event is of a command; others say why the connection is about to end.
            if ((string)type == "error" && !payload.ContainsKey("event") && payload.TryGetValue("code", out code))
            {
                reason = code as string;
                object after;
                if (payload.TryGetValue("retry_after_ms", out after)) retryAfter = Convert.ToInt32(after);
            }
            if ((string)type == "server_draining") Move(Convert.ToInt32(payload["reconnect_in_ms"]));
            if ((string)type == "token_expiring") Task.Run(() => Refresh());
            if (!Acknowledge(payload)) return;
            Follow((string)type, payload);
            Hear((string)type, payload);
        }

        void Answered(Call call, Fields answer)
        {
            object ok, error;
            if (answer.TryGetValue("ok", out ok) && ok is bool && (bool)ok) { Finish(call, answer, null); return; }
            var told = (answer.TryGetValue("error", out error) ? error as Fields : null) ?? new Fields();
            string code = told.ContainsKey("code") ? told["code"] as string : "internal";
            string message = told.ContainsKey("message") ? told["message"] as string : code;
            Finish(call, null, new MusterException(code, call.Type + ": " + message, told));
        }

        /// <returns>false where the event came before</returns>
        bool Acknowledge(Fields payload)
        {
            object delivery;
            if (!payload.TryGetValue("delivery_id", out delivery) || !(delivery is string)) return true;
            if (socket != null) Emit("ack", new Fields { { "delivery_id", delivery } }, null);
            if (deliveries.Contains((string)delivery)) return false;
            deliveries.Enqueue((string)delivery);
            if (deliveries.Count > MaxRemembered) deliveries.Dequeue();
            return true;
        }

        void Follow(string type, Fields payload)
        {
            object key;
            MusterStream stream;
            if (!payload.TryGetValue(name == "/" ? "room" : "channel", out key) || !(key is string) || !streams.TryGetValue((string)key, out stream)) return;
            if (type == "lost") stream.MoveTo(payload, true);
            else if (payload.ContainsKey("offset") && (type == "message" || Entries.Contains(type)))
                stream.Live(new Fields(payload) { { "event", type } });
        }

        void Hear(string type, Fields payload)
        {
            List<Action<Fields>> all;
            if (!listeners.TryGetValue(type, out all)) return;
            foreach (var listener in all.ToList()) client.Post(() => listener(payload));
        }

        async void Move(int afterMs)
        {
            var left = socket;
            await Task.Delay(Math.Max(0, afterMs));
            retryAfter = 0;
            left.Abort();
        }

        async Task Refresh()
        {
            try { await Ask("refresh_token", new Fields { { "token", await client.Token() } }, client.Options.AnswerMs, true); }
            catch (Exception) { } // The connection ends with the old token, and the next one asks again.
        }

        /// <summary>Time limits of commands, and the heartbeat.</summary>
        async Task Watch()
        {
            var beat = DateTime.UtcNow;
            while (!ended.IsCancellationRequested)
            {
                try { await Task.Delay(200, ended.Token); } catch (OperationCanceledException) { return; }
                lock (gate)
                {
                    foreach (var call in order.Select(id => calls[id]).Where(call => call.Until < DateTime.UtcNow).ToList())
                        Finish(call, null, new MusterException(call.Sent ? "no_answer" : "unavailable", call.Type + " was not answered in time"));
                    if (!ready || DateTime.UtcNow < beat.AddMilliseconds(client.Options.HeartbeatMs)) continue;
                    beat = DateTime.UtcNow;
                    var asked = socket;
                    Begin("ping", null, client.Options.AnswerMs, true, (answer, failure) => { if (failure != null) asked.Abort(); });
                }
            }
        }

        void Change(MusterState state, string code)
        {
            if (State == MusterState.Ended) return;
            State = state;
            client.Tell(name, state, code);
        }

        internal void End(string code)
        {
            lock (gate)
            {
                if (State == MusterState.Ended) return;
                Change(MusterState.Ended, code);
                reason = code;
                ended.Cancel();
                if (socket != null) socket.Abort();
                foreach (var call in calls.Values.ToList()) Finish(call, null, new MusterException(code, call.Type + ": the connection has ended"));
            }
        }
    }
}
