using Passthrough.Diagnosis.Checks.CommandLine;
using Passthrough.Host.Logs;

namespace Passthrough.Diagnosis.Ladder;

/// <summary>CPU, firmware table, kernel build, command line, driver, units: what must stand before an IOMMU translates.</summary>
internal static class PlatformRungs
{
    /// <summary>KVM cannot run.</summary>
    public static Broken? Cpu(LadderView view) => view.Failing("FW-003") is not { } finding ? null
        : finding.Message.Contains("this kernel has no", StringComparison.Ordinal) ? Broken.From(finding)
        : new Broken("FW-003", view.IsVirtual
            ? "This virtual machine cannot run hardware-assisted guests: let its hypervisor offer nested virtualisation (nested=1, CPU model host-passthrough)."
            : "CPU virtualisation is off or missing, so KVM cannot run: enable VT-x (Intel) or SVM Mode (AMD) in firmware setup.");

    /// <summary>Firmware shows no IOMMU table.</summary>
    public static Broken? Firmware(LadderView view) => IsActive(view) || view.Failing("FW-001") is null ? null
        : new Broken("FW-001", view.IsVirtual
            ? "The hypervisor gives this guest no IOMMU: add intel-iommu, amd-iommu or virtio-iommu to it (QEMU -device intel-iommu,intremap=on)."
            : view.Model.Cpu.Vendor switch
            {
                "intel" => "Firmware shows no DMAR table: enable \"Intel VT-d\" in firmware setup; it is a separate switch from VT-x.",
                "amd" => "Firmware shows no IVRS table: enable \"IOMMU\" (AMD-Vi) in firmware setup; it is a separate switch from SVM.",
                _ => "Firmware shows no IOMMU table (DMAR, IVRS, VIOT, IORT): enable the IOMMU in firmware setup.",
            });

    /// <summary>The kernel lacks the IOMMU driver, or VFIO.</summary>
    public static Broken? KernelBuild(LadderView view) =>
        !IsActive(view) && view.Failing("KRN-002") is { } driver ? Broken.From(driver)
        : view.Failing("KRN-006") is { } vfio ? Broken.From(vfio)
        : null;

    /// <summary>A token switches the IOMMU off, or the one that switches it on is missing.</summary>
    public static Broken? CommandLine(LadderView view)
    {
        if (IsActive(view) || view.Parameters is not { } parameters)
        {
            return null;
        }

        if (parameters.IommuOff is { } off && view.Model.Cpu.Vendor != "arm")
        {
            return new Broken("CMD-003", $"The kernel command line holds {off}, which keeps every IOMMU driver from starting: remove it and reboot.");
        }

        if (parameters.IntelOff is { } intel && IsIntel(view))
        {
            return new Broken("CMD-001", $"The kernel command line holds {intel}, which switches VT-d off: replace it by intel_iommu=on and reboot.");
        }

        if (parameters.AmdOff is { } amd && IsAmd(view))
        {
            return new Broken("CMD-002", $"The kernel command line holds {amd}, which switches AMD-Vi off: remove it and reboot.");
        }

        return Cmd001IntelIommu.OnIsMissing(view.Model, parameters) switch
        {
            (true, true) => new Broken("CMD-001",
                "Firmware has a DMAR table and the kernel the driver, but this kernel starts VT-d only when asked: add intel_iommu=on to the kernel command line and reboot."),
            (true, null) => new Broken("CMD-001",
                "Firmware has a DMAR table, but VT-d is not translating and the command line does not ask for it: add intel_iommu=on to the kernel command line and reboot "
                + "(whether this kernel starts VT-d without it was not recorded)."),
            _ => null,
        };
    }

    /// <summary>The driver ran and gave up; the log says why.</summary>
    public static Broken? DriverInit(LadderView view)
    {
        if (view.Iommu.State != TriState.No)
        {
            return null;
        }

        string shownBy = view.Show("IOM-001", "IOM-015", "IOM-002");
        if (view.Line(LogEventKind.TranslationUnsupported) is { } unsupported)
        {
            return new Broken(shownBy, view.IsVirtual
                ? $"The virtual IOMMU does not translate DMA (\"{unsupported.Text}\"): let the hypervisor offer it (QEMU intel-iommu without dma-translation=off)."
                : $"The IOMMU offers no DMA translation (\"{unsupported.Text}\"): update firmware, or use a platform whose units translate.");
        }

        return view.Line(LogEventKind.IommuDisabled) is { } disabled
            ? new Broken(shownBy, $"The IOMMU driver gave up (\"{disabled.Text}\"): read the DMAR or AMD-Vi lines around it in the kernel log and update firmware.")
            : null;
    }

    /// <summary>No unit registered and nothing below says why.</summary>
    public static Broken? Units(LadderView view)
    {
        if (view.Iommu.State != TriState.No || (!IommuJudgement.NoUnitRegistered(view.Model) && IommuJudgement.HasIommuTable(view.Model) != true))
        {
            return null;
        }

        string shownBy = view.Show("IOM-001", "IOM-015", "IOM-002");
        return new Broken(shownBy, IommuJudgement.HasIommuTable(view.Model) == true
            ? "Firmware describes an IOMMU, but no unit of it registered: read the DMAR or AMD-Vi lines of the kernel log (journalctl -k -b) for the driver's reason."
            : "No IOMMU unit is registered, and what would tell why (firmware tables, command line) was not all seen: run ptdiag as root on the host itself.");
    }

    private static bool IsActive(LadderView view) => view.Iommu.State == TriState.Yes;

    // The table decides; the CPU only where no table is seen: an emulated CPU may be AMD behind an Intel IOMMU.
    private static bool IsIntel(LadderView view) => IommuJudgement.HasDmar(view.Model) ?? view.Model.Cpu.Vendor == "intel";

    private static bool IsAmd(LadderView view) => IommuJudgement.HasIvrs(view.Model) ?? view.Model.Cpu.Vendor == "amd";
}
