// What the test of the clients plays: one line of JSON for each thing that happens. Messages of the room have its cues.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Muster;
using Muster.Chat;
using Muster.Matchmaking;
using Muster.Rooms;

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
        await rooms.Follow("lounge", entry =>
        {
            var data = entry.As<MessageEvent>().Data;
            Tell("message", data);
            if ((data as string) == "ping") chat.Send("ping").ContinueWith(pong => Tell("pong", pong.Result));
            if ((data as string) == "close") closing.SetResult(true);
        }, () => Tell("gap"));
        Tell("following");
        var told = With("text", "grüße \"\n\\", "list", new object[] { 1, 2.5, true, null });
        var sent = await muster.Send(new PublishCommand { Room = "lounge", Data = told, ClientMsgId = "1" });
        Tell("published", sent.Offset);
        try { await rooms.Send("publish", With("room", "elsewhere", "data", 1)); }
        catch (MusterException refused) { Tell("refused", refused.Code); }
        chat = muster.In("/chat");
        muster.On<Muster.Chat.ChatMessageEvent>(message => { if (message.Channel == "private") Tell("private", message.Content); });
        await chat.Follow("global", entry => Tell("global", entry["content"]));
        Tell("chatting");
        var queue = await muster.Send(new QueueJoinCommand { GameMode = "classic" });
        Tell("queued", queue.TicketId != null);
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
