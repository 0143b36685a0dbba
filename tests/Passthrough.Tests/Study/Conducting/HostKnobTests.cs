using System.Text;
using Passthrough.Guests.Transports;
using Passthrough.Study.Conducting;
using Passthrough.Study.Files;
using Passthrough.Tests.Study.Files;
using Passthrough.Tests.Tuning;
using Passthrough.Tuning;
using Xunit;

namespace Passthrough.Tests.Study.Conducting;

/// <summary>Knobs of this machine are turned around each run in a guest, and turned back whatever the guest does.</summary>
public sealed class HostKnobTests : IDisposable
{
    private const string Affinity = "/proc/irq/31/smp_affinity_list";

    private static readonly string _text = StudyFileTests.Least
        .Replace("untuned.parameters.pages = \"4k\"", "", StringComparison.Ordinal)
        .Replace("tuned.parameters.pages = \"2m\"", "tuned.host = [{ knob = \"interruptCpu\", device = \"0000:03:00.0\", cpu = 2 }]", StringComparison.Ordinal);

    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-knobs-").FullName;
    private readonly FakeKernel _kernel = new();
    private readonly Journal _journal;
    private readonly TuningSession _session;
    private readonly StudyFile _file = StudyFileTests.Parse(_text);

    public HostKnobTests()
    {
        _kernel.Files[Affinity] = "0-3";
        _kernel.Files["/sys/bus/pci/devices/0000:03:00.0/msi_irqs/31"] = "msix";
        _journal = Journal.Open(Path.Combine(_folder, "tuning.jsonl"));
        _session = new TuningSession(_kernel, _kernel, _journal);
    }

    public void Dispose()
    {
        _session.Dispose();
        _journal.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task They_are_turned_for_their_own_side_alone()
    {
        var seen = new List<(string, string)>();
        using StudyFolder study = Begin();
        await ConductAsync(study, new FakeSite(_file, skips: slot =>
        {
            seen.Add((slot.Variant, _kernel.Files[Affinity]));
            return null;
        }));
        Assert.Equal(18, seen.Count);
        Assert.All(seen, one => Assert.Equal(one.Item1 == "tuned" ? "2" : "0-3", one.Item2));
        Assert.Equal("0-3", _kernel.Files[Affinity]);
    }

    [Fact]
    public async Task A_guest_that_dies_leaves_them_turned_back()
    {
        using StudyFolder study = Begin();
        await Assert.ThrowsAsync<GuestException>(() => ConductAsync(study, new FakeSite(_file, (slot, _) => slot.Variant == "tuned" ? new GuestException("gone.") : null)));
        Assert.Contains($"{Affinity}=2", _kernel.Writes);
        Assert.Equal("0-3", _kernel.Files[Affinity]);
        Assert.Empty(_session.Applied);
    }

    [Fact]
    public async Task One_that_the_kernel_refuses_is_a_skipped_factor_with_its_reason()
    {
        _kernel.Refuse[Affinity] = "EIO";
        using StudyFolder study = Begin();
        await ConductAsync(study, new FakeSite(_file));
        Assert.Equal(18, study.Record.Done);
        Assert.Contains(study.Record.Lines, line => line.Skipped is { Factor: "pages" } skipped
            && skipped.Reason.StartsWith("on this machine: interrupts of 0000:03:00.0 → CPU 2: writing '2' to /proc/irq/31/smp_affinity_list was refused (EIO)", StringComparison.Ordinal));
    }

    private StudyFolder Begin()
    {
        string origin = Path.Combine(_folder, "study.toml");
        File.WriteAllText(origin, _text);
        return StudyFolder.Create(Path.Combine(_folder, "out"), Encoding.UTF8.GetBytes(_text), origin, _file, "1", DateTimeOffset.UnixEpoch);
    }

    private Task ConductAsync(StudyFolder study, IStudySite site) =>
        new Conductor(study, (_, _) => Task.FromResult(site)) { Session = _session, Now = _kernel }.RunAsync(CancellationToken.None);
}
