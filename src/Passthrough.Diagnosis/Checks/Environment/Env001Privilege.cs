using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.Environment;

/// <summary>ENV-001: may this run see what it judges?</summary>
internal sealed class Env001Privilege : Check
{
    private static readonly Remedy _runAsRoot =
        new("Run ptdiag as root in the initial user namespace: plain root on the host, not root inside a container.");

    public override string Id => "ENV-001";
    public override string Title => "Enough privilege to see the evidence";
    public override Section Section => Section.Environment;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "Without CAP_SYS_ADMIN in the initial user namespace the kernel cuts the config space of a PCI function after 64 bytes, " +
        "and firmware tables are readable by root only. Access control services, function level reset and SR-IOV stand beyond byte 64, " +
        "so an unprivileged run cannot tell whether they are there.";

    public override string Criteria =>
        "Pass: config space beyond 64 bytes was read, or the capability is held in the initial user namespace. " +
        "Warn: the capability is missing, or held only in a user namespace of its own, or every config space ended at 64 bytes. " +
        "Unknown: neither capabilities nor config space were recorded.";

    public override IReadOnlyList<string> References =>
        ["drivers/pci/pci-sysfs.c (pci_read_config)", "capabilities(7)", "user_namespaces(7)"];

    public override IReadOnlyList<Remedy> Remedies => [_runAsRoot];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        PciDevice? longest = model.Pci.All.Where(device => device.Config.IsKnown).MaxBy(device => device.Config.Value!.Length);
        int? bytes = longest?.Config.Value!.Length;
        Reading<bool> initial = model.Privilege.InitialUserNamespace;
        Citation[] evidence =
        [
            PlatformEvidence.Cite(model.Privilege.EffectiveCapabilities),
            PlatformEvidence.Cite(initial),
            .. longest is null ? Array.Empty<Citation>() : [PlatformEvidence.Cite(longest.Config, $"{bytes} bytes")],
        ];

        yield return (bytes, model.Privilege.HasSysAdmin, initial.IsKnown ? initial.Value : (bool?)null) switch
        {
            // Bytes that were read prove more than any capability mask.
            ( > 64, _, _) => Make(Verdict.Pass, "host", $"Config space beyond 64 bytes was readable (up to {bytes} bytes).", evidence),
            (_, false, _) => Make(Verdict.Warn, "host",
                "The run lacks CAP_SYS_ADMIN: config space ends at 64 bytes and firmware tables cannot be read, "
                + "so what they hold (ACS, FLR, SR-IOV, reserved regions) stays unknown.", evidence, _runAsRoot),
            (_, _, false) => Make(Verdict.Warn, "host",
                "The run is root only inside a user namespace of its own; the kernel asks for CAP_SYS_ADMIN in the initial one, "
                + "so config space ends at 64 bytes.", evidence, _runAsRoot),
            (not null, _, _) => Make(Verdict.Warn, "host",
                $"No config space was read beyond {bytes} bytes, so whether devices have ACS, FLR or SR-IOV stays unknown.", evidence, _runAsRoot),
            (null, true, true) => Make(Verdict.Pass, "host", "The run holds CAP_SYS_ADMIN in the initial user namespace.", evidence),
            _ => Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "With which privilege the machine was looked at",
                model.Privilege.HasSysAdmin is null ? model.Privilege.EffectiveCapabilities.As() : initial.As()), evidence),
        };
    }
}
