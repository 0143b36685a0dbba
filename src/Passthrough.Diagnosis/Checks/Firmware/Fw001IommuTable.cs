using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-001: does firmware describe an IOMMU?</summary>
internal sealed class Fw001IommuTable : Check
{
    private static readonly string[] _tables = ["DMAR", "IVRS", "VIOT", "IORT"];

    public override string Id => "FW-001";
    public override string Title => "Firmware describes an IOMMU";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.Critical;

    public override string Explanation =>
        "The kernel finds an IOMMU by its ACPI table: DMAR (Intel VT-d), IVRS (AMD-Vi), VIOT (virtio-iommu), IORT (Arm SMMU). Without one no driver can start, " +
        "whatever the command line says. The switch in firmware is a separate one from VT-x or SVM. The table, not the CPU, decides whose IOMMU it is: " +
        "behind a virtual Intel IOMMU an emulated CPU may well call itself AMD.";

    public override string Criteria =>
        "Pass: a table is there, or a unit registered. Note: IORT alone, which may describe interrupts only; a table of the other vendor with no unit; Xen hides the table. " +
        "Fail: FACP is visible and none of the tables. Unknown: the listing was not read or is masked.";

    public override IReadOnlyList<string> References =>
    [
        "Intel VT-d specification, 8.1 (DMAR)", "AMD I/O Virtualization Technology specification, 5.2 (IVRS)", "ACPI 6.5 (VIOT)",
        "drivers/iommu/intel/dmar.c", "drivers/iommu/amd/init.c",
    ];

    public override IReadOnlyList<Remedy> Remedies => [FirmwareSwitch(null), Hypervisor];

    internal static Remedy Hypervisor { get; } = new(
        "Add a virtual IOMMU to this guest: QEMU -device intel-iommu,intremap=on (machine q35,kernel-irqchip=split), -device amd-iommu,intremap=on or -device virtio-iommu-pci; "
        + "libvirt: <iommu model='intel'>. Cloud instances mostly offer none.");

    internal static Remedy FirmwareSwitch(string? cpuVendor) => new(cpuVendor switch
    {
        "intel" => "Enable \"Intel VT-d\" (Virtualization Technology for Directed I/O) in firmware setup; it is a separate switch from VT-x. If there is none, CPU, chipset or firmware lack it.",
        "amd" => "Enable \"IOMMU\" (AMD-Vi; often under NBIO, AMD CBS or North Bridge) in firmware setup; it is a separate switch from SVM. Prefer Enabled to Auto.",
        "arm" => "Enable the SMMU in firmware setup, or update firmware that describes none.",
        _ => "Enable the IOMMU in firmware setup: \"Intel VT-d\", or \"IOMMU\" / AMD-Vi; it is a separate switch from VT-x or SVM.",
    });

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<IReadOnlyList<string>> names = model.Acpi.Names;
        IReadOnlyList<IommuUnit> units = IommuJudgement.RegisteredUnits(model);
        string[] found = [.. _tables.Where(table => model.Acpi.Has(table) == true
            || (table == "DMAR" && IommuJudgement.HasDmar(model) == true) || (table == "IVRS" && IommuJudgement.HasIvrs(model) == true))];
        Citation[] evidence =
        [
            PlatformEvidence.CiteNames(names),
            .. !names.IsKnown && found.Length > 0 ? [new Citation(model.Log.Content.Source, null, string.Join(' ', found))] : Array.Empty<Citation>(),
            .. model.Iommu.Units.IsKnown
                ? [PlatformEvidence.Cite(model.Iommu.Units, units.Count == 0 ? "(empty)" : string.Join(' ', units.Select(unit => unit.Name)))]
                : Array.Empty<Citation>(),
        ];

