using Passthrough.Diagnosis.Checks.CommandLine;
using Passthrough.Diagnosis.Checks.Environment;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Diagnosis.Checks.KernelBuild;
using Passthrough.Diagnosis.Checks.Memory;
using Passthrough.Diagnosis.Checks.Modules;
using Passthrough.Diagnosis.Checks.Security;

namespace Passthrough.Diagnosis;

/// <content>Checks of the platform: evidence, firmware, kernel, command line, modules.</content>
public static partial class Catalog
{
    private static readonly Check[] Platform =
    [
        new Env001Privilege(),
        new Env002FirmwareVisible(),
        new Env003VirtualMachine(),
        new Env004LogFromBoot(),
        new Env006RunningKernelModules(),
        new Fw001IommuTable(),
        new Fw002TableParses(),
        new Fw003CpuVirtualization(),
        new Fw004InterruptRemappingFlag(),
        new Fw005X2ApicOptOut(),
        new Fw006PlatformOptIn(),
        new Fw007ReservedMemory(),
        new Fw008FunctionsCovered(),
        new Fw010LargeWindows(),
        new Fw012IoApics(),
        new Fw013Lockdown(),
        new Fw014BiosVersion(),
        new Fw015Uefi(),
        new Krn001ConfigurationFound(),
        new Krn002IommuDriver(),
        new Krn003IntelDefaultOn(),
        new Krn004DefaultDomain(),
        new Krn005InterruptRemapping(),
        new Krn006VfioUsable(),
        new Krn007VirqfdGone(),
        new Krn011Taint(),
        new Cmd001IntelIommu(),
        new Cmd002AmdIommu(),
        new Cmd003Iommu(),
        new Cmd004WrongVendor(),
        new Cmd005DefaultPassthrough(),
        new Cmd006Strictness(),
        new Cmd007StagedLine(),
        new Cmd008Duplicates(),
        new Cmd009AcsOverride(),
        new Cmd010VfioIds(),
        new Cmd011InterruptRemapping(),
        new Cmd012PciOptions(),
        new Cmd013Isolation(),
        new Cmd014Framebuffer(),
        new Mod001VfioStack(),
        new Mod002VfioNodes(),
        new Mod003Cdev(),
        new Mod004ModprobeLint(),
        new Mod005ModulesLoad(),
        new Mod006EarlyBinding(),
        new Mod007OverridePersists(),
        new Mod008Type1Parameters(),
        new Hug003AskedAndGot(),
        new Sec003LazyInvalidation(),
        new Sec006SevSnp(),
    ];
}
