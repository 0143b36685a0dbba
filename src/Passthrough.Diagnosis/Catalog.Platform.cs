using Passthrough.Diagnosis.Checks.CommandLine;
using Passthrough.Diagnosis.Checks.Environment;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Diagnosis.Checks.KernelBuild;
using Passthrough.Diagnosis.Checks.Modules;

namespace Passthrough.Diagnosis;

/// <content>Checks of the platform: evidence, firmware, kernel, command line, modules.</content>
public static partial class Catalog
{
    private static readonly Check[] Platform =
    [
        new Env001Privilege(),
        new Env002FirmwareVisible(),
        new Env003VirtualMachine(),
        new Fw001IommuTable(),
        new Fw003CpuVirtualization(),
        new Fw004InterruptRemappingFlag(),
        new Fw007ReservedMemory(),
        new Krn001ConfigurationFound(),
        new Krn002IommuDriver(),
        new Krn006VfioUsable(),
        new Krn007VirqfdGone(),
        new Cmd001IntelIommu(),
        new Cmd002AmdIommu(),
        new Cmd003Iommu(),
        new Cmd005DefaultPassthrough(),
        new Cmd011InterruptRemapping(),
        new Mod001VfioStack(),
        new Mod002VfioNodes(),
        new Mod008Type1Parameters(),
    ];
}
