using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Usage;
using Passthrough.Tests.Diagnosis;
using Passthrough.Tests.Evidence;
using Xunit;

namespace Passthrough.Tests.Usage;

public class DmiReaderTests
{
    private static CpuInfo Cpu(bool? hypervisor) => hypervisor is null ? Models.Blank.Cpu : Models.Blank.Cpu with
    {
        VendorId = Models.Known("GenuineIntel"),
        Flags = Models.Known<IReadOnlySet<string>>(new HashSet<string>(hypervisor.Value ? ["vmx", "hypervisor"] : ["vmx"])),
    };

    private static DmiInfo Dmi(string? vendor, string? product)
    {
        var script = new ScriptedEvidence { Otherwise = Answer.NotRecorded };
        return DmiReader.Read(vendor is null ? script
            : script.File("/sys/class/dmi/id/sys_vendor", vendor + "\n").File("/sys/class/dmi/id/product_name", product + "\n"));
    }

    [Theory]
    [InlineData(true, null, null, true)]
    [InlineData(false, null, null, false)]
    [InlineData(null, null, null, null)]
    [InlineData(null, "QEMU", "Standard PC (Q35 + ICH9, 2009)", true)]
    [InlineData(false, "QEMU", "Standard PC (Q35 + ICH9, 2009)", true)]
    [InlineData(null, "Microsoft Corporation", "Virtual Machine", true)]
    [InlineData(null, "Microsoft Corporation", "Surface Laptop 3", false)]
    [InlineData(false, "Amazon EC2", "c5.metal", false)]
    [InlineData(null, "Amazon EC2", "c5.large", true)]
    [InlineData(false, "Google", "Google Compute Engine", false)]
    [InlineData(null, "Google", "Eve", false)]
    [InlineData(false, "Dell Inc.", "PowerEdge T440", false)]
    [InlineData(null, "innotek GmbH", "VirtualBox", true)]
    public void A_virtual_machine_is_told_by_flag_or_name(bool? hypervisor, string? vendor, string? product, bool? expected) =>
        Assert.Equal(expected, DmiReader.IsVirtualMachine(Cpu(hypervisor), Dmi(vendor, product), Models.None<string>()));

    [Fact]
    public void The_control_domain_of_xen_is_judged_by_its_name()
    {
        Assert.False(DmiReader.IsVirtualMachine(Cpu(true), Dmi("Dell Inc.", "PowerEdge"), Models.Known("xen")));
        Assert.True(DmiReader.IsVirtualMachine(Cpu(true), Dmi("Xen", "HVM domU"), Models.Known("xen")));
        Assert.Null(DmiReader.IsVirtualMachine(Cpu(true), Dmi(null, null), Models.Known("xen")));
    }
}
