using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.KernelBuild;

/// <summary>KRN-002: has the kernel the driver for this platform's IOMMU?</summary>
internal sealed class Krn002IommuDriver : Check
{
    private static readonly Remedy _otherKernel = new(
        "Use a kernel built with the driver. Distribution kernels for bare metal have it; reduced cloud kernels often lack AMD_IOMMU or all of them.");

    public override string Id => "KRN-002";
    public override string Title => "Kernel has the IOMMU driver";
    public override Section Section => Section.KernelBuild;
    public override Severity Severity => Severity.Critical;

    public override string Explanation =>
        "INTEL_IOMMU, AMD_IOMMU, ARM_SMMU / ARM_SMMU_V3 or VIRTIO_IOMMU must be in the kernel. Interrupt remapping may still work without INTEL_IOMMU, " +
        "so its lines in the log are no proof of the driver.";

    public override string Criteria =>
        "Pass: a unit is registered, or the configuration has the driver for the table that firmware shows. Fail: the configuration lacks it. " +
        "Unknown: no configuration, or neither table nor CPU tells which driver is meant.";

    public override IReadOnlyList<string> References => ["drivers/iommu/Kconfig", "drivers/iommu/intel/Kconfig", "drivers/iommu/amd/Kconfig"];

    public override IReadOnlyList<Remedy> Remedies => [_otherKernel];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        KernelConfig config = model.Kernel.Config;
        if (IommuJudgement.RegisteredUnits(model) is { Count: > 0 } units)
        {
            yield return Make(Verdict.Pass, "host", $"The driver is there: it registered {units[0].Name}.",
                [PlatformEvidence.Cite(model.Iommu.Units, string.Join(' ', units.Select(unit => unit.Name)))]);
            yield break;
        }

        string[] wanted = Wanted(model);
        Citation[] evidence = [.. wanted.Select(symbol => new Citation(config.Values.Source, null, $"CONFIG_{symbol}={config[symbol] ?? "?"}"))];
        if (!config.Values.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host",
                PlatformEvidence.NotSeen(model, "Whether the kernel has the IOMMU driver", config.Values), [PlatformEvidence.Cite(config.Values)]);
        }
        else if (wanted.Length == 0)
        {
            string[] all = ["INTEL_IOMMU", "AMD_IOMMU", "ARM_SMMU", "ARM_SMMU_V3", "VIRTIO_IOMMU"];
            yield return all.Any(symbol => config.Has(symbol) == true)
                ? Make(Verdict.Unknown, "host",
                    "Neither a firmware table nor the CPU's vendor was seen, so which driver this machine needs is not known. Run ptdiag as root on the host itself to know.", [])
                : Make(Verdict.Fail, "host", "This kernel was built without any of the common IOMMU drivers.",
                    [.. all.Select(symbol => new Citation(config.Values.Source, null, $"CONFIG_{symbol}={config[symbol]}"))], _otherKernel);
        }
        else if (wanted.Any(symbol => config.Has(symbol) == true))
        {
            yield return Make(Verdict.Pass, "host", $"The kernel has {string.Join(" and ", wanted.Where(symbol => config.Has(symbol) == true))}.", evidence);
        }
        else
        {
            yield return Make(Verdict.Fail, "host", $"This kernel was built without {string.Join(" and ", wanted)}, the driver of this machine's IOMMU.",
                evidence, _otherKernel);
        }
    }

    // The table decides; the CPU's vendor only where no table is seen.
    private static string[] Wanted(HostModel model)
    {
        List<string> wanted = [];
        if (IommuJudgement.HasDmar(model) == true)
        {
            wanted.Add("INTEL_IOMMU");
        }

        if (IommuJudgement.HasIvrs(model) == true)
        {
            wanted.Add("AMD_IOMMU");
        }

        if (model.Acpi.Has("VIOT") == true)
        {
            wanted.Add("VIRTIO_IOMMU");
        }

        if (model.Cpu.Vendor == "arm" || (wanted.Count == 0 && model.Acpi.Has("IORT") == true))
        {
            wanted.AddRange(["ARM_SMMU", "ARM_SMMU_V3"]);
        }

        return wanted.Count > 0 ? [.. wanted]
            : model.Cpu.Vendor switch
            {
                "intel" => ["INTEL_IOMMU"],
                "amd" => ["AMD_IOMMU"],
                _ => [],
            };
    }
}
