using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;
using Passthrough.Results.Claims;
using Passthrough.Study;
using Passthrough.Tests.Diagnosis;
using Xunit;

namespace Passthrough.Tests.Study;

public sealed class BeforeAfterTests
{
    [Fact]
    public void Every_built_in_claim_has_a_factor_or_a_reason()
    {
        foreach (HostModel model in new[] { Models.Blank, With(1), With(4), With(4, Edu, Nvme) })
        {
            BeforeAfter plan = BeforeAfter.For(model);
            Assert.All(BuiltInClaims.All, claim => Assert.True(
                plan.Factors.Any(factor => factor.Name == claim.Factor) || plan.Skipped.Any(skipped => skipped.Factor == claim.Factor), claim.Factor));
        }
    }

    [Fact]
    public void The_sides_of_a_factor_differ_in_something()
    {
        BeforeAfter plan = BeforeAfter.For(With(4, Edu, Nvme));

        Assert.Contains(plan.Factors, factor => factor is { Name: "pinning", Workload: "memory.chase" });
        Assert.Contains(plan.Factors, factor => factor is { Name: "all", Workload: "irq.edu.msi" });
        Assert.All(plan.Factors, factor => Assert.False(
            factor.Untuned.Parameters.SequenceEqual(factor.Tuned.Parameters) && factor.Untuned.Knobs.SequenceEqual(factor.Tuned.Knobs), factor.Title));
    }

    [Fact]
    public void Batching_waits_for_its_workload_with_a_reason()
    {
        BeforeAfter plan = BeforeAfter.For(With(4, Edu, Nvme));

        Assert.True(plan.Factors.Any(factor => factor.Name == "batching")
            || plan.Skipped.Any(skipped => skipped.Factor == "batching" && skipped.Reason.Contains("dma.nvme.vfio", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("kvm", true, true)]
    [InlineData("kvm", false, false)]
    [InlineData("kvm", null, false)]
    [InlineData("tcg", false, true)]
    public void A_guest_under_software_or_nested_virtualisation_is_functional_only(string accelerator, bool? hostIsVirtual, bool functional)
    {
        MachineSummary guest = MachineSummaries.OfGuest(new MachineSummary { Emulated = false }, "bench-intel", accelerator, hostIsVirtual);

        Assert.Equal((functional, functional), (guest.Emulated, guest.EmulatedReason is not null));
        Assert.Equal(("bench-intel", accelerator), (guest.LabMachine, guest.Accelerator));
    }

    [Theory]
    [InlineData(0x1b36, 0x0010, true)]
    [InlineData(0x8086, 0x5845, true)]
    [InlineData(0x144d, 0xa808, false)]
    public void An_emulated_controller_is_known_by_its_ids(int vendor, int device, bool emulated)
    {
        PciDevice nvme = Nvme with { VendorId = Models.Known((ushort)vendor), DeviceId = Models.Known((ushort)device) };

        Assert.Equal(emulated, MachineSummaries.Of(With(4, nvme)).Emulated);
    }

    [Fact]
    public void A_processor_of_tcg_is_known_by_its_name_where_the_signature_is_hidden()
    {
        HostModel model = With(2);

        Assert.True(MachineSummaries.Of(model with { Cpu = model.Cpu with { ModelName = Models.Known("QEMU TCG CPU version 2.5+") } }).Emulated);
        Assert.False(MachineSummaries.Of(model with { Cpu = model.Cpu with { ModelName = Models.Known("Intel(R) Xeon(R)") } }).Emulated);
    }

    private static PciDevice Edu => Models.Device("0000:00:05.0") with
    {
        VendorId = Models.Known<ushort>(0x1234),
        DeviceId = Models.Known<ushort>(0x11e8),
        ClassCode = Models.Known<uint>(0x00ff00),
        IommuGroup = Models.Known("3"),
    };

    private static PciDevice Nvme => Models.Device("0000:00:06.0") with
    {
        VendorId = Models.Known<ushort>(0x1b36),
        DeviceId = Models.Known<ushort>(0x0010),
        ClassCode = Models.Known<uint>(0x010802),
        Driver = Models.Known("nvme"),
        IommuGroup = Models.Known("4"),
    };

    private static HostModel With(int cpus, params PciDevice[] devices) => Models.Blank with
    {
        Source = SourceKind.Live,
        Cpu = Models.Blank.Cpu with { Online = Models.Known(CpuSet.Of(Enumerable.Range(0, cpus))) },
        Memory = Models.Blank.Memory with { HugePages = Models.Known<IReadOnlyList<HugePagePool>>([]) },
        Pci = new PciInventory { Devices = Models.Known<IReadOnlyList<PciDevice>>(devices) },
    };
}
