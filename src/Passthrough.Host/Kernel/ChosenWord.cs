namespace Passthrough.Host.Kernel;

/// <summary>Files that offer words and mark the one in force with brackets: "always [madvise] never".</summary>
public static class ChosenWord
{
    /// <summary>The word in brackets; a text of a single bare word is that word.</summary>
    public static bool TryParse(string text, out string word)
    {
        word = "";
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string? chosen = words.FirstOrDefault(item => item.Length > 2 && item[0] == '[' && item[^1] == ']');
        if (chosen is not null)
        {
            word = chosen[1..^1];
            return true;
        }

        if (words.Length == 1 && words[0].IndexOfAny(['[', ']']) < 0)
        {
            word = words[0];
            return true;
        }

        return false;
    }
}
