using Passthrough.Diagnosis.Checks;

namespace Passthrough.Diagnosis;

/// <content>Checks of the guests that are defined here, or of one that was handed over.</content>
public static partial class Catalog
{
    /// <summary>The checks whose subjects are guests.</summary>
    internal static readonly IReadOnlyList<Check> Guests =
    [
        new Bar003MmioHole(),
        new Num002GuestCpus(),
        new Num003GuestMemory(),
        new Hug002GuestFits(),
        new Mem001PinnedMemory(),
        new Cpu004SmtSiblings(),
        new Cpu005IsolatedPins(),
        new Virt001Addresses(),
        new Virt002Managed(),
        new Virt003GroupMembers(),
        new Virt004Claims(),
        new Virt005PageSizes(),
        new Virt006Placement(),
        new Virt007HardLimit(),
        new Virt008VirtualIommu(),
        new Virt009AddressWidth(),
        new Virt010Machine(),
        new Virt011Iommufd(),
        new Virt012Workarounds(),
        new Virt013Balloon(),
        new Virt014CpuMode(),
    ];
}
