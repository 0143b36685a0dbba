namespace Passthrough.Host.Logs;

/// <summary>One kind of line, recognised by fixed text. All stems must stand in the line.</summary>
/// <param name="Kind">What the line is.</param>
/// <param name="Meaning">What it means, a sentence that holds for every line the rule takes.</param>
/// <param name="CheckIds">Checks that read it.</param>
/// <param name="Stems">Texts, compared without case: printers of the same message differ in their first letter.</param>
internal sealed record LogRule(LogEventKind Kind, string Meaning, string[] CheckIds, params string[] Stems)
{
    /// <summary>True when the message holds every stem.</summary>
    public bool Matches(ReadOnlySpan<char> message)
    {
        foreach (string stem in Stems)
        {
            if (!message.Contains(stem, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }
}
