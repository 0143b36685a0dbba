using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Passthrough.Host.Kernel;

/// <summary>
/// A kernel .config: y, m, n ("is not set"), strings and numbers. Source: Documentation/kbuild/kconfig.rst.
/// A configuration has ten thousand symbols and a run asks for a few dozen: a symbol is searched when it is asked for.
/// </summary>
public sealed class KernelConfigDictionary : IReadOnlyDictionary<string, string>
{
    private const string Prefix = "CONFIG_";
    private const string NotSet = " is not set";
    private readonly ReadOnlyMemory<byte> _text;
    private readonly Lazy<int> _count;

    private KernelConfigDictionary(ReadOnlyMemory<byte> text)
    {
        _text = text;
        _count = new Lazy<int>(CountSymbols);
    }

    /// <inheritdoc />
    public int Count => _count.Value;

    /// <summary>True when no line is a setting.</summary>
    public bool IsEmpty => !Settings().Any();

    /// <inheritdoc />
    public IEnumerable<string> Keys => Settings().Select(setting => setting.Key).Distinct(StringComparer.Ordinal);

    /// <inheritdoc />
    public IEnumerable<string> Values => Keys.Select(key => this[key]);

    /// <inheritdoc />
    public string this[string key] => TryGetValue(key, out string? value) ? value : throw new KeyNotFoundException(key);

    /// <summary>The symbols of a text; none when no line is a setting.</summary>
    public static KernelConfigDictionary Parse(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>The symbols of a file.</summary>
    public static KernelConfigDictionary Parse(ReadOnlyMemory<byte> text) => new(text);

    /// <inheritdoc />
    public bool ContainsKey(string key) => TryGetValue(key, out _);

    /// <summary>The last setting of a symbol, as the build system takes it.</summary>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        ReadOnlySpan<byte> name = Encoding.UTF8.GetBytes(key);
        ReadOnlySpan<byte> rest = _text.Span;
        value = null;
        while (!rest.IsEmpty && name.StartsWith("CONFIG_"u8))
        {
            int at = rest.LastIndexOf(name);
            if (at < 0)
            {
                break;
            }

            // The line that holds this place; the name must be all of its symbol.
            int start = rest[..at].LastIndexOf((byte)'\n') + 1;
            ReadOnlySpan<byte> tail = _text.Span[start..];
            int end = tail.IndexOf((byte)'\n');
            if (TrySetting(end < 0 ? tail : tail[..end], out string symbol, out value) && symbol == key)
            {
                return true;
            }

            value = null;
            rest = rest[..at];
        }

        return false;
    }

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
        Keys.Select(key => KeyValuePair.Create(key, this[key])).GetEnumerator();

    /// <inheritdoc />
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // A check cites this number: thousands of symbols are told apart by their bytes, without a text of each.
    private int CountSymbols()
    {
        ReadOnlySpan<byte> text = _text.Span;
        var symbols = new HashSet<int>(text.Count((byte)'\n') + 1, new SymbolComparer(_text));
        for (int start = 0; start < text.Length;)
        {
            int length = text[start..].IndexOf((byte)'\n');
            length = length < 0 ? text.Length - start : length;
            ReadOnlySpan<byte> line = text.Slice(start, length);
            if ((line.StartsWith("CONFIG_"u8) && line.IndexOf((byte)'=') > Prefix.Length)
                || (line.StartsWith("# CONFIG_"u8) && line.EndsWith(" is not set"u8) && line.Length > 2 + Prefix.Length + NotSet.Length))
            {
                symbols.Add(start + (line[0] == '#' ? 2 : 0));
            }
            else if (line.IndexOf("CONFIG_"u8) >= 0)
            {
                // White space around it, as pasted files have: rare, so the way that makes texts will do.
                return Keys.Count();
            }

            start += length + 1;
        }

        return symbols.Count;
    }

    private IEnumerable<KeyValuePair<string, string>> Settings()
    {
        for (int start = 0; start < _text.Length;)
        {
            int length = _text.Span[start..].IndexOf((byte)'\n');
            length = length < 0 ? _text.Length - start : length;
            if (TrySetting(_text.Span.Slice(start, length), out string symbol, out string? value))
            {
                yield return KeyValuePair.Create(symbol, value);
            }

            start += length + 1;
        }
    }

    private static bool TrySetting(ReadOnlySpan<byte> bytes, out string symbol, [NotNullWhen(true)] out string? value)
    {
        (symbol, value) = ("", null);
        if (bytes.IndexOf("CONFIG_"u8) < 0)
        {
            return false;
        }

        ReadOnlySpan<char> line = Encoding.UTF8.GetString(bytes).AsSpan().Trim();
        if (line.StartsWith(Prefix, StringComparison.Ordinal))
        {
            int equals = line.IndexOf('=');
            if (equals > Prefix.Length)
            {
                (symbol, value) = (line[..equals].ToString(), Unquote(line[(equals + 1)..]));
            }
        }
        else if (line.StartsWith("# " + Prefix, StringComparison.Ordinal) && line.EndsWith(NotSet, StringComparison.Ordinal)
            && line.Length > 2 + Prefix.Length + NotSet.Length)
        {
            (symbol, value) = (line[2..^NotSet.Length].ToString(), "n");
        }

        return value is not null;
    }

    private static string Unquote(ReadOnlySpan<char> value)
    {
        if (value.Length < 2 || value[0] != '"' || value[^1] != '"')
        {
            return value.ToString();
        }

        // Inside quotes a backslash protects a quote or a backslash.
        var plain = new StringBuilder(value.Length);
        ReadOnlySpan<char> inner = value[1..^1];
        for (int i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '\\' && i + 1 < inner.Length)
            {
                i++;
            }

            plain.Append(inner[i]);
        }

        return plain.ToString();
    }

    /// <summary>Compares symbols by the places in the text where they begin.</summary>
    private sealed class SymbolComparer(ReadOnlyMemory<byte> text) : IEqualityComparer<int>
    {
        public bool Equals(int left, int right) => SymbolAt(left).SequenceEqual(SymbolAt(right));

        public int GetHashCode(int place)
        {
            var hash = default(HashCode);
            hash.AddBytes(SymbolAt(place));
            return hash.ToHashCode();
        }

        private ReadOnlySpan<byte> SymbolAt(int place)
        {
            ReadOnlySpan<byte> rest = text.Span[place..];
            if (place < 2 || !text.Span.Slice(place - 2, 2).SequenceEqual("# "u8))
            {
                return rest[..rest.IndexOf((byte)'=')];
            }

            int end = rest.IndexOf((byte)'\n');
            return (end < 0 ? rest : rest[..end])[..^NotSet.Length];
        }
    }
}
