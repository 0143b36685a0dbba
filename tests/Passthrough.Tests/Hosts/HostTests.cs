using Passthrough.Diagnosis;
using Passthrough.Host.Bundles;
using Passthrough.Host.Model;
using Passthrough.Reports.Json;
using Xunit;

namespace Passthrough.Tests.Hosts;

/// <summary>
/// Machines as fixtures: each folder of tests/Hosts holds a bundle and its approved findings. Adding a machine is adding
/// data. When a change of the findings is wanted, run with PTDIAG_APPROVE=1 and review the diff.
/// </summary>
public sealed class HostTests
{
    private static readonly string _hosts = Path.Combine(Fixtures.Repository, "tests", "Hosts");

    public static TheoryData<string> Machines =>
        [.. Directory.GetDirectories(_hosts).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Machines))]
    public void A_machine_is_judged_as_approved(string machine)
    {
        BundleEvidence evidence = BundleEvidence.Open(Path.Combine(_hosts, machine, "machine.tar.zst"));
        AuditResult audit = Auditor.Judge(HostReader.Read(evidence), new AuditOptions { Today = new DateOnly(2026, 1, 1) });
        string received = Documents.Findings(audit, new ToolInfo("ptdiag", "0.0.0"));
        string approved = Path.Combine(_hosts, machine, "findings.verified.json");
        if (Environment.GetEnvironmentVariable("PTDIAG_APPROVE") == "1")
        {
            File.WriteAllText(approved, received);
        }

        Assert.Equal(File.ReadAllText(approved), received);
    }

    [Fact]
    public void There_are_machines() => Assert.NotEmpty(Machines);
}