        if (units.Count > 0)
        {
            yield return Make(Verdict.Pass, "host", found.Length > 0
                ? $"Firmware describes an IOMMU ({string.Join(", ", found)}) and the kernel registered {units.Count} unit(s) of it."
                : $"The kernel registered {units.Count} IOMMU unit(s), so something describes them to it.", evidence);
        }
        else if (found is ["IORT"] && !model.Iommu.Units.IsKnown && !model.Iommu.Units.IsAbsent)
        {
            yield return Make(Verdict.Unknown, "host", "Firmware has an IORT table, which may describe interrupts only; "
                + PlatformEvidence.NotSeen(model, "whether an SMMU registered", model.Iommu.Units), evidence);
        }
        else if (found is ["IORT"])
        {
            yield return Make(Verdict.Note, "host",
                "Firmware has an IORT table; it may describe interrupt routing only, so whether there is an SMMU shows in the units that register (IOM-001).", evidence);
        }
        else if (found.Length > 0)
        {
            yield return WithoutUnit(model, found, evidence);
        }
        else if (model.Acpi.Has("XMAR") == true || model.HypervisorType is { IsKnown: true, Value: "xen" })
        {
            yield return Make(Verdict.Note, "host", "Xen keeps the IOMMU for itself and hides its table from Linux; use Xen's own device assignment.", evidence);
        }
        else if (IommuJudgement.HasIommuTable(model) == false)
        {
            yield return model.IsVirtualMachine == true
                ? Make(Verdict.Fail, "host", "The hypervisor gives this guest no IOMMU: FACP is listed, but none of DMAR, IVRS, VIOT and IORT.", evidence, Hypervisor)
                : Make(Verdict.Fail, "host", "Firmware describes no IOMMU: FACP is listed, but none of DMAR, IVRS, VIOT and IORT.",
                    evidence, FirmwareSwitch(model.Cpu.Vendor));
        }
        else
        {
            string how = names.IsKnown
                ? $"The listing {names.Source} holds no FACP, so it is masked or cut and says nothing about an IOMMU table. Run ptdiag as root on the host itself, outside any container, to know."
                : PlatformEvidence.NotSeen(model, "Whether firmware has an IOMMU table", names);
            string acpi = KernelParameters.Of(model)?.AcpiOff is { } off ? $" The command line holds {off}, which keeps all firmware tables from the kernel." : "";
            yield return Make(Verdict.Unknown, "host", how + acpi, evidence);
        }
    }

    // A table alone: healthy as far as firmware goes. Only when the CPU's vendor is another one is it worth a word.
    private Finding WithoutUnit(HostModel model, string[] found, Citation[] evidence)
    {
        string listed = string.Join(", ", found);
        bool foreign = (model.Cpu.Vendor, found) is ("amd", ["DMAR"]) or ("intel", ["IVRS"]);
        bool mayBeForeign = found is ["DMAR"] or ["IVRS"] && (model.Cpu.Vendor is null || foreign);
        bool unitsUnseen = !model.Iommu.Units.IsKnown && !model.Iommu.Units.IsAbsent;
        if (mayBeForeign && (unitsUnseen || model.Cpu.Vendor is null))
        {
            // The verdict hangs on what was not read: a unit that registered makes a foreign table right.
            return Make(Verdict.Unknown, "host", $"Firmware has {listed}; "
                + (unitsUnseen ? PlatformEvidence.NotSeen(model, "whether a unit of it registered", model.Iommu.Units)
                    : PlatformEvidence.NotSeen(model, "whether it is the table of this CPU's vendor", model.Cpu.VendorId)), evidence);
        }

        return foreign
            ? Make(Verdict.Note, "host",
                $"Firmware has {listed} while the CPU calls itself {model.Cpu.VendorId.Value}: usual behind an emulated IOMMU, where the table decides. No unit of it is seen to be registered (IOM-001).",
                [.. evidence, PlatformEvidence.Cite(model.Cpu.VendorId)])
            : Make(Verdict.Pass, "host", $"Firmware describes an IOMMU ({listed}).", evidence);
    }
}
