namespace Passthrough.Reports.Formats;

/// <summary>Words of a POSIX shell.</summary>
internal static class PosixShell
{
    /// <summary>The text as one word, whatever it holds: paths of a bundle come from another machine.</summary>
    public static string Quoted(string value) => value.Length > 0 && value.All(character => char.IsAsciiLetterOrDigit(character) || "=,-_.:/@%+".Contains(character, StringComparison.Ordinal))
        ? value
        : "'" + value.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
