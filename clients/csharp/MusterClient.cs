// The client of Muster for Unity and .NET, over plain WebSocket. See README.md beside this file.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Muster
{
    /// <summary>A command or a connection that failed. <c>Code</c> is one of the server's table, or <c>no_answer</c> or <c>closed</c>.</summary>
    public sealed class MusterException : Exception
    {
        public readonly string Code;
        /// <summary>What stands beside the code, such as <c>retry_after_ms</c>.</summary>
        public readonly IDictionary<string, object> Details;

        public MusterException(string code, string message, IDictionary<string, object> details = null) : base(message)
        {
            Code = code;
            Details = details ?? new Dictionary<string, object>();
        }
    }

    public enum MusterState { Connecting, Connected, Reconnecting, Ended }

    public sealed class MusterOptions
    {
        /// <summary>How long a command is tried, reconnections and all.</summary>
        public int CallMs = 30000;
        /// <summary>How long a connection may take, and a heartbeat's answer.</summary>
        public int AnswerMs = 10000;
        public int HeartbeatMs = 20000;
        public int FirstDelayMs = 500;
        public int LastDelayMs = 5000;
    }

    /// <summary>
    /// One server and one user. Each namespace is a connection of its own, which comes back by itself. Events, states and answers come on
    /// the thread that made the client where it has a synchronization context, as Unity's main thread has.
    /// </summary>
    public sealed class MusterClient : IDisposable
    {
        readonly Dictionary<string, MusterNamespace> open = new Dictionary<string, MusterNamespace>();
        readonly Queue<Action> waiting = new Queue<Action>();
        readonly SynchronizationContext context = SynchronizationContext.Current;
        bool draining;

        internal readonly string Url;
        internal readonly Func<Task<string>> Token;
        internal readonly MusterOptions Options;

        /// <summary>Of a namespace, with the code of the reason where there is one.</summary>
        public event Action<string, MusterState, string> StateChanged;
        /// <summary>What a listener of yours threw.</summary>
        public event Action<Exception> ListenerFailed;

        /// <param name="token">Asked before each connection, and for a fresh one before the last ends.</param>
        public MusterClient(string url, Func<Task<string>> token, MusterOptions options = null)
        {
            Url = url.TrimEnd('/').Replace("http://", "ws://").Replace("https://", "wss://");
            Token = token;
            Options = options ?? new MusterOptions();
        }

        /// <summary>The connection to a namespace: <c>/</c>, <c>/game</c>, <c>/chat</c>, <c>/combat</c>, <c>/world</c> or <c>/matchmaking</c>.</summary>
        public MusterNamespace In(string name)
        {
            lock (open)
            {
                MusterNamespace found;
                if (!open.TryGetValue(name, out found)) open[name] = found = new MusterNamespace(this, name);
                return found;
            }
        }

        /// <summary>Ends all connections; what waits for an answer fails with <c>closed</c>.</summary>
        public void Dispose()
        {
            lock (open)
                foreach (var one in open.Values) one.End("closed");
        }

        internal void Tell(string name, MusterState state, string code)
        {
            Post(() => { if (StateChanged != null) StateChanged(name, state, code); });
        }

        /// <summary>In order, and never within a lock of this client.</summary>
        internal void Post(Action action)
        {
            lock (waiting) waiting.Enqueue(action);
            if (context != null) context.Post(_ => Drain(), null);
            else ThreadPool.QueueUserWorkItem(_ => Drain());
        }

        void Drain()
        {
            lock (waiting)
            {
                if (draining) return;
                draining = true;
            }
            while (true)
            {
                Action next;
                lock (waiting)
                {
                    if (waiting.Count == 0) { draining = false; return; }
                    next = waiting.Dequeue();
                }
                // A thread that is ended with the program, or with Unity's play mode, is no listener's fault.
                try { next(); }
                catch (Exception thrown) when (!(thrown is ThreadAbortException)) { if (ListenerFailed != null) ListenerFailed(thrown); }
            }
        }
    }
}
