namespace Passthrough.Diagnosis.Ladder;

/// <summary>
/// Climbs from the CPU to the guest and stops at the first rung that is known to be broken: that is the answer, and what
/// hangs on it is shown as its consequence. A rung that could not be seen is not broken.
/// </summary>
internal static class CauseLadder
{
    private static readonly (Rung Rung, Func<LadderView, Broken?> Look)[] _rungs =
    [
        (Rung.Cpu, PlatformRungs.Cpu),
        (Rung.Firmware, PlatformRungs.Firmware),
        (Rung.KernelBuild, PlatformRungs.KernelBuild),
        (Rung.CommandLine, PlatformRungs.CommandLine),
        (Rung.DriverInit, PlatformRungs.DriverInit),
        (Rung.Units, PlatformRungs.Units),
        (Rung.InterruptRemapping, InterruptRung.Look),
        (Rung.Groups, DeviceRungs.Groups),
        (Rung.Device, DeviceRungs.Device),
        (Rung.Driver, DeviceRungs.Driver),
        (Rung.Guest, DeviceRungs.Guest),
    ];

    /// <summary>The first broken rung; null when none is known to be broken.</summary>
    public static Cause? Climb(LadderView view)
    {
        foreach ((Rung rung, Func<LadderView, Broken?> look) in _rungs)
        {
            if (look(view) is { } broken)
            {
                return new Cause(rung, broken.FindingId, broken.Sentence, Consequences(view, rung, broken.FindingId));
            }
        }

        return null;
    }

    private static string[] Consequences(LadderView view, Rung rung, string shownBy) =>
    [
        .. view.Findings.Where(finding => finding.Verdict is Verdict.Fail or Verdict.Warn).Select(finding => finding.Id)
            .Where(id => id != shownBy && Follows(rung, shownBy, id)).Distinct(StringComparer.Ordinal),
    ];

    // What cannot be healthy once a rung is broken. Findings that stand on their own are not hidden behind a cause.
    private static bool Follows(Rung rung, string shownBy, string id) => rung switch
    {
        Rung.Cpu => id is "IRQ-003" or "CPU-007",
        Rung.KernelBuild when shownBy == "KRN-006" => NeedsDriver(id),
        Rung.Firmware or Rung.KernelBuild or Rung.CommandLine or Rung.DriverInit or Rung.Units => NeedsIommu(id),
        Rung.InterruptRemapping => id is "IRQ-001" or "IRQ-002" or "IRQ-003" or "SEC-001" or "FW-004" or "FW-012" or "KRN-005"
            or "CMD-011" or "IOM-010" or "MOD-008",
        Rung.Groups => Begins(id, "GRP-") || id is "IOM-002" or "IOM-003" or "DEV-001" or "DEV-009" or "VIRT-003" or "SRV-005",
        Rung.Device => id is "IOM-003" or "IOM-006" or "FW-007" or "FW-008" or "GRP-001" or "DEV-001",
        Rung.Driver => NeedsDriver(id),
        _ => Begins(id, "VIRT-"),
    };

    // Faults that the log shows (IOM-012) prove an IOMMU and follow from none.
    private static bool NeedsIommu(string id) => (Begins(id, "IOM-") && id != "IOM-012") || Begins(id, "GRP-")
        || id is "FW-008" or "IRQ-001" or "IRQ-003" or "SRV-005" or "DEV-001" or "VIRT-003";

    private static bool NeedsDriver(string id) => id is "MOD-001" or "MOD-002" or "MOD-003" or "MOD-006" or "DEV-001" or "GRP-001" or "VIRT-002";

    private static bool Begins(string id, string section) => id.StartsWith(section, StringComparison.Ordinal);
}
