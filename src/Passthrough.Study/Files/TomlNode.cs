namespace Passthrough.Study.Files;

/// <summary>A value of a TOML file with the line it stands on; a mapping by hand from these is what lets every error name its place.</summary>
/// <param name="Line">1-based line.</param>
internal abstract record TomlNode(int Line)
{
    /// <summary>What a person calls this kind of value.</summary>
    public abstract string Kind { get; }

    /// <summary>Text.</summary>
    public sealed record Text(int Line, string Value) : TomlNode(Line)
    {
        /// <inheritdoc />
        public override string Kind => "a string";
    }

    /// <summary>A whole number.</summary>
    public sealed record Integer(int Line, long Value) : TomlNode(Line)
    {
        /// <inheritdoc />
        public override string Kind => "a whole number";
    }

    /// <summary>A number with a fraction.</summary>
    public sealed record Real(int Line, double Value) : TomlNode(Line)
    {
        /// <inheritdoc />
        public override string Kind => "a number with a fraction";
    }

    /// <summary>Yes or no.</summary>
    public sealed record Truth(int Line, bool Value) : TomlNode(Line)
    {
        /// <inheritdoc />
        public override string Kind => "true or false";
    }

    /// <summary>A date or a time, of which a study file has none.</summary>
    public sealed record Date(int Line) : TomlNode(Line)
    {
        /// <inheritdoc />
        public override string Kind => "a date or time";
    }

    /// <summary>An array, or the tables of one [[name]].</summary>
    public sealed record List(int Line) : TomlNode(Line)
    {
        /// <inheritdoc />
        public override string Kind => "an array";

        /// <summary>Written as a value, [ … ]: nothing may be added from elsewhere.</summary>
        public bool IsValue { get; init; }

        /// <summary>Its items, in the order of the file.</summary>
        public List<TomlNode> Items { get; } = [];
    }

    /// <summary>A table.</summary>
    public sealed record Table(int Line) : TomlNode(Line)
    {
        /// <inheritdoc />
        public override string Kind => "a table";

        /// <summary>Written as a value, { … }: nothing may be added from elsewhere.</summary>
        public bool IsValue { get; set; }

        /// <summary>It has had its [name]: a second one is a mistake.</summary>
        public bool IsOpened { get; set; }

        /// <summary>Its members, in the order of the file.</summary>
        public OrderedDictionary<string, TomlNode> Members { get; } = new(StringComparer.Ordinal);
    }
}
