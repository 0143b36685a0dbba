using Xunit;

namespace Passthrough.Tests.Robustness;

/// <summary>The same property on captured machines, which are partial and strange; only in the full product, where the captures are at hand.</summary>
public sealed class CapturedMachineTests(Xunit.Abstractions.ITestOutputHelper output)
{
    public static TheoryData<string> Trees => Fixtures.Captures is { } captures && OneAnswer.Everything
        ? [.. Directory.GetFiles(captures, "root.tar.gz", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
        : [""];

    [SkippableTheory]
    [MemberData(nameof(Trees))]
    public void Losing_one_answer_leaves_each_verdict_or_makes_it_unknown(string tree)
    {
        Skip.If(tree.Length == 0, "part of the full product alone");
        output.WriteLine(OneAnswer.Lose(Passthrough.Tests.Host.TreeEvidence.FromArchive(tree), null, 0, onlyKinds: true));
    }
}
