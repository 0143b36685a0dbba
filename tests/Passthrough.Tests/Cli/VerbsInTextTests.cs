using System.Text.RegularExpressions;
using Xunit;

namespace Passthrough.Tests.Cli;

/// <summary>What the tool tells a person to run must exist.</summary>
public sealed partial class VerbsInTextTests
{
    [Fact]
    public void Every_verb_that_a_text_names_is_a_verb()
    {
        (_, string help, _) = Ptdiag.Run("--help");
        HashSet<string> verbs = [.. HelpLine().Matches(help).Select(match => match.Groups[1].Value)];
        Assert.Contains("check", verbs);
        string[] files =
        [
            .. Directory.GetFiles(Path.Combine(Fixtures.Repository, "src"), "*.cs", SearchOption.AllDirectories),
            Path.Combine(Fixtures.Repository, "README.md"),
        ];
        List<string> wrong = [.. files.Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => Named().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetFileName(file)}: ptdiag {match.Groups[1].Value}"))
            .Where(named => !verbs.Contains(named[(named.LastIndexOf(' ') + 1)..])).Distinct()];
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [GeneratedRegex(@"^  ([a-z]+) ", RegexOptions.Multiline)]
    private static partial Regex HelpLine();

    // A verb in quotes, in a code tag, at a prompt or at the beginning of a line of the README.
    [GeneratedRegex(@"(?:'|\\?""|<c>|\$ |\n  |^)ptdiag ([a-z]+)\b", RegexOptions.Multiline)]
    private static partial Regex Named();
}
