// What the generated types of MusterTypes.cs stand on: views of the fields that a connection passes around, and typed Send and On.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace Muster
{
    /// <summary>An object of the wire. Its properties read and write <c>Fields</c>, which has also what is newer than the types.</summary>
    public abstract class MusterFields
    {
        public IDictionary<string, object> Fields = new Dictionary<string, object>();
    }

    /// <summary>A command with what it is answered.</summary>
    public abstract class MusterCommand<TResult> : MusterFields where TResult : MusterFields, new()
    {
        public readonly string WireNamespace;
        public readonly string WireType;

        protected MusterCommand(string wireNamespace, string wireType)
        {
            WireNamespace = wireNamespace;
            WireType = wireType;
        }
    }

    public abstract class MusterEvent : MusterFields
    {
        public readonly string WireNamespace;
        public readonly string WireType;

        protected MusterEvent(string wireNamespace, string wireType)
        {
            WireNamespace = wireNamespace;
            WireType = wireType;
        }
    }

    public static class MusterTyped
    {
        /// <summary>Sends a command to its namespace, as <see cref="MusterNamespace.Send"/> does.</summary>
        /// <exception cref="MusterException">Where the server refuses it, or does not answer in time.</exception>
        public static async Task<TResult> Send<TResult>(this MusterClient client, MusterCommand<TResult> command, int withinMs = 0) where TResult : MusterFields, new()
        {
            return (await client.In(command.WireNamespace).Send(command.WireType, command.Fields, withinMs)).As<TResult>();
        }

        /// <summary>Takes an event of its namespace, as <see cref="MusterNamespace.On"/> does.</summary>
        public static void On<TEvent>(this MusterClient client, Action<TEvent> listener) where TEvent : MusterEvent, new()
        {
            var names = new TEvent();
            client.In(names.WireNamespace).On(names.WireType, fields => listener(fields.As<TEvent>()));
        }

        /// <summary>Fields with their types, such as entries of <see cref="MusterNamespace.Follow"/>.</summary>
        public static T As<T>(this IDictionary<string, object> fields) where T : MusterFields, new()
        {
            return new T { Fields = fields };
        }
    }

    /// <summary>
    /// How generated properties read and write. Numbers are taken in each form that fits.
    /// Reading throws <see cref="FormatException"/> where a needed field is missing, or one is of another kind.
    /// </summary>
    public static class MusterField
    {
        public static T Value<T>(MusterFields from, string name, bool isNeeded)
        {
            object value = Find(from, name, isNeeded);
            return value == null ? default(T) : Convert<T>(value, from, name);
        }

        public static T Part<T>(MusterFields from, string name, bool isNeeded) where T : MusterFields, new()
        {
            object value = Find(from, name, isNeeded);
            return value == null ? null : ToPart<T>(value, from, name);
        }

        public static IReadOnlyList<T> Items<T>(MusterFields from, string name, bool isNeeded)
        {
            return List(from, name, isNeeded, item => item == null ? default(T) : Convert<T>(item, from, name));
        }

        public static IReadOnlyList<T> Parts<T>(MusterFields from, string name, bool isNeeded) where T : MusterFields, new()
        {
            return List(from, name, isNeeded, item => ToPart<T>(item, from, name));
        }

        public static IReadOnlyDictionary<string, T> Map<T>(MusterFields from, string name, bool isNeeded)
        {
            return Mapped(from, name, isNeeded, item => item == null ? default(T) : Convert<T>(item, from, name));
        }

        public static IReadOnlyDictionary<string, T> PartMap<T>(MusterFields from, string name, bool isNeeded) where T : MusterFields, new()
        {
            return Mapped(from, name, isNeeded, item => ToPart<T>(item, from, name));
        }

        /// <summary>Null takes the field away.</summary>
        public static void Put(MusterFields to, string name, object value)
        {
            if (value == null) to.Fields.Remove(name);
            else to.Fields[name] = Plain(value);
        }

        /// <summary>Null is written as null.</summary>
        public static void PutNullable(MusterFields to, string name, object value)
        {
            to.Fields[name] = Plain(value);
        }

        /// <summary>As the connection takes it: views as their fields, also within lists and dictionaries.</summary>
        static object Plain(object value)
        {
            if (value is MusterFields) return ((MusterFields)value).Fields;
            if (value == null || value is string) return value;
            if (value is IDictionary)
            {
                var fields = new Dictionary<string, object>();
                foreach (DictionaryEntry field in (IDictionary)value) fields[(string)field.Key] = Plain(field.Value);
                return fields;
            }
            return value is IEnumerable ? ((IEnumerable)value).Cast<object>().Select(Plain).ToList() : value;
        }

        static object Find(MusterFields from, string name, bool isNeeded)
        {
            object value;
            if ((!from.Fields.TryGetValue(name, out value) || value == null) && isNeeded) throw Wrong(from, name, "is missing");
            return value;
        }

        static T Convert<T>(object value, MusterFields from, string name)
        {
            if (value is T) return (T)value;
            var kind = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
            // What JSON writes as a whole number may be any number, and one that a game put in an int.
            if (value is IConvertible && !(value is string) && !(value is bool))
            {
                double number = System.Convert.ToDouble(value);
                if (kind == typeof(double)) return (T)(object)number;
                if (kind == typeof(long) && number == Math.Floor(number)) return (T)(object)System.Convert.ToInt64(value);
            }
            throw Wrong(from, name, "is no " + kind.Name + ": " + Json.Write(value));
        }

        static T ToPart<T>(object value, MusterFields from, string name) where T : MusterFields, new()
        {
            var fields = value as IDictionary<string, object>;
            if (fields == null) throw Wrong(from, name, "is no object");
            return fields.As<T>();
        }

        static IReadOnlyList<T> List<T>(MusterFields from, string name, bool isNeeded, Func<object, T> convert)
        {
            object value = Find(from, name, isNeeded);
            if (value == null) return null;
            var items = value as IEnumerable<object>;
            if (items == null) throw Wrong(from, name, "is no list");
            return items.Select(convert).ToList();
        }

        static IReadOnlyDictionary<string, T> Mapped<T>(MusterFields from, string name, bool isNeeded, Func<object, T> convert)
        {
            object value = Find(from, name, isNeeded);
            if (value == null) return null;
            var fields = value as IDictionary<string, object>;
            if (fields == null) throw Wrong(from, name, "is no object");
            return fields.ToDictionary(field => field.Key, field => convert(field.Value));
        }

        static FormatException Wrong(MusterFields from, string name, string what)
        {
            return new FormatException(from.GetType().Name + ": " + name + " " + what);
        }
    }
}
