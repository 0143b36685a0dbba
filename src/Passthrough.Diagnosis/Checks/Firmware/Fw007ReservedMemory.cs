using Passthrough.Host.Acpi;
using Passthrough.Host.Iommu;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-007: does firmware keep memory reserved for a candidate's DMA?</summary>
internal sealed class Fw007ReservedMemory : Check
{
    private static readonly string[] _iommuTables = ["DMAR", "IVRS", "IORT", "VIOT"];

    private static readonly Remedy _vendor = new(
        "Take the reservation away in firmware: HPE ProLiant \"shared memory features\" of the slot (conrep), Gigabyte AM5 \"Kernel DMA Protection Indicator\" or \"Pre-boot DMA protection\", "
        + "elsewhere a firmware update or the vendor's support. Else choose another slot or device. Patching the kernel's check away lets the guest and the firmware write to the same memory.");

    public override string Id => "FW-007";
    public override string Title => "No firmware-reserved memory on a candidate";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.Critical;

    public override string Explanation =>
        "RMRR (Intel) and IVMD (AMD) entries say that a device must always reach some memory at the same address. A guest cannot honour that, so the kernel refuses to assign the device: " +
        "\"platform RMRR requirement\" in older kernels, \"Firmware has requested this device have a 1:1 IOMMU mapping\" in newer ones. " +
        "In reserved_regions such a range has the type direct; direct-relaxable (USB, graphics) does not block.";

    public override string Criteria =>
        "Judged for candidates. Fail: a direct region on the group, the kernel's refusal in the log, or, where the regions were not read, an RMRR that names the device. " +
        "Warn: only an IVMD entry is seen to cover it. Pass: the group's regions were read and none is direct. Unknown: neither regions nor tables were read.";

    public override IReadOnlyList<string> References =>
    [
        "Documentation/ABI/testing/sysfs-kernel-iommu_groups (reserved_regions)", "drivers/iommu/iommu.c", "drivers/iommu/intel/iommu.c (device_rmrr_is_relaxable)",
        "Intel VT-d specification, 8.4 (RMRR)", "AMD I/O Virtualization Technology specification, 5.2 (IVMD)",
    ];

