using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Host.Logs;

public class FaultLineTests
{
    [Theory]
    [InlineData("dmar: DMAR:[DMA Read] Request device [03:00.0] fault addr 1000 ", "0000:03:00.0", 0x1000L, null, "read")]
    [InlineData("DMAR: [DMA Read] Request device [00:02.0] PASID ffffffff fault addr 9c000000 [fault reason 06] PTE Read access is not set", "0000:00:02.0", 0x9c000000L, "06", "read")]
    [InlineData("DMAR: [DMA Read NO_PASID] Request device [0x00:0x02.0] fault addr 0x7c346000 [fault reason 0x06] PTE Read access is not set", "0000:00:02.0", 0x7c346000L, "0x06", "read")]
    [InlineData("DMAR: [DMA Write NO_PASID] Request device [64:00.5] fault addr 0x7cd80000 [fault reason 0x05] PTE Write access is not set", "0000:64:00.5", 0x7cd80000L, "0x05", "write")]
    [InlineData("DMAR: [DMA Read PASID 0x2] Request device [6a:01.0] fault addr 0x7f00 [fault reason 0x3a] SM: x", "0000:6a:01.0", 0x7f00L, "0x3a", "read")]
    [InlineData("DMAR: [DMA Read Execute NO_PASID] Request device [ff:1f.7]", "0000:ff:1f.7", null, null, "read")]
    [InlineData("DMAR: [DMA Write] Request device [", null, null, null, "write")]
    public void Every_generation_of_Intels_DMA_fault_is_read(string text, string? device, long? address, string? reason, string? access)
    {
        LogEvent fault = One(text);
        Assert.Equal(LogEventKind.DmarFault, fault.Kind);
        Assert.Equal(device, fault.Device?.ToString());
        Assert.Equal((ulong?)address, fault.Address);
        Assert.Equal(reason, fault.Reason);
        Assert.Equal(access, fault.Access);
        Assert.Equal(["IOM-012"], fault.CheckIds);
    }

    [Theory]
    [InlineData("DMAR: [INTR-REMAP] Request device [0x64:0x00.5] fault index 0x0 [fault reason 0x25] Blocked a compatibility format interrupt request", "0000:64:00.5", "0x25")]
    [InlineData("DMAR: [INTR-REMAP] Request device [f0:1f.7] fault index 8000 [fault reason 22] Present field in the IRTE entry is clear", "0000:f0:1f.7", "22")]
    [InlineData("dmar: INTR-REMAP: Request device [[2d:00.0] fault index 2", "0000:2d:00.0", null)]
    public void Blocked_interrupt_requests_are_faults_of_their_own_kind(string text, string device, string? reason)
    {
        LogEvent fault = One(text);
        Assert.Equal(LogEventKind.InterruptRemapFault, fault.Kind);
        Assert.Equal(device, fault.Device?.ToString());
        Assert.Equal(reason, fault.Reason);
    }

    [Theory]
    [InlineData("AMD-Vi: Event logged [IO_PAGE_FAULT device=01:00.0 domain=0x0000 address=0xfdf8 flags=0x0070]", "0000:01:00.0", 0xfdf8L, "IO_PAGE_FAULT", "write")]
    [InlineData("AMD-Vi: Event logged [IO_PAGE_FAULT device=0001:61:00.0 domain=0x1, address=0x10, flags=0x0050]", "0001:61:00.0", 0x10L, "IO_PAGE_FAULT", "read")]
    [InlineData("xhci_hcd 0000:03:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0xdf00 flags=0x0000]", "0000:03:00.0", 0xdf00L, "IO_PAGE_FAULT", null)]
    [InlineData("iommu ivhd0: AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=0d:00.0 address=0x7fff0]", "0000:0d:00.0", 0x7fff0L, "IOTLB_INV_TIMEOUT", null)]
    [InlineData("AMD-Vi: Event logged [ILLEGAL_DEV_TABLE_ENTRY device=0000:02:00.0 pasid=0x00000, address=0xfffffffdf8000000, flags=0x0020]", "0000:02:00.0", unchecked((long)0xfffffffdf8000000), "ILLEGAL_DEV_TABLE_ENTRY", null)]
    [InlineData("AMD-Vi: Event logged [Device not attached to domain properly]", null, null, "Device not attached to domain properly", null)]
    [InlineData("AMD-Vi: Event logged [", null, null, null, null)]
    public void Every_type_of_AMDs_events_is_read(string text, string? device, long? address, string? reason, string? access)
    {
        LogEvent fault = One(text);
        Assert.Equal(LogEventKind.AmdEvent, fault.Kind);
        Assert.Equal(device, fault.Device?.ToString());
        Assert.Equal((ulong?)address, fault.Address);
        Assert.Equal(reason, fault.Reason);
        Assert.Equal(access, fault.Access);
    }

    [Theory]
    [InlineData("arm-smmu d00000.iommu: Unhandled context fault: fsr=0x402, iova=0x10002000, fsynr=0x10, cbfrsynra=0x8, cb=3", 0x10002000L, "write")]
    [InlineData("arm-smmu arm-smmu.1.auto: Unhandled context fault: fsr=0x402, iova=0x0, fsynr=0x1, cbfrsynra=0x8, cb=3", 0L, "read")]
    [InlineData("arm-smmu x: Unhandled context fault: ", null, null)]
    public void Context_faults_of_an_Arm_SMMU_are_read(string text, long? address, string? access)
    {
        LogEvent fault = One(text);
        Assert.Equal(LogEventKind.SmmuFault, fault.Kind);
        Assert.Equal((ulong?)address, fault.Address);
        Assert.Equal(access, fault.Access);
        Assert.Null(fault.Device);
    }

    [Theory]
    [InlineData("DMAR: DRHD: handling fault status reg 2")]
    [InlineData("DMAR:[fault reason 06] PTE Read access is not set")]
    [InlineData("DMAR: [DMA Read]")]
    [InlineData("AMD-Vi: Event logged ")]
    [InlineData("usb 1-1: [x] Request device [1]")]
    public void Halves_of_faults_and_their_neighbours_are_no_faults(string text) =>
        Assert.Empty(LogClassifier.Classify(text).Faults);

    private static LogEvent One(string text) => Assert.Single(LogClassifier.Classify("[    1.0] " + text + "\n").Events);
}
