using System.Text;

namespace Passthrough.Cli.Output;

/// <summary>Breaks text into lines at blanks, so that a narrow terminal shows what belongs together under each other.</summary>
internal static class Wrapping
{
    /// <summary>Narrower than this nothing can be read; the terminal breaks the lines then.</summary>
    private const int Narrowest = 30;

    /// <summary>
    /// The text behind <paramref name="first"/>, with further lines behind as many blanks as <paramref name="first"/> is long, or four
    /// where that would leave too little. Every line ends with a line feed; a word that is too long stands alone on its line.
    /// </summary>
    public static string Indented(string first, string text, int width)
    {
        int indent = first.Length > width / 3 ? Math.Min(4, first.Length) : first.Length;
        var result = new StringBuilder(first);
        int column = first.Length;
        bool isFirst = true;
        foreach (string word in text.Split(' '))
        {
            if (!isFirst && width >= Narrowest && column + 1 + word.Length > width)
            {
                result.Append('\n').Append(' ', indent);
                column = indent;
            }
            else if (!isFirst)
            {
                result.Append(' ');
                column++;
            }

            result.Append(word);
            column += word.Length;
            isFirst = false;
        }

        return result.Append('\n').ToString();
    }
}
