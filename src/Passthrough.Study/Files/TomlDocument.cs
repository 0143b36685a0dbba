using System.Text;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Passthrough.Study.Files;

/// <summary>Turns the bytes of a TOML file into nodes with their lines. Touches nothing else.</summary>
internal static class TomlDocument
{
    /// <summary>A study file has a few kilobytes; what is larger is none.</summary>
    public const int LongestBytes = 256 << 10;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The root table.</summary>
    /// <exception cref="StudyFileException">It is not TOML.</exception>
    public static TomlNode.Table Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > LongestBytes)
        {
            throw new StudyFileException(1, "", $"a study file has at most {LongestBytes >> 10} KiB");
        }

        string text;
        try
        {
            text = s_strict.GetString(utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8);
        }
        catch (DecoderFallbackException)
        {
            throw new StudyFileException(1, "", "the file is not text in UTF-8");
        }

        DocumentSyntax document = SyntaxOf(text);
        if (document.HasErrors)
        {
            DiagnosticMessage first = document.Diagnostics.Where(message => message.Kind == DiagnosticMessageKind.Error).MinBy(message => message.Span.Start.Offset)!;
            throw new StudyFileException(first.Span.Start.Line + 1, "", "this is not TOML (" + OneLine(first.Message) + ")");
        }

        var root = new TomlNode.Table(1);
        Add(root, document.KeyValues);
        foreach (TableSyntaxBase table in document.Tables)
        {
            Add(TableOf(root, table), table.Items);
        }

        return root;
    }

    private static DocumentSyntax SyntaxOf(string text)
    {
        try
        {
            // Its validator takes a table below one item of an array of tables for one of the next item, so what is given twice is found here.
            return SyntaxParser.Parse(text, validate: false);
        }
        catch (TomlException error)
        {
            // Brackets within brackets beyond measure.
            throw new StudyFileException(1, "", "this is not TOML (" + OneLine(error.Message) + ")");
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or IndexOutOfRangeException or NullReferenceException or FormatException or OverflowException)
        {
            // For example half of a surrogate pair in an escape, which the parser takes for a mistake of its caller.
            throw new StudyFileException(1, "", "this is not TOML: a character or number in it cannot be read");
        }
    }

    /// <summary>The table that a [name] or [[name]] opens.</summary>
    private static TomlNode.Table TableOf(TomlNode.Table root, TableSyntaxBase syntax)
    {
        int line = LineOf(syntax);
        string[] path = [.. Parts(syntax.Name, line)];
        TomlNode.Table parent = Walk(root, path.AsSpan(..^1), line);
        if (syntax is not TableArraySyntax)
        {
            TomlNode.Table opened = Walk(parent, path.AsSpan(^1..), line);
            if (opened.IsOpened || parent.Members[path[^1]] is TomlNode.List)
            {
                throw Clash(line, path[^1]);
            }

            opened.IsOpened = true;
            return opened;
        }

        var table = new TomlNode.Table(line) { IsOpened = true };
        if (!parent.Members.TryGetValue(path[^1], out TomlNode? existing))
        {
            parent.Members.Add(path[^1], existing = new TomlNode.List(line));
        }

        if (existing is not TomlNode.List { IsValue: false } list)
        {
            throw Clash(line, path[^1]);
        }

        list.Items.Add(table);
        return table;
    }

    /// <summary>Follows names from a table, making tables where there are none; below an array of tables it is the last one.</summary>
    private static TomlNode.Table Walk(TomlNode.Table from, ReadOnlySpan<string> path, int line)
    {
        TomlNode.Table table = from;
        foreach (string name in path)
        {
            if (!table.Members.TryGetValue(name, out TomlNode? next))
            {
                table.Members.Add(name, next = new TomlNode.Table(line));
            }

            table = next switch
            {
                TomlNode.Table { IsValue: false } found => found,
                TomlNode.List { IsValue: false, Items: [.., TomlNode.Table last] } => last,
                _ => throw Clash(line, name),
            };
        }

        return table;
    }

    private static void Add(TomlNode.Table table, IEnumerable<KeyValueSyntax> items)
    {
        foreach (KeyValueSyntax item in items)
        {
            int line = LineOf(item);
            string[] path = [.. Parts(item.Key, line)];
            if (!Walk(table, path.AsSpan(..^1), line).Members.TryAdd(path[^1], NodeOf(item.Value, line)))
            {
                throw Clash(line, path[^1]);
            }
        }
    }

    private static TomlNode NodeOf(ValueSyntax? value, int line)
    {
        switch (value)
        {
            case StringValueSyntax text:
                return new TomlNode.Text(line, text.Value ?? "");
            case IntegerValueSyntax number:
                return new TomlNode.Integer(line, number.Value);
            case FloatValueSyntax number:
                return new TomlNode.Real(line, number.Value);
            case BooleanValueSyntax truth:
                return new TomlNode.Truth(line, truth.Value);
            case ArraySyntax array:
                var list = new TomlNode.List(line) { IsValue = true };
                list.Items.AddRange(array.Items.Select(item => NodeOf(item.Value, item.Value is null ? line : LineOf(item.Value))));
                return list;
            case InlineTableSyntax inline:
                var table = new TomlNode.Table(line);
                Add(table, inline.Items.Select(item => item.KeyValue).OfType<KeyValueSyntax>());
                table.IsValue = true;
                return table;
            default:
                return new TomlNode.Date(line);
        }
    }

    private static IEnumerable<string> Parts(KeySyntax? key, int line)
    {
        yield return Name(key?.Key, line);
        foreach (DottedKeyItemSyntax item in key!.DotKeys)
        {
            yield return Name(item.Key, line);
        }
    }

    private static string Name(BareKeyOrStringValueSyntax? key, int line) => key switch
    {
        BareKeySyntax { Key.Text: { } bare } => bare,
        StringValueSyntax { Value: { } quoted } => quoted,
        _ => throw new StudyFileException(line, "", "a key is missing"),
    };

    private static int LineOf(SyntaxNodeBase node) => node.Span.Start.Line + 1;

    private static StudyFileException Clash(int line, string key) => new(line, key, "this key is given twice, or as two different things");

    private static string OneLine(string text) => new([.. text.Take(200).Select(character => char.IsControl(character) ? ' ' : character)]);
}
