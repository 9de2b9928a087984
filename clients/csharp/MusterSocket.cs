// A WebSocket of .NET: text frames out in order, text frames in, and a close code. Another implementation, such as one for WebGL,
// needs the same five members.
using System;
using System.IO;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Muster
{
    internal sealed class MusterSocket : IDisposable
    {
        /// <summary>Above the server's largest message.</summary>
        const int MaxBytes = 8000000;
        readonly ClientWebSocket socket = new ClientWebSocket();
        readonly CancellationTokenSource aborted;
        readonly byte[] buffer = new byte[16384];
        Task sending = Task.FromResult(0);

        MusterSocket(CancellationToken ended) { aborted = CancellationTokenSource.CreateLinkedTokenSource(ended); }

        public static async Task<MusterSocket> Open(Uri address, int withinMs, CancellationToken ended)
        {
            var made = new MusterSocket(ended);
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(made.aborted.Token))
            {
                limit.CancelAfter(withinMs);
                try { await made.socket.ConnectAsync(address, limit.Token); }
                catch { made.Dispose(); throw; }
            }
            return made;
        }

        public int CloseCode { get { return (int)(socket.CloseStatus ?? 0); } }

        /// <summary>Called under the lock of its namespace, so frames leave in this order.</summary>
        public void Send(string text)
        {
            var bytes = new ArraySegment<byte>(Encoding.UTF8.GetBytes(text));
            sending = sending.ContinueWith(_ => socket.SendAsync(bytes, WebSocketMessageType.Text, true, aborted.Token), TaskContinuationOptions.ExecuteSynchronously).Unwrap();
            sending.ContinueWith(failed => { var seen = failed.Exception; }, TaskContinuationOptions.OnlyOnFaulted);
        }

        /// <returns>The next text, or null when the connection has ended.</returns>
        public async Task<string> Receive()
        {
            using (var read = new MemoryStream())
                while (true)
                {
                    WebSocketReceiveResult part;
                    try { part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), aborted.Token); }
                    catch (WebSocketException) { return null; }
                    catch (OperationCanceledException) { return null; }
                    catch (ObjectDisposedException) { return null; }
                    if (part.MessageType == WebSocketMessageType.Close || read.Length + part.Count > MaxBytes) return null;
                    read.Write(buffer, 0, part.Count);
                    if (part.EndOfMessage) return Encoding.UTF8.GetString(read.ToArray());
                }
        }

        public void Abort() { aborted.Cancel(); }

        public void Dispose()
        {
            aborted.Cancel();
            socket.Abort();
            socket.Dispose();
        }
    }
}