    public override IReadOnlyList<Remedy> Remedies => [_vendor];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        if (subjects.Candidates.Count == 0)
        {
            yield return !subjects.Model.Pci.Devices.IsKnown
                ? Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(subjects.Model, "The list of PCI functions", subjects.Model.Pci.Devices), [PlatformEvidence.Cite(subjects.Model.Pci.Devices, "")])
                : subjects.UnseenCandidates is { } unseen
                ? Make(Verdict.Unknown, "host", "No function is seen to be meant for a guest, but not all could be judged: " + unseen, [])
                : Make(Verdict.Note, "host", "No device is named as a candidate for assignment: name one with --device to have it judged.", []);
        }

        foreach (PciDevice device in subjects.Candidates)
        {
            yield return Judge(subjects.Model, device);
        }
    }

    private Finding Judge(HostModel model, PciDevice device)
    {
        string subject = device.Address.ToString();
        IommuGroup? group = model.Iommu.GroupOf(device.Address);
        if (PlatformEvidence.LogEvents(model, LogEventKind.ReservedMemoryRefusal).LastOrDefault(item => item.Device == device.Address) is { } refusal)
        {
            return Make(Verdict.Fail, subject, "The kernel refused to assign this device because firmware demands a 1:1 mapping for it.",
                [PlatformEvidence.CiteLog(model, refusal)], _vendor);
        }

        if (group is { ReservedRegions.IsKnown: true })
        {
            ReservedRegion[] direct = [.. group.ReservedRegions.Value!.Where(region => region.Type == "direct")];
            return direct.Length > 0
                ? Make(Verdict.Fail, subject, $"Firmware reserves memory for group {group.Id}, so the kernel will refuse to assign this device: {Ranges(direct)}.",
                    [.. direct.Select(region => PlatformEvidence.Cite(group.ReservedRegions, $"0x{region.Start:x16} 0x{region.End:x16} direct"))], _vendor)
                : Make(Verdict.Pass, subject, $"No reserved region of group {group.Id} is of the type direct.", [PlatformEvidence.Cite(group.ReservedRegions)]);
        }

        if (group is { IsNoIommu: false } && !group.ReservedRegions.IsAbsent)
        {
            // Where the kernel has a group, its own list decides, and tables tell only a part of it.
            return Make(Verdict.Unknown, subject, PlatformEvidence.NotSeen(model, "Which memory is reserved for this device", group.ReservedRegions),
                [PlatformEvidence.Cite(group.ReservedRegions)]);
        }

        if (model.Acpi.Dmar.IsKnown && ReservedMemoryScopes.Rmrr(model, device) is { } rmrr)
        {
            return FromTable(model, device, rmrr, subject);
        }

        if (model.Acpi.Ivrs.IsKnown && ReservedMemoryScopes.Ivmd(model.Acpi.Ivrs.Value!, device.Address) is { } ivmd)
        {
            return Make(Verdict.Warn, subject,
                $"An IVMD entry reserves 0x{ivmd.Start:x}, length 0x{ivmd.Length:x}, for this device; kernels that enforce 1:1 mappings on AMD refuse to assign it.",
                [PlatformEvidence.Cite(model.Acpi.Ivrs, $"IVMD type 0x{ivmd.Type:x2}")], _vendor);
        }

        if (model.Acpi.Has("FACP") == true && _iommuTables.All(name => model.Acpi.Has(name) == false))
        {
            return Make(Verdict.NotApplicable, subject, "Firmware has no IOMMU table, so none reserves memory for this device.", [PlatformEvidence.CiteNames(model.Acpi.Names)]);
        }

        return (model.Acpi.Dmar.IsKnown || model.Acpi.Ivrs.IsKnown) && !ReservedMemoryScopes.HasUnresolvedPath(model)
            ? Make(Verdict.Pass, subject, "No firmware table reserves memory for this device.",
                [model.Acpi.Dmar.IsKnown ? PlatformEvidence.Cite(model.Acpi.Dmar) : PlatformEvidence.Cite(model.Acpi.Ivrs)])
            : Make(Verdict.Unknown, subject, group is null
                ? PlatformEvidence.NotSeen(model, "Which memory firmware reserves for this device", model.Acpi.Dmar)
                : PlatformEvidence.NotSeen(model, "Which memory firmware reserves for this device", group.ReservedRegions),
                [PlatformEvidence.Cite(model.Acpi.Dmar)]);
    }

    private Finding FromTable(HostModel model, PciDevice device, DmarReservedRegion rmrr, string subject)
    {
        Citation[] evidence = [PlatformEvidence.Cite(model.Acpi.Dmar, $"RMRR 0x{rmrr.Base:x} 0x{rmrr.Limit:x}")];
        string range = $"0x{rmrr.Base:x} to 0x{rmrr.Limit:x}";

        // The kernel lets go of USB controllers (0c03) and displays (03), whose drivers take over from firmware.
        return device.Class switch
        {
            0x0c03 or (>= 0x0300 and <= 0x03ff) => Make(Verdict.Pass, subject,
                $"An RMRR ({range}) names this device, but the kernel relaxes it for USB controllers and displays.", evidence),
            null => Make(Verdict.Unknown, subject,
                $"An RMRR ({range}) names this device; whether the kernel relaxes it depends on the device's class, which was not read. Read the class file of {device.Path} to know.", evidence),
            _ => Make(Verdict.Fail, subject, $"An RMRR ({range}) names this device, so the kernel will refuse to assign it.", evidence, _vendor),
        };
    }

    private static string Ranges(ReservedRegion[] regions) => string.Join(", ", regions.Select(region => $"0x{region.Start:x} to 0x{region.End:x}"));
}
