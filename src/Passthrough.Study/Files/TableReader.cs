using System.Globalization;

namespace Passthrough.Study.Files;

/// <summary>Takes the keys of one table; what nobody has taken is an unknown key. Every error names line and key.</summary>
/// <param name="table">The table.</param>
/// <param name="path">How a person finds it, for example <c>[[guest]]</c>.</param>
internal sealed class TableReader(TomlNode.Table table, string path)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>Line of the table.</summary>
    public int Line => table.Line;

    /// <summary>How a person finds it.</summary>
    public string Path => path;

    /// <summary>The value of a key, or null.</summary>
    public TomlNode? Take(string key)
    {
        _taken.Add(key);
        return table.Members.GetValueOrDefault(key);
    }

    /// <summary>Text, or null where the key is absent. Empty text is refused.</summary>
    public string? Text(string key) => Take(key) switch
    {
        null => null,
        TomlNode.Text { Value.Length: > 0 } text => text.Value,
        TomlNode.Text text => throw Error(text, key, "must not be empty"),
        var other => throw Error(other, key, $"must be a string, and is {other.Kind}"),
    };

    /// <summary>Text that must be there.</summary>
    public string RequiredText(string key) => Text(key) ?? throw Error(null, key, "is missing");

    /// <summary>A name: letters, digits, dots, dashes and underscores, at most 64.</summary>
    public string? Name(string key) => Text(key) is not { } text ? null : IsName(text) ? text
        : throw Error(Take(key), key, $"'{text}' is no name: use at most 64 letters, digits, dots, dashes and underscores");

    /// <summary>A whole number within bounds, or null where the key is absent.</summary>
    public long? Integer(string key, long least, long most) => Take(key) switch
    {
        null => null,
        TomlNode.Integer number when number.Value >= least && number.Value <= most => number.Value,
        TomlNode.Integer number => throw Error(number, key, string.Create(CultureInfo.InvariantCulture, $"{number.Value} is not from {least} to {most}")),
        var other => throw Error(other, key, $"must be a whole number, and is {other.Kind}"),
    };

    /// <summary>A whole number that must be there.</summary>
    public long RequiredInteger(string key, long least, long most) => Integer(key, least, most) ?? throw Error(null, key, "is missing");

    /// <summary>True or false; absent is false.</summary>
    public bool Truth(string key) => Take(key) switch
    {
        null => false,
        TomlNode.Truth truth => truth.Value,
        var other => throw Error(other, key, $"must be true or false, and is {other.Kind}"),
    };

    /// <summary>A table below a key, or null.</summary>
    public TableReader? Table(string key, string? innerPath = null) => Take(key) switch
    {
        null => null,
        TomlNode.Table inner => new TableReader(inner, innerPath ?? $"{path} {key}"),
        var other => throw Error(other, key, $"must be a table, and is {other.Kind}"),
    };

    /// <summary>The tables of an array of tables; absent is none.</summary>
    public IReadOnlyList<TableReader> Tables(string key, string? innerPath = null) => Take(key) switch
    {
        null => [],
        TomlNode.List list => [.. list.Items.Select(item => item is TomlNode.Table inner ? new TableReader(inner, innerPath ?? $"{path} {key}")
            : throw Error(item, key, $"must be an array of tables, and holds {item.Kind}"))],
        var other => throw Error(other, key, $"must be an array of tables, and is {other.Kind}"),
    };

    /// <summary>One text or an array of texts; null where the key is absent.</summary>
    public IReadOnlyList<string>? Texts(string key) => Take(key) switch
    {
        null => null,
        TomlNode.Text text => [text.Value],
        TomlNode.List { Items.Count: > 0 } list => [.. list.Items.Select(item => item is TomlNode.Text text ? text.Value
            : throw Error(item, key, $"must be an array of strings, and holds {item.Kind}"))],
        TomlNode.List list => throw Error(list, key, "must not be empty"),
        var other => throw Error(other, key, $"must be a string or an array of strings, and is {other.Kind}"),
    };

    /// <summary>The parameters of a workload: whatever keys, each with one value. Absent is none.</summary>
    public IReadOnlyDictionary<string, (string Value, int Line)> Values(string key)
    {
        var values = new SortedDictionary<string, (string, int)>(StringComparer.Ordinal);
        switch (Take(key))
        {
            case null:
                break;
            case TomlNode.Table inner:
                foreach ((string name, TomlNode node) in inner.Members)
                {
                    values[name] = (node switch
                    {
                        TomlNode.Text text => text.Value,
                        TomlNode.Integer number => number.Value.ToString(CultureInfo.InvariantCulture),
                        TomlNode.Real number => number.Value.ToString("R", CultureInfo.InvariantCulture),
                        TomlNode.Truth truth => truth.Value ? "true" : "false",
                        _ => throw new StudyFileException(node.Line, $"{path} {key} {name}", $"must be one value, and is {node.Kind}"),
                    }, node.Line);
                }

                break;
            case var other:
                throw Error(other, key, $"must be a table, and is {other.Kind}");
        }

        return values;
    }

    /// <summary>Refuses keys that nobody has taken, with those that there are.</summary>
    public void End()
    {
        foreach ((string key, TomlNode node) in table.Members)
        {
            if (!_taken.Contains(key))
            {
                throw Error(node, key, "is an unknown key; known are " + string.Join(", ", _taken.Order(StringComparer.Ordinal)));
            }
        }
    }

    /// <summary>An error at a key of this table.</summary>
    public StudyFileException Error(TomlNode? at, string key, string problem) => new(at?.Line ?? table.Line, $"{path} {key}".Trim(), problem);

    /// <summary>An error at a key of this table, on the key's own line where it is there.</summary>
    public StudyFileException Error(string key, string problem) => Error(table.Members.GetValueOrDefault(key), key, problem);

    private static bool IsName(string text) =>
        text.Length <= 64 && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_') && text[0] is not ('-' or '.');
}
