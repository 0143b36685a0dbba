using Passthrough.Diagnosis.Checks;

namespace Passthrough.Diagnosis;

public static partial class Catalog
{
    /// <summary>The checks of the IOMMU at run time, groups, interrupts, devices, reset, SR-IOV, nodes, memory, CPU and security.</summary>
    private static readonly IReadOnlyList<Check> Devices =
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
        new Grp006Siblings(),
        new Irq001Remapping(),
        new Irq006VfioAffinity(),
        new Dev001DriverState(),
        new Dev004Power(),
        new Rst001FunctionReset(),
        new Srv001Capability(),
        new Num001DeviceNode(),
        new Hug001Pools(),
        new Lim001LockedMemory(),
        new Cpu001Governor(),
        new Sec001UnsafeInterrupts(),
        new Sec002NoIommuMode(),
    ];
}
