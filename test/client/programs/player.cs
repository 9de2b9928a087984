// What the test of the clients plays: one line of JSON for each thing that happens. Messages of the room have its cues.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Muster;

static class Program
{
    static void Tell(string what, object data = null)
    {
        lock (typeof(Program)) Console.WriteLine(Json.Write(new Dictionary<string, object> { { "what", what }, { "data", data } }));
    }

    static Dictionary<string, object> With(params object[] pairs)
    {
        var fields = new Dictionary<string, object>();
        for (int at = 0; at < pairs.Length; at += 2) fields[(string)pairs[at]] = pairs[at + 1];
        return fields;
    }

    static async Task Play(string url, string token)
    {
        var muster = new MusterClient(url, () => Task.FromResult(token), new MusterOptions { FirstDelayMs = 100, HeartbeatMs = 300, AnswerMs = 1500 });
        muster.ListenerFailed += thrown => Tell("listener failed", thrown.Message);
        muster.StateChanged += (name, state, code) => Tell("state", name + " " + state + " " + code);
        var rooms = muster.In("/");
        var closing = new TaskCompletionSource<bool>();
        var chat = (MusterNamespace)null;
        await rooms.Follow("lounge", message =>
        {
            Tell("message", message["data"]);
            if ((message["data"] as string) == "ping") chat.Send("ping").ContinueWith(pong => Tell("pong", pong.Result));
            if ((message["data"] as string) == "close") closing.SetResult(true);
        }, () => Tell("gap"));
        Tell("following");
        var sent = await rooms.Send("publish", With("room", "lounge", "data", With("text", "grüße \"\n\\", "list", new object[] { 1, 2.5, true, null }), "client_msg_id", "1"));
        Tell("published", sent["offset"]);
        try { await rooms.Send("publish", With("room", "elsewhere", "data", 1)); }
        catch (MusterException refused) { Tell("refused", refused.Code); }
        chat = muster.In("/chat");
        chat.On("chat_message", message => { if ((string)message["channel"] == "private") Tell("private", message["content"]); });
        await chat.Follow("global", entry => Tell("global", entry["content"]));
        Tell("chatting");
        var queue = await muster.In("/matchmaking").Send("queue_join", With("game_mode", "classic"));
        Tell("queued", queue["ticket_id"] is string);
        await closing.Task;
        muster.Dispose();
        try { await rooms.Send("ping"); } catch (MusterException refused) { Tell("closed", refused.Code); }
    }

    static void Main(string[] arguments)
    {
        try { Play(arguments[0], arguments[1]).Wait(); }
        catch (AggregateException thrown) { Tell("failed", ((MusterException)thrown.InnerException).Code); }
    }
}
