using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-008: does an IOMMU unit serve every function?</summary>
internal sealed class Fw008FunctionsCovered : Check
{
    private static readonly Remedy _firmware = new("Update the firmware: its DMAR or IVRS table names no unit for this function. Look at the table with \"ptdiag acpi\", and at the PCI segment of each unit.");

    public override string Id => "FW-008";
    public override string Title => "An IOMMU unit serves every PCI function";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "Firmware's table says which unit translates for which functions. A function that no unit serves has neither an iommu link nor a group, and cannot be assigned. Integrated Intel " +
        "graphics lack them on purpose where igfx_off is set or the kernel was built so; AMD's host bridges and the IOMMU itself never have them; functions behind Intel VMD are reached through the VMD.";

    public override string Criteria =>
        "Fail: a candidate has neither unit nor group although the IOMMU is at work. Note: other functions have neither, or igfx_off leaves the graphics out. Pass: every endpoint is served. " +
        "Unknown: links were not seen, or whether an IOMMU is at work. NotApplicable: no IOMMU is at work.";

    public override IReadOnlyList<string> References => ["Documentation/ABI/testing/sysfs-class-iommu", "drivers/iommu/iommu.c (iommu_device_link)", "drivers/iommu/intel/iommu.c (igfx_off)", "fwts dmar"];

    public override IReadOnlyList<Remedy> Remedies => [_firmware];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        TriState state = IommuJudgement.Of(model).State;
        if (state != TriState.Yes || !model.Pci.Devices.IsKnown)
        {
            return [state == TriState.No
                ? Make(Verdict.NotApplicable, "host", "No IOMMU is at work, so none serves any function.", [PlatformEvidence.Cite(model.Iommu.Units.As())])
                : Make(Verdict.Unknown, "host", state == TriState.Yes ? PlatformEvidence.NotSeen(model, "The list of PCI functions", model.Pci.Devices)
                    : PlatformEvidence.NotSeen(model, "Whether an IOMMU is at work", model.Iommu.Units), [PlatformEvidence.Cite(model.Iommu.Units.As())])];
        }

        PciDevice[] judged = [.. model.Pci.All.Where(IsExpected)];
        PciDevice[] bare = [.. judged.Where(device => device.IommuUnit.IsAbsent && device.IommuGroup.IsAbsent && !Grouped(model, device))];
        PciDevice? unseen = judged.FirstOrDefault(device => !Grouped(model, device) && !device.IommuUnit.IsKnown && !device.IommuGroup.IsKnown && !(device.IommuUnit.IsAbsent && device.IommuGroup.IsAbsent))
            ?? (IommuFacts.AbsenceIsFact(model) ? null : bare.FirstOrDefault());
        PciDevice? unclear = model.Pci.All.FirstOrDefault(device => device.Class is null);
        bool covered = bare.Length == 0 && unseen is null && unclear is null;
        Finding[] blocked = IommuFacts.AbsenceIsFact(model) ? [.. bare.Where(device => IsCandidate(subjects, device)).Select(device => Blocked(model, device))] : [];
        PciDevice[] others = [.. bare.Where(device => !IsCandidate(subjects, device))];
        Finding rest = unseen is not null || unclear is not null
            ? Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, $"Whether an IOMMU unit serves {(unseen ?? unclear)!.Address}",
                unseen is not null ? unseen.IommuUnit : unclear!.ClassCode.As()), [PlatformEvidence.Cite((unseen ?? unclear)!.IommuUnit)])
            : covered ? Make(Verdict.Pass, "host", "An IOMMU unit serves every function that can be assigned.", [PlatformEvidence.Cite(model.Iommu.Units.As())])
            : others.Length > 0 ? Make(Verdict.Note, "host", $"{Quote.List(others.Select(Functions.WithDriver))} {(others.Length == 1 ? "has" : "have")} neither an IOMMU unit nor a group and cannot be assigned.",
                [.. others.Take(8).Select(device => PlatformEvidence.Cite(device.IommuUnit))])
            : Make(Verdict.Note, "host", "Only functions named by findings of their own lack an IOMMU unit.", []);
        return [.. blocked, rest];
    }

    private Finding Blocked(HostModel model, PciDevice device)
    {
        bool igfx = device.Class is { } code && code >> 8 == 0x03 && device.VendorId.Or(0) == 0x8086 && device.Address.Bus == 0
            && (model.Kernel.CommandLine.IsKnown && model.Kernel.CommandLine.Value!.Options("intel_iommu").Contains("igfx_off")
                || model.Kernel.Config["INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF"] == "y");
        return igfx
            ? Make(Verdict.Fail, device.Address.ToString(), "The integrated graphics are left out of the IOMMU by igfx_off or the kernel's build, so they cannot be assigned.",
                [PlatformEvidence.Cite(device.IommuUnit)], BootLine.Replace("intel_iommu=…,igfx_off", "intel_iommu=on"))
            : Make(Verdict.Fail, device.Address.ToString(), "No IOMMU unit serves this function and it is in no group, although the IOMMU is at work: it cannot be assigned.",
                [PlatformEvidence.Cite(device.IommuUnit), PlatformEvidence.Cite(device.IommuGroup)], _firmware);
    }

    // Bridges need none; class 0806 is an IOMMU itself; domains of five digits are made by the VMD driver.
    private static bool IsExpected(PciDevice device) => !device.IsBridge && device.Class is not (null or 0x0806) && device.Address.Domain <= 0xffff;

    private static bool Grouped(HostModel model, PciDevice device) => model.Iommu.GroupOf(device.Address) is { IsNoIommu: false };

    private static bool IsCandidate(Subjects subjects, PciDevice device) => subjects.Candidates.Any(candidate => candidate.Address == device.Address);
}
