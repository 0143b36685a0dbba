using Passthrough.Bench.Workloads;
using Passthrough.Cli.Output;
using Passthrough.Cli.Verbs;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;
using Passthrough.Study;
using Passthrough.Tests.Bench.Engine;
using Passthrough.Tests.Diagnosis;
using Passthrough.Tests.Tuning;
using Passthrough.Tuning;
using Xunit;

namespace Passthrough.Tests.Study;

[Collection(Measuring.Name)]
public sealed class WaterfallTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-waterfall-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_edu_device_offers_the_whole_path_on_two_cpus()
    {
        Waterfall waterfall = Waterfall.For(Machine("0-1", Edu("vfio-pci")), [], []);

        Assert.Empty(waterfall.Skipped);
        Assert.Equal(
            [
                "clock.read: clock", "irq.mmio.read: register read", "irq.vfio.trigger: software trigger, spin", "irq.vfio.trigger: software trigger, block",
                "irq.edu.poll: polled",
                "irq.edu.msi: interrupt on the thread's CPU, spin", "irq.edu.msi: interrupt on another CPU, spin",
                "irq.edu.msi: interrupt on the thread's CPU, block", "irq.edu.msi: interrupt on another CPU, block",
            ],
            waterfall.Legs.Select(leg => $"{leg.Factor.Workload}: {leg.Variant}"));
        // The thread stays where it is; only the interrupt moves.
        Assert.All(waterfall.Legs.Where(leg => leg.Factor.Workload == "irq.edu.msi"), leg => Assert.Equal("0", leg.Factor.Parameters["threadCpu"]));
        Assert.Equal([0, 1, 0, 1], waterfall.Legs.SelectMany(leg => leg.Factor.Untuned.Knobs).OfType<Knob.InterruptCpu>().Select(knob => knob.Cpu));
        Assert.All(waterfall.Legs, leg => Assert.NotNull(WorkloadCatalog.Find(leg.Factor.Workload)));
    }

    [Fact]
    public void On_one_cpu_there_is_no_other_and_it_is_said()
    {
        Waterfall waterfall = Waterfall.For(Machine("0", Edu("vfio-pci")), [], []);

        Assert.DoesNotContain(waterfall.Legs, leg => leg.Variant.Contains("another CPU", StringComparison.Ordinal));
        Assert.Contains("only one CPU", Assert.Single(waterfall.Skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_device_the_clock_remains_and_it_is_said_what_to_name()
    {
        Waterfall waterfall = Waterfall.For(Machine("0-1", Edu(null)), [], []);

        Assert.Equal("clock.read", Assert.Single(waterfall.Legs).Factor.Workload);
        Assert.Contains("--bind", Assert.Single(waterfall.Skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_raises_no_interrupt_on_demand_has_the_legs_before_it()
    {
        PciDevice drive = Models.Device("0000:02:00.0") with { ClassCode = Models.Known(0x010802u), Driver = Models.Known("nvme") };
        Waterfall waterfall = Waterfall.For(Machine("0-1", drive), [], [drive.Address]);

        Assert.Contains(waterfall.Skipped, item => item.Reason.Contains("is not QEMU's edu device", StringComparison.Ordinal));
        Assert.Equal(3, waterfall.Legs.Count(leg => leg.Factor.Workload.StartsWith("irq.", StringComparison.Ordinal)));
        Assert.All(waterfall.Legs.Skip(1), leg => Assert.Equal(new Knob.Bind(drive.Address, "vfio-pci"), Assert.Single(leg.Factor.Standing)));
    }

    [Fact]
    public void Every_leg_runs_once_a_block_and_what_cannot_run_is_listed_with_its_reason()
    {
        HostModel model = Machine("0-1", Edu("vfio-pci"));
        using Journal journal = Journal.Open(Path.Combine(_folder, "tuning.jsonl"));
        var kernel = new FakeKernel();
        using var session = new TuningSession(kernel, kernel, journal);
        Waterfall waterfall = Waterfall.For(model, [], []);

        ResultsDocument document = waterfall.Run(new LocalStudy(kernel, model, session), model, new StudyOptions
        {
            Blocks = 2,
            Version = "0",
            WarmUp = TimeSpan.Zero,
            Measure = TimeSpan.FromMilliseconds(2),
        });

        // Here there is no such device, so the clock alone can be read.
        Assert.Equal(["clock", "clock"], document.Workloads.Select(run => run.Variant));
        Assert.Equal((2, 2L), (document.Design.Blocks, document.Workloads.Select(run => run.Block).Distinct().LongCount()));
        Assert.Equal(waterfall.Legs.Count - 1, document.Skipped.Select(item => item.Name).Distinct().Count());
        Assert.True(ResultsJson.TryParseResults(System.Text.Encoding.UTF8.GetBytes(ResultsJson.Serialize(document)), out _, out _));
        string text = Terminal.Plain(console => WaterfallVerb.Draw(console, waterfall, document));
        Assert.Contains("clock.read: clock", text, StringComparison.Ordinal);
        Assert.Contains(Waterfall.Reading, text, StringComparison.Ordinal);
        Assert.Contains("skipped irq.edu.poll (polled): ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_study_ends_with_nothing_applied()
    {
        HostModel model = Machine("0-1", Edu("vfio-pci"));
        using Journal journal = Journal.Open(Path.Combine(_folder, "tuning.jsonl"));
        var kernel = new FakeKernel();
        using var session = new TuningSession(kernel, kernel, journal);

        Assert.Throws<OperationCanceledException>(() => Waterfall.For(model, [], []).Run(new LocalStudy(kernel, model, session), model,
            new StudyOptions { Version = "0", Cancel = new CancellationToken(canceled: true) }));
        Assert.Empty(session.Applied);
    }

    private static HostModel Machine(string cpus, PciDevice device) => Models.Blank with
    {
        Source = SourceKind.Live,
        Cpu = Models.Blank.Cpu with { Online = Models.Known(CpuSet.TryParse(cpus, out CpuSet set) ? set : CpuSet.Empty) },
        Pci = new PciInventory { Devices = Models.Known<IReadOnlyList<PciDevice>>([device]) },
    };

    private static PciDevice Edu(string? driver) => Models.Device("0000:00:05.0") with
    {
        VendorId = Models.Known((ushort)0x1234),
        DeviceId = Models.Known((ushort)0x11e8),
        ClassCode = Models.Known(0x00ff00u),
        Driver = driver is null ? Models.Absent<string>() : Models.Known(driver),
    };
}
