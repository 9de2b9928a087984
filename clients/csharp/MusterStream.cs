// A room or a channel that is followed: each entry once and in order over lost connections, or a notice of a gap.
using System;
using System.Collections.Generic;

namespace Muster
{
    using Fields = Dictionary<string, object>;

    /// <summary>Only touched under the lock of its namespace.</summary>
    internal sealed class MusterStream
    {
        /// <summary>Entries kept while a resume is under way; beyond, the stream is resumed once more.</summary>
        const int MaxHeld = 5000;

        public readonly string Name;
        public readonly bool IsRoom;
        public string Epoch = "";
        public long Offset;
        /// <summary>Followed once; from then on each connection resumes it.</summary>
        public bool Started;
        public bool Overflowed;
        readonly Action<Fields> entry;
        readonly Action gap;
        List<Fields> held = new List<Fields>();

        public MusterStream(string name, bool isRoom, Action<Fields> entry, Action gap)
        {
            Name = name;
            IsRoom = isRoom;
            this.entry = entry;
            this.gap = gap ?? (() => { });
        }

        public void Interrupt()
        {
            held = new List<Fields>();
            Overflowed = false;
        }

        public void Live(Fields message)
        {
            if (held == null) Take(message);
            else if (held.Count < MaxHeld) held.Add(message);
            else Overflowed = true;
        }

        void Take(Fields message)
        {
            object epoch;
            if (message.TryGetValue("epoch", out epoch) && epoch is string && (string)epoch != Epoch)
            {
                // Another party or guild has this name now.
                Epoch = (string)epoch;
                Offset = 0;
                gap();
            }
            long offset = Convert.ToInt64(message["offset"]);
            if (offset <= Offset) return;
            Offset = offset;
            entry(message);
        }

        /// <summary>The stream goes on after this position; what was before is gone for good, or was never wanted.</summary>
        public void MoveTo(Fields position, bool isGap)
        {
            Epoch = (string)position["epoch"];
            Offset = Convert.ToInt64(position["offset"]);
            if (isGap) gap();
        }

        /// <summary>What the server answers to a resume.</summary>
        public void Resumed(Fields answer)
        {
            object recovered, messages;
            bool isGap = (answer.TryGetValue("recovered", out recovered) && recovered is bool && !(bool)recovered) || (string)answer["epoch"] != Epoch;
            if (isGap) MoveTo(answer, true);
            else if (answer.TryGetValue("messages", out messages))
                foreach (object message in (List<object>)messages) Take((Fields)message);
        }

        /// <summary>Live entries that came meanwhile.</summary>
        public void Release()
        {
            var late = held ?? new List<Fields>();
            held = null;
            foreach (var message in late) Take(message);
        }
    }
}
