using Passthrough.Bench.Engine;
using Passthrough.Bench.Nvme;
using Passthrough.Bench.Vfio;
using Passthrough.Tests.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Nvme;

public sealed class NvmeControllerTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_controller_is_brought_up_asked_and_shut_down(bool type1, bool iommufd)
    {
        using var device = new FakeNvme(type1, iommufd);
        using (NvmeController controller = Open(device))
        {
            Assert.True(device.IsEnabled);
            Assert.Equal(new ControllerIdentity("QEMU NVMe Ctrl", 131072), controller.Identify());
            Assert.Equal(new NamespaceIdentity(1, 2048, 512), controller.IdentifyFirstNamespace());
            _ = controller.CreateQueue(64, vector: null);
            Assert.Contains("pwrite device 0x70000000004 0600", device.Kernel.System.Calls.Select(call => call.Replace("/dev/vfio/devices/vfio0", "device", StringComparison.Ordinal)));
        }

        Assert.Equal([0x06, 0x06, 0x06, 0x09, 0x05, 0x01, 0x00, 0x04], device.AdminOpcodes);
        Assert.True(device.WasShutDown);
        Assert.False(device.IsEnabled);
        Assert.Empty(device.Offences);
        Assert.Equal((0, 0, 0), (device.Kernel.System.OpenDescriptors, device.Kernel.System.Mappings, device.Kernel.ActiveMappings));
    }

    [Fact]
    public void The_doorbell_buffer_is_never_enabled_though_the_controller_offers_it()
    {
        using var device = new FakeNvme();
        using (NvmeController controller = Open(device))
        {
            _ = controller.CreateQueue(8, vector: null);
        }

        Assert.DoesNotContain((byte)0x7C, device.AdminOpcodes);
    }

    [Fact]
    public void A_controller_that_does_not_become_ready_is_a_sentence()
    {
        using var device = new FakeNvme { NeverReady = true };

        Fails(() => Open(device), "did not become ready within 1000 ms");
        NothingIsLeft(device);
    }

    [Fact]
    public void A_controller_that_reads_as_all_ones_is_gone()
    {
        using var device = new FakeNvme();
        for (int register = 0; register < 0x40; register += 4)
        {
            device.Write(register, -1);
        }

        Fails(() => Open(device), "0000:00:05.0 reads as all ones");
        NothingIsLeft(device);
    }

    [Theory]
    [InlineData(1 << (48 - 32 + 1), "takes memory pages of 16384 bytes")]
    [InlineData(0, "administrative commands only")]
    public void A_controller_that_this_driver_does_not_fit_is_refused(int high, string words)
    {
        using var device = new FakeNvme();
        device.Write(NvmeRegisters.Capabilities + 4, high);

        Fails(() => Open(device), words);
        Assert.Empty(device.AdminOpcodes);
        NothingIsLeft(device);
    }

    [Theory]
    [InlineData(0x06, "Identify")]
    [InlineData(0x09, "Set Features (number of queues)")]
    [InlineData(0x05, "Create I/O Completion Queue")]
    [InlineData(0x01, "Create I/O Submission Queue")]
    public void A_refused_admin_command_is_named_with_its_status(byte opcode, string name)
    {
        using var device = new FakeNvme { AdminStatus = (opcode, 0x4002) };
        using (NvmeController controller = Open(device))
        {
            Fails(
                () =>
                {
                    controller.Identify();
                    controller.CreateQueue(8, null);
                },
                name + " on 0000:00:05.0 was answered with status 0x0002 (a field of the command is not valid)");
        }

        Assert.Equal(opcode == 0x01, device.AdminOpcodes.Contains((byte)0x04));
        Assert.True(device.WasShutDown);
        NothingIsLeft(device);
    }

    [Theory]
    [InlineData((9 << 16) | 8, 1, "8 bytes of metadata")]
    [InlineData(5 << 16, 1, "blocks of 2^5 bytes")]
    [InlineData(9 << 16, 0, "no active namespace")]
    public void A_namespace_that_cannot_be_read_is_refused(int format, int first, string words)
    {
        using var device = new FakeNvme { Format = (uint)format, FirstNamespace = (uint)first };
        using NvmeController controller = Open(device);

        Fails(() => controller.IdentifyFirstNamespace(), words);
    }

    [Fact]
    public void A_queue_longer_than_the_controller_takes_is_refused()
    {
        using var device = new FakeNvme();
        using NvmeController controller = Open(device);

        Fails(() => controller.CreateQueue(257, null), "takes 256 entries a queue at most");
    }

    [Fact]
    public void A_controller_that_dies_in_use_is_closed_all_the_same()
    {
        using var device = new FakeNvme();
        using (NvmeController controller = Open(device))
        {
            _ = controller.CreateQueue(8, null);
            device.Write(NvmeRegisters.Status, (int)(NvmeRegisters.Ready | NvmeRegisters.Fatal));
            Fails(controller.CheckAlive, "reports a fatal status");
        }

        Assert.False(device.IsEnabled);
        NothingIsLeft(device);
    }

    private static NvmeController Open(FakeNvme device) => NvmeController.Open(device.Kernel.System, FakeVfio.Edu, VfioBackend.Auto);

    private static void Fails(Action action, string words)
    {
        var thrown = Assert.Throws<BenchException>(action);
        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', thrown.Message);
    }

    private static void NothingIsLeft(FakeNvme device) =>
        Assert.Equal((0, 0, 0), (device.Kernel.System.OpenDescriptors, device.Kernel.System.Mappings, device.Kernel.ActiveMappings));
}
