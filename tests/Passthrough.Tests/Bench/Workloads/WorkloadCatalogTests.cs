using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Tests.Diagnosis;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads;

public sealed class WorkloadCatalogTests
{
    private static readonly HostModel _live = Models.Blank with { Source = SourceKind.Live };

    [Fact]
    public void Every_workload_is_found_by_a_name_of_its_own()
    {
        Assert.All(["dma.nvme.read", "vfio.dma.map", "irq.edu.msi", "irq.edu.poll", "irq.vfio.trigger", "irq.mmio.read", "timer.wakeup",
            "cpu.noise", "clock.read", "memory.chase"], name => Assert.NotNull(WorkloadCatalog.Find(name)));
        Assert.All(WorkloadCatalog.All, info => Assert.Same(info, WorkloadCatalog.Find(info.Name)));
        Assert.Null(WorkloadCatalog.Find("dma.nvme.write"));
    }

    [Fact]
    public void A_record_of_a_machine_runs_nothing() =>
        Assert.All(WorkloadCatalog.All, info => Assert.Contains("record", info.WhyNot(Models.Blank)!, StringComparison.Ordinal));

    [Fact]
    public void A_machine_whose_functions_could_not_be_read_is_not_called_empty()
    {
        Assert.Null(Why("memory.chase", _live));
        Assert.All(["dma.nvme.read", "vfio.dma.map", "irq.edu.msi"],
            name => Assert.Contains("could not be read", Why(name, _live)!, StringComparison.Ordinal));
    }

    [Fact]
    public void A_machine_without_devices_says_which_one_is_missing()
    {
        HostModel model = With();

        Assert.Contains("no NVMe controller", Why("dma.nvme.read", model)!, StringComparison.Ordinal);
        Assert.Equal("no function is bound to vfio-pci.", Why("vfio.dma.map", model));
        Assert.Contains("no edu device", Why("irq.edu.msi", model)!, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_on_the_right_drivers_can_run()
    {
        HostModel model = With(Device("0000:00:06.0", 0x1b36, 0x0010, 0x010802, "nvme"), Device("0000:00:05.0", 0x1234, 0x11e8, 0x00ff00, "vfio-pci"),
            Device("0000:00:07.0", 0x1b36, 0x0010, 0x010802, "vfio-pci"));

        Assert.All(WorkloadCatalog.All.Where(info => info.Name != "gpu.copy"), info => Assert.Null(info.WhyNot(model)));
        Assert.Equal("this machine has no NVIDIA GPU on PCI.", Why("gpu.copy", model));
    }

    [Fact]
    public void Devices_on_other_drivers_say_which_binding_is_missing()
    {
        HostModel model = With(Device("0000:00:06.0", 0x1b36, 0x0010, 0x010802, "vfio-pci"), Device("0000:00:05.0", 0x1234, 0x11e8, 0x00ff00, null));

        Assert.Equal("no NVMe controller is bound to the nvme driver.", Why("dma.nvme.read", model));
        Assert.Equal("no edu device is bound to vfio-pci.", Why("irq.edu.msi", model));
        Assert.Null(Why("dma.nvme.vfio", model));
        Assert.Equal("no NVMe controller is bound to vfio-pci.", Why("dma.iotlb.reach", With(Device("0000:00:06.0", 0x1b36, 0x0010, 0x010802, "nvme"))));
    }

    [Fact]
    public void A_driver_that_could_not_be_read_is_not_called_absent()
    {
        PciDevice unknown = Device("0000:00:05.0", 0x1234, 0x11e8, 0x00ff00, null) with { Driver = Models.None<string>() };

        Assert.Contains("could not be read", Why("irq.edu.msi", With(unknown))!, StringComparison.Ordinal);
        Assert.Contains("could not be read", Why("vfio.dma.map", With(unknown))!, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_user_than_root_is_told_so()
    {
        HostModel model = _live with { Privilege = _live.Privilege with { EffectiveUser = Models.Known(1000) } };

        Assert.Contains("runs as user 1000", Why("dma.nvme.read", model)!, StringComparison.Ordinal);
        Assert.Null(Why("memory.chase", model));
    }

    [Fact]
    public void The_first_fitting_device_is_chosen_and_written_into_the_parameters()
    {
        HostModel model = With(Device("0000:00:04.0", 0x8086, 0x10d3, 0x020000, "vfio-pci"), Device("0000:00:05.0", 0x1234, 0x11e8, 0x00ff00, "vfio-pci"));

        using IWorkload map = WorkloadCatalog.Find("vfio.dma.map")!.Create(new Dictionary<string, string>(), model);
        using IWorkload interrupt = WorkloadCatalog.Find("irq.edu.msi")!.Create(new Dictionary<string, string>(), model);

        Assert.Equal("0000:00:04.0", map.Parameters["device"]);
        Assert.Equal("0000:00:05.0", interrupt.Parameters["device"]);
        Assert.Throws<BenchException>(() => WorkloadCatalog.Find("vfio.dma.map")!.Create(new Dictionary<string, string> { ["device"] = "eth0" }, model));
    }

    private static string? Why(string name, HostModel model) => WorkloadCatalog.Find(name)!.WhyNot(model);

    private static HostModel With(params PciDevice[] devices) =>
        _live with { Pci = new PciInventory { Devices = Models.Known<IReadOnlyList<PciDevice>>(devices) } };

    private static PciDevice Device(string address, ushort vendor, ushort device, uint classCode, string? driver) => Models.Device(address) with
    {
        VendorId = Models.Known(vendor),
        DeviceId = Models.Known(device),
        ClassCode = Models.Known(classCode),
        Driver = driver is null ? Models.Absent<string>() : Models.Known(driver),
    };
}
