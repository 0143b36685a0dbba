using System.Text;

namespace Passthrough.Guests.Transports;

/// <summary>Foreign text made fit for the middle of a sentence.</summary>
internal static class OneLine
{
    private const int Longest = 300;

    /// <summary>The last line that is not blank, without control characters and without a full stop at its end; null where there is none.</summary>
    public static string? Last(string text) =>
        text.Split('\n').Select(Clean).LastOrDefault(line => line.Length > 0);

    /// <summary>The whole text on one line, control characters as blanks, shortened.</summary>
    public static string Clean(string text)
    {
        var line = new StringBuilder(Math.Min(text.Length, Longest + 1));
        foreach (char character in text)
        {
            if (line.Length > Longest)
            {
                line.Append('…');
                break;
            }

            line.Append(char.IsControl(character) ? ' ' : character);
        }

        return line.ToString().Trim().TrimEnd('.');
    }
}
