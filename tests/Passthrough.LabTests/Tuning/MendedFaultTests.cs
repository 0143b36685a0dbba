using System.Runtime.CompilerServices;
using Passthrough.Guests;
using Passthrough.Study.Faults;
using Xunit;

namespace Passthrough.LabTests.Tuning;

/// <summary>The published program mends planted faults in real kernels, takes each change back without a trace, and survives its own death.</summary>
public sealed class MendedFaultTests
{
    private static readonly string _agent = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", "artifacts", "ptdiag", "ptdiag"));

    // One boot each: 'ptdiag lab mends' runs them all.
    private static readonly string[] _machines =
        ["unsafe-interrupts", "few-dma-entries", "container-permission", "virqfd", "override-race", "no-huge-pages", "huge-pages-remote", "interrupt-far"];

    private static readonly Lazy<Task<IReadOnlyList<MendCase>>> _cases = new(() => new MendRun(new Lab(new LabOptions()), _agent)
        .RunAsync([.. _machines.Select(name => LabCatalog.Find(name)!)], progress: null, CancellationToken.None));

    /// <summary>The machines.</summary>
    public static TheoryData<string> Machines => [.. _machines];

    [SkippableTheory]
    [MemberData(nameof(Machines))]
    public async Task A_fault_is_mended_and_its_undo_leaves_no_trace(string machine)
    {
        SkipWithoutBinary();
        MendCase result = (await _cases.Value).Single(item => item.Machine.Name == machine);
        Assert.Null(result.Trouble);
        Assert.Empty(result.Traces);
        Assert.EndsWith(" pass", result.After, StringComparison.Ordinal);
        Assert.True(result.IsRight, $"before: {result.Before}");
    }

    [SkippableFact]
    public async Task A_plan_that_was_killed_is_seen_and_taken_back()
    {
        SkipWithoutBinary();
        Skip.IfNot(File.Exists("/usr/bin/strace"), "strace is not installed: apt-get install strace.");
        KillTable table = await new KillRun(new Lab(new LabOptions()), _agent).RunAsync(KillRun.Calls, step: 17, CancellationToken.None);
        Assert.Equal(10, table.Steps);
        Assert.True(table.Cases.Count(item => item.ExitCode == 137) >= 6);
        Assert.All(table.Cases, item => Assert.True(item.IsRight, $"{item}\n{table.Traces}"));
    }

    private static void SkipWithoutBinary() => Skip.IfNot(File.Exists(_agent), "The program is not published: ./run-bench.sh --build.");

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
