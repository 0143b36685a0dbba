using System.Runtime.InteropServices;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Vfio;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Interrupts;
using Passthrough.Host.Pci;
using Passthrough.Tests.Bench.Vfio;
using Passthrough.Tests.Diagnosis;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Interrupts;

public sealed class RegisterWorkloadTests
{
    [Theory]
    [InlineData("1", 10)]
    [InlineData("4", 40)]
    public void A_register_is_read_so_often_and_a_value_that_changes_is_counted(string batch, int reads)
    {
        using var kernel = new FakeVfio();
        nint memory = Registers(kernel);
        using var workload = new MmioReadWorkload(kernel.System, Set("irq.mmio.read", ("batch", batch)), FakeVfio.Edu, Device(0x1234, 0x11e8, 0x00ff00));
        workload.Prepare();
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMinutes(1), reads);
        workload.Execute(stage);

        IReadOnlyDictionary<string, double> witness = workload.Witness();
        Assert.Equal((reads, 0.0, (double)0x010000ed), (stage.Operations, witness["otherValues"], witness["registerValue"]));
        Assert.Equal((10L, (double)reads), (stage.Samples, witness["reads"]));
        Assert.Equal(("0", "0x00"), (workload.Parameters["bar"], workload.Parameters["offset"]));
        // Memory space only: a device that is read needs no right to write memory.
        Assert.Contains("pwrite device 0x70000000004 0200", kernel.System.Calls);

        Marshal.WriteInt32(memory, 7);
        workload.Execute(new Stage(TimeSpan.FromMinutes(1), int.Parse(batch, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(double.Parse(batch, System.Globalization.CultureInfo.InvariantCulture), workload.Witness()["otherValues"]);
    }

    [Fact]
    public void Of_an_NVMe_controller_the_version_is_read()
    {
        using var kernel = new FakeVfio();
        using var workload = new MmioReadWorkload(kernel.System, Set("irq.mmio.read"), FakeVfio.Edu, Device(0x144d, 0xa80a, 0x010802));

        Assert.Equal("0x08", workload.Parameters["offset"]);
    }

    [Theory]
    [InlineData("auto", "auto")]
    [InlineData("0", "auto")]
    [InlineData("auto", "0x10")]
    public void A_register_of_an_unknown_device_must_be_named_whole(string bar, string offset)
    {
        using var kernel = new FakeVfio();

        var thrown = Assert.Throws<BenchException>(() => new MmioReadWorkload(kernel.System,
            Set("irq.mmio.read", ("bar", bar), ("offset", offset)), FakeVfio.Edu, Device(0x10de, 0x2204, 0x030000)));

        Assert.Contains("reading a register can change a device", thrown.Message, StringComparison.Ordinal);
        Assert.Empty(kernel.System.Calls);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("0x1z")]
    [InlineData("-4")]
    [InlineData("0xfffffffc")]
    public void An_offset_that_is_no_register_is_refused(string offset)
    {
        using var kernel = new FakeVfio();

        Assert.Contains("multiple of 4", Assert.Throws<BenchException>(() => new MmioReadWorkload(kernel.System,
            Set("irq.mmio.read", ("bar", "0"), ("offset", offset)), FakeVfio.Edu, null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0x100000", "has 1048576 bytes")]
    [InlineData("0x04", "reads all ones")]
    public void A_register_that_nothing_answers_for_is_refused_before_anything_is_measured(string offset, string words)
    {
        using var kernel = new FakeVfio();
        Marshal.WriteInt32(Registers(kernel) + 4, -1);
        var workload = new MmioReadWorkload(kernel.System, Set("irq.mmio.read", ("bar", "0"), ("offset", offset)), FakeVfio.Edu, null);

        Assert.Contains(words, Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
        workload.Dispose();
        Assert.Equal(0, kernel.System.OpenDescriptors);
    }

    [Fact]
    public void A_poll_ends_when_the_status_shows_the_interrupt_and_neither_kind_of_interrupt_is_on()
    {
        using var kernel = new FakeVfio();
        // The status register always shows the bit, as the device does once it was raised.
        Marshal.WriteInt32(Registers(kernel) + EduRegisters.Status, 1);
        using var workload = new EduPollWorkload(kernel.System, Set("irq.edu.poll"), FakeVfio.Edu);
        workload.Prepare();
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMinutes(1), 6);

        workload.Execute(stage);

        Assert.Equal((6L, 6.0, 6.0), (stage.Operations, workload.Witness()["polls"], workload.Witness()["completions"]));
        // PCI_COMMAND: memory, and the line disabled.
        Assert.Contains("pwrite device 0x70000000004 0204", kernel.System.Calls);
        Assert.DoesNotContain(kernel.System.Calls, call => call.Contains($"0x{VfioRequests.DeviceSetIrqs:X4}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_status_that_stays_clear_ends_the_poll_with_a_sentence()
    {
        using var kernel = new FakeVfio();
        Registers(kernel);
        using var workload = new EduPollWorkload(kernel.System, Set("irq.edu.poll"), FakeVfio.Edu, patienceNs: 1_000_000);
        workload.Prepare();

        Assert.Contains("did not show a raised interrupt", Assert.Throws<BenchException>(() => workload.Execute(new Stage(TimeSpan.FromMinutes(1)))).Message, StringComparison.Ordinal);
    }

    /// <summary>A BAR that begins with edu's identification.</summary>
    private static nint Registers(FakeVfio kernel)
    {
        nint memory = Marshal.AllocHGlobal(0x100000);
        Marshal.Copy(new byte[0x100000], 0, memory, 0x100000);
        Marshal.WriteInt32(memory, 0x010000ed);
        kernel.System.OnMap = (_, _) => memory;
        return memory;
    }

    private static PciDevice Device(ushort vendor, ushort device, uint classCode) => Models.Device("0000:00:05.0") with
    {
        VendorId = Models.Known(vendor),
        DeviceId = Models.Known(device),
        ClassCode = Models.Known(classCode),
    };

    private static ParameterSet Set(string name, params (string Name, string Value)[] given) =>
        new(name, WorkloadCatalog.Find(name)!.Parameters, given.ToDictionary(pair => pair.Name, pair => pair.Value));
}
