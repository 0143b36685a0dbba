using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Passthrough.Diagnosis;
using Passthrough.Guests;
using Passthrough.Host.Bundles;
using Passthrough.Host.Model;
using Passthrough.Reports.Json;
using Xunit;

namespace Passthrough.LabTests.Diagnosis;

/// <summary>
/// The published program audits real kernels with real faults: the cause names the broken rung, and the bundle it makes
/// there replays here to the very same bytes.
/// </summary>
public sealed class GuestAuditTests
{
    private static readonly string _agent = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", "artifacts", "ptdiag", "ptdiag"));

    [SkippableTheory]
    [InlineData("amd-healthy", "yes", null, null)]
    [InlineData("intel-healthy", "yes", null, null)]
    [InlineData("no-iommu", "no", "firmware", null)]
    [InlineData("cmdline-off", "no", "commandLine", "intel_iommu=off")]
    [InlineData("intremap-off-firmware", "no", "interruptRemapping", "intremap=on on the guest")]
    [InlineData("intremap-off-cmdline", "no", "interruptRemapping", "intremap=off")]
    [InlineData("shared-group", "no", "groups", "0000:02:02.0")]
    [InlineData("no-modules", "no", "driver", "no vfio_pci module")]
    public async Task The_cause_names_the_broken_rung(string machine, string ready, string? rung, string? named)
    {
        Skip.If(Lab.WhyNot() is not null, Lab.WhyNot());
        Skip.IfNot(File.Exists(_agent), "artifacts/ptdiag/ptdiag is not built: run ./run-bench.sh --build");
        LabRun run = await new Lab(new LabOptions()).RunAsync(LabCatalog.Find(machine)!, new LabCommand
        {
            Arguments = ["sh", "-c", "cd /out && ptdiag check --format json > check.json; echo $? > code; ptdiag bundle create machine.tar.zst"],
            AgentPath = _agent,
            Timeout = TimeSpan.FromMinutes(3),
        }, CancellationToken.None);
        Assert.True(run.ExitCode == 0, run.Error);

        using JsonDocument check = JsonDocument.Parse(run.Files["check.json"]);
        Assert.Equal(ready, check.RootElement.GetProperty("ready").GetString());
        Assert.Equal(ready == "yes" ? "0" : "1", Encoding.UTF8.GetString(run.Files["code"]).Trim());
        JsonElement cause = check.RootElement.GetProperty("cause");
        Assert.Equal(rung, cause.ValueKind == JsonValueKind.Null ? null : cause.GetProperty("rung").GetString());
        if (named is not null)
        {
            Assert.Contains(named, cause.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        }

        using var stream = new MemoryStream(run.Files["machine.tar.zst"]);
        BundleEvidence bundle = BundleEvidence.Open(stream, "machine.tar.zst");
        Assert.True(bundle.TryGetMember("findings.json", out ReadOnlyMemory<byte> stored));
        AuditResult replayed = Auditor.Judge(HostReader.Read(bundle),
            new AuditOptions { Today = DateOnly.FromDateTime(bundle.Manifest.Created.UtcDateTime) });
        Assert.Equal(Encoding.UTF8.GetString(stored.Span), Documents.Findings(replayed, new ToolInfo("ptdiag", bundle.Manifest.Tool!.Version!)));
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
