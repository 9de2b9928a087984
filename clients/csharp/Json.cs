// JSON without a package: objects are Dictionary<string, object>, lists List<object>, numbers long or double.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Muster
{
    public static class Json
    {
        /// <summary>As deep as the server lets a message nest, and a little more.</summary>
        const int MaxDepth = 64;

        /// <exception cref="FormatException">Where the text is not JSON.</exception>
        public static object Parse(string text)
        {
            int at = 0;
            object value = Value(text, ref at, 0);
            Space(text, ref at);
            if (at < text.Length) throw Wrong(at);
            return value;
        }

        public static string Write(object value)
        {
            var to = new StringBuilder();
            Append(to, value, 0);
            return to.ToString();
        }

        static FormatException Wrong(int at) { return new FormatException("no JSON at character " + at); }

        static void Space(string text, ref int at)
        {
            while (at < text.Length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) at++;
        }

        static object Value(string text, ref int at, int depth)
        {
            Space(text, ref at);
            if (at >= text.Length || depth > MaxDepth) throw Wrong(at);
            switch (text[at])
            {
                case '{': return Fields(text, ref at, depth);
                case '[': return Items(text, ref at, depth);
                case '"': return Text(text, ref at);
                case 't': return Word(text, ref at, "true", true);
                case 'f': return Word(text, ref at, "false", false);
                case 'n': return Word(text, ref at, "null", null);
                default: return Number(text, ref at);
            }
        }

        static object Word(string text, ref int at, string word, object value)
        {
            if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0) throw Wrong(at);
            at += word.Length;
            return value;
        }

        static Dictionary<string, object> Fields(string text, ref int at, int depth)
        {
            var fields = new Dictionary<string, object>();
            at++;
            for (Space(text, ref at); at < text.Length && text[at] != '}'; Space(text, ref at))
            {
                if (fields.Count > 0) Expect(text, ref at, ',');
                Space(text, ref at);
                string name = Text(text, ref at);
                Space(text, ref at);
                Expect(text, ref at, ':');
                fields[name] = Value(text, ref at, depth + 1);
            }
            Expect(text, ref at, '}');
            return fields;
        }

        static List<object> Items(string text, ref int at, int depth)
        {
            var items = new List<object>();
            at++;
            for (Space(text, ref at); at < text.Length && text[at] != ']'; Space(text, ref at))
            {
                if (items.Count > 0) Expect(text, ref at, ',');
                items.Add(Value(text, ref at, depth + 1));
            }
            Expect(text, ref at, ']');
            return items;
        }

        static void Expect(string text, ref int at, char one)
        {
            if (at >= text.Length || text[at] != one) throw Wrong(at);
            at++;
        }

        static string Text(string text, ref int at)
        {
            Expect(text, ref at, '"');
            var read = new StringBuilder();
            while (at < text.Length && text[at] != '"')
            {
                char one = text[at++];
                if (one != '\\') { read.Append(one); continue; }
                if (at >= text.Length) throw Wrong(at);
                char escaped = text[at++];
                int index = "bfnrt".IndexOf(escaped);
                if (index >= 0) read.Append("\b\f\n\r\t"[index]);
                else if (escaped != 'u') read.Append(escaped);
                else
                {
                    int code;
                    if (at + 4 > text.Length || !int.TryParse(text.Substring(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code)) throw Wrong(at);
                    read.Append((char)code);
                    at += 4;
                }
            }
            Expect(text, ref at, '"');
            return read.ToString();
        }

        static object Number(string text, ref int at)
        {
            int from = at;
            while (at < text.Length && "+-.eE0123456789".IndexOf(text[at]) >= 0) at++;
            string digits = text.Substring(from, at - from);
            long whole;
            if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole)) return whole;
            double number;
            if (double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out number)) return number;
            throw Wrong(from);
        }

        static void Append(StringBuilder to, object value, int depth)
        {
            if (depth > MaxDepth) throw new FormatException("nested too deeply");
            if (value == null) to.Append("null");
            else if (value is string) AppendText(to, (string)value);
            else if (value is bool) to.Append((bool)value ? "true" : "false");
            else if (value is IDictionary)
            {
                string before = "{";
                foreach (DictionaryEntry field in (IDictionary)value)
                {
                    to.Append(before);
                    AppendText(to, (string)field.Key);
                    to.Append(':');
                    Append(to, field.Value, depth + 1);
                    before = ",";
                }
                to.Append(before == "{" ? "{}" : "}");
            }
            else if (value is IEnumerable)
            {
                string before = "[";
                foreach (object item in (IEnumerable)value)
                {
                    to.Append(before);
                    Append(to, item, depth + 1);
                    before = ",";
                }
                to.Append(before == "[" ? "[]" : "]");
            }
            else to.Append(((IFormattable)value).ToString(value is double || value is float ? "R" : null, CultureInfo.InvariantCulture));
        }

        static void AppendText(StringBuilder to, string text)
        {
            to.Append('"');
            foreach (char one in text)
                if (one == '"' || one == '\\') to.Append('\\').Append(one);
                else if (one < ' ') to.Append("\\u").Append(((int)one).ToString("x4"));
                else to.Append(one);
            to.Append('"');
        }
    }
}
