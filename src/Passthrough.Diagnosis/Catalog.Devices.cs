using Passthrough.Diagnosis.Checks;

namespace Passthrough.Diagnosis;

public static partial class Catalog
{
    /// <summary>The checks of the IOMMU at run time, groups, interrupts, devices, reset, SR-IOV, nodes, memory, CPU and security.</summary>
    internal static readonly IReadOnlyList<Check> Devices =
    [
        new Iom001UnitsRegistered(),
        new Iom002GroupsExist(),
        new Iom003CandidatesInGroups(),
        new Iom004CauseLadder(),
        new Iom005DefaultDomain(),
        new Iom006ReservedRegions(),
        new Iom009Superpages(),
        new Iom012DmaFaults(),
        new Iom015TranslationOn(),
        new Grp001Viability(),
        new Grp002ViabilityAfter(),
        new Grp003HostUse(),
        new Grp004AcsPath(),
        new Grp005QuirkedIsolation(),
        new Grp006Siblings(),
        new Grp007LegacyBridge(),
        new Grp008SuspiciousSplit(),
        new Grp009Drift(),
        new Grp011InUse(),
        new Irq001Remapping(),
        new Irq006VfioAffinity(),
        new Dev001DriverState(),
        new Dev002SameIds(),
        new Dev003HostUse(),
        new Dev004Power(),
        new Dev005Alive(),
        new Dev006Link(),
        new Dev011StableIdentity(),
        new Rst001FunctionReset(),
        new Srv001Capability(),
        new Srv005VfGroups(),
        new Num001DeviceNode(),
        new Hug001Pools(),
        new Lim001LockedMemory(),
        new Lim002DmaEntries(),
        new Cpu001Governor(),
        new Sec001UnsafeInterrupts(),
        new Sec002NoIommuMode(),
        new Sec005AcsOverride(),
    ];
}
