using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Xml;

namespace Passthrough.Host.Guests;

/// <summary>
/// An element of a small XML document. Names are kept as written, prefix and all: libvirt's own elements have none. Never throws on
/// any text: a document type, and with it every entity of its own, is refused, and size and depth are limited.
/// </summary>
internal sealed class XmlPart
{
    private const int MaximumLength = 4 << 20;
    private const int MaximumDepth = 64;
    private readonly Dictionary<string, string> _attributes = new(StringComparer.Ordinal);
    private readonly List<XmlPart> _parts = [];
    private readonly StringBuilder _text = new();

    private XmlPart(string name, int line)
    {
        Name = name;
        Line = line;
    }

    /// <summary>The name as written.</summary>
    public string Name { get; }

    /// <summary>1-based line.</summary>
    public int Line { get; }

    /// <summary>Elements directly inside.</summary>
    public IReadOnlyList<XmlPart> Parts => _parts;

    /// <summary>Text directly inside, trimmed; null when there is none.</summary>
    public string? Text => _text.ToString().Trim() is { Length: > 0 } text ? text : null;

    /// <summary>An attribute's value, or null.</summary>
    public string? this[string attribute] => _attributes.GetValueOrDefault(attribute);

    /// <summary>The first element of a name, or null.</summary>
    public XmlPart? First(string name) => _parts.FirstOrDefault(part => part.Name == name);

    /// <summary>The first element down a path of names, or null.</summary>
    public XmlPart? Find(params ReadOnlySpan<string> names)
    {
        XmlPart? part = this;
        foreach (string name in names)
        {
            part = part?.First(name);
        }

        return part;
    }

    /// <summary>The elements of a name.</summary>
    public IEnumerable<XmlPart> All(string name) => _parts.Where(part => part.Name == name);

    /// <summary>Parses a document; false with the reason, and its line, when it is none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out XmlPart? root, out string why)
    {
        root = null;
        why = "";
        if (text.Length > MaximumLength)
        {
            why = "it is longer than 4 MiB";
            return false;
        }

        string content = text.TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        int skipped = text.AsSpan(0, text.Length - content.Length).Count('\n');
        try
        {
            // Prefixes are resolved by the reader of the document: an undeclared one is no error for libvirt, it only has no effect.
            using var reader = new XmlTextReader(new StringReader(content)) { Namespaces = false, DtdProcessing = DtdProcessing.Prohibit, EntityHandling = EntityHandling.ExpandEntities, XmlResolver = null };
            root = Read(reader, skipped, ref why);
        }
        catch (XmlException error)
        {
            root = null;
            why = error.Message.Contains("DTD", StringComparison.Ordinal)
                ? At("it has a document type, which no definition of a guest needs", error.LineNumber + skipped)
                : At("it is not well-formed XML", error.LineNumber + skipped);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or NotSupportedException)
        {
            root = null;
            why = "it is not well-formed XML";
        }

        if (root is null && why.Length == 0)
        {
            why = "it holds no element";
        }

        return root is not null;
    }

    private static XmlPart? Read(XmlTextReader reader, int skipped, ref string why)
    {
        XmlPart? root = null;
        var open = new Stack<XmlPart>();
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    var part = new XmlPart(reader.Name, reader.LineNumber + skipped);
                    bool isEmpty = reader.IsEmptyElement;
                    while (reader.MoveToNextAttribute())
                    {
                        part._attributes[reader.Name] = reader.Value;
                    }

                    if (open.TryPeek(out XmlPart? parent))
                    {
                        parent._parts.Add(part);
                    }

                    root ??= part;
                    if (!isEmpty)
                    {
                        open.Push(part);
                    }

                    if (open.Count > MaximumDepth)
                    {
                        why = At("its elements are nested more than 64 deep", part.Line);
                        return null;
                    }

                    break;
                case XmlNodeType.EndElement:
                    open.Pop();
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace when open.TryPeek(out XmlPart? holder):
                    holder._text.Append(reader.Value);
                    break;
            }
        }

        return root;
    }

    private static string At(string what, int line) => string.Create(CultureInfo.InvariantCulture, $"{what} (line {line})");
}
