namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>Finds the word that was meant.</summary>
internal static class Spelling
{
    /// <summary>The known word nearest to this one, at most two letters away (one for short words); null when none is.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        (string Word, int Distance)? best = null;
        foreach (string candidate in known)
        {
            int allowed = candidate.Length <= 5 ? 0 : candidate.Length <= 8 ? 1 : 2;
            int distance = Distance(word, candidate);
            if (distance <= allowed && distance < (best?.Distance ?? int.MaxValue))
            {
                best = (candidate, distance);
            }
        }

        return best?.Word;
    }

    // Levenshtein's distance; words here have some twenty letters, and longer ones are near to none.
    private static int Distance(string left, string right)
    {
        if (Math.Abs(left.Length - right.Length) > 2)
        {
            return int.MaxValue;
        }

        const int longest = 64;
        if (right.Length >= longest)
        {
            return int.MaxValue;
        }

        Span<int> row = stackalloc int[longest];
        row = row[..(right.Length + 1)];
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = i;
        }

        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
