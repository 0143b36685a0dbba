using System.Runtime.CompilerServices;
using System.Text;
using Passthrough.Diagnosis;
using Passthrough.Guests;
using Passthrough.Host.Bundles;
using Passthrough.Host.Model;
using Passthrough.Reports.Json;
using Passthrough.Study.Faults;
using Xunit;

namespace Passthrough.LabTests.Diagnosis;

/// <summary>
/// The published program audits real kernels with real faults: each is named, by the right rung, and healthy machines are left in peace. The bundle
/// it makes beside each audit replays here to the very same bytes.
/// </summary>
public sealed class PlantedFaultTests
{
    private static readonly string _agent = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", "artifacts", "ptdiag", "ptdiag"));

    // A boot of their own for a fault that another machine shows in nearly the same way: "ptdiag lab faults" runs them all, and so does this with PTDIAG_ALL_FAULTS=1.
    private static readonly string[] _rarely =
        ["amd-intremap-off-cmdline", "iommu-off", "acs-override", "bad-vfio-ids", "lockdown", "multifunction", "wrong-vendor", "huge-pages-short",
            "no-reset", "node-unknown", "isolation-overlap", "no-acs-port", "intremap-off-dmar"];

    private static readonly string[] _bundled = ["amd-healthy", "intel-healthy", "numa", "no-iommu", "shared-group", "domain-missing-device"];

    private static readonly Lazy<Task<FaultTable>> _table = new(async () => new FaultTable(await new FaultRun(new Lab(new LabOptions()), _agent)
        .RunAsync([.. Judged], machine => _bundled.Contains(machine.Name), peer: false, progress: null, CancellationToken.None)));

    /// <summary>The machines of the table.</summary>
    public static TheoryData<string> Machines => [.. Judged.Select(machine => machine.Name)];

    private static IEnumerable<LabMachine> Judged =>
        LabCatalog.Judged.Where(machine => !_rarely.Contains(machine.Name) || Environment.GetEnvironmentVariable("PTDIAG_ALL_FAULTS") == "1");

    [SkippableTheory]
    [MemberData(nameof(Machines))]
    public async Task A_fault_is_named_by_the_right_rung_and_health_is_left_alone(string machine)
    {
        FaultCase result = (await TableAsync()).Cases.Single(item => item.Machine.Name == machine);

        Assert.Null(result.Trouble);
        Assert.Equal(result.Machine.ExpectedCause, result.Cause?.Rung);
        Assert.True(result.IsRight, $"Expected one of {string.Join(", ", result.Machine.ExpectedFindings)} at least as {result.Machine.ExpectedVerdict}, found "
            + string.Join("; ", result.Findings.Where(finding => finding.Verdict != "note").Select(finding => $"{finding.Id} {finding.Verdict}")));
    }

    [SkippableFact]
    public async Task What_is_told_of_a_fault_on_its_machine_is_not_told_of_healthy_ones()
    {
        FaultTable table = await TableAsync();
        string[] classes = [.. table.Faults.SelectMany(item => item.Machine.ExpectedFindings).Distinct()];
        Assert.Empty(table.Healthy.SelectMany(item => item.Findings.Where(finding => finding.Verdict is "fail" or "warn" && classes.Contains(finding.Id))
            .Select(finding => $"{item.Machine.Name}: {finding.Id}")));
        Assert.True(table.Faults.Count() >= 30);
    }

    [SkippableFact]
    public async Task The_command_line_at_fault_is_quoted()
    {
        FaultTable table = await TableAsync();
        Assert.All((string[])["cmdline-off", "amd-cmdline-off", "intremap-off-cmdline"], name =>
        {
            FaultCase item = table.Cases.Single(one => one.Machine.Name == name);
            Assert.Contains(item.Machine.KernelArguments[^1], item.Cause!.Value.Sentence, StringComparison.Ordinal);
        });
        Assert.Contains("0000:02:02.0", table.Cases.Single(item => item.Machine.Name == "shared-group").Cause!.Value.Sentence, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Each_bundle_replays_to_the_findings_that_stand_in_it()
    {
        FaultTable table = await TableAsync();
        foreach (FaultCase item in table.Cases.Where(item => _bundled.Contains(item.Machine.Name)))
        {
            Assert.NotNull(item.Bundle);
            using var stream = new MemoryStream(item.Bundle);
            BundleEvidence bundle = BundleEvidence.Open(stream, item.Machine.Name);
            Assert.True(bundle.TryGetMember("findings.json", out ReadOnlyMemory<byte> stored));
            AuditResult replayed = Auditor.Judge(HostReader.Read(bundle),
                new AuditOptions { Today = DateOnly.FromDateTime(bundle.Manifest.Created.UtcDateTime) });
            Assert.Equal(Encoding.UTF8.GetString(stored.Span), Documents.Findings(replayed, new ToolInfo("ptdiag", bundle.Manifest.Tool!.Version!)));
        }
    }

    private static Task<FaultTable> TableAsync()
    {
        Skip.If(Lab.WhyNot() is not null, Lab.WhyNot());
        Skip.IfNot(File.Exists(_agent), "artifacts/ptdiag/ptdiag is not built: run ./run-bench.sh --build");
        return _table.Value;
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
