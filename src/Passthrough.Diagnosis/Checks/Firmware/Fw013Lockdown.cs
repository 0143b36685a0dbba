using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-013: is the kernel locked down, as under Secure Boot?</summary>
internal sealed class Fw013Lockdown : Check
{
    private static readonly Remedy _sign = new("Sign the modules that are to be loaded and enrol the key (mokutil --import), or do without them. Lockdown does not stop VFIO itself.");

    public override string Id => "FW-013";
    public override string Title => "Kernel lockdown";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "With lockdown, which distributions switch on under Secure Boot, even root may not write the config space of devices, open /dev/mem or load unsigned modules. VFIO itself works; " +
        "vendor-reset, patched modules, setpci and tools that write BARs do not.";

    public override string Criteria => "Pass: lockdown is off or not in this kernel. Note: it is on. Unknown: its state was not seen.";

    public override IReadOnlyList<string> References => ["kernel_lockdown(7)", "security/lockdown/lockdown.c", "k8snetworkplumbingwg/sriov-network-operator (Mellanox plug-in under lockdown)"];

    public override IReadOnlyList<Remedy> Remedies => [_sign];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<string> lockdown = model.Kernel.Lockdown;
        if (lockdown.IsKnown && lockdown.Value is "none")
        {
            yield return Make(Verdict.Pass, "host", "Lockdown is off.", [PlatformEvidence.Cite(lockdown)]);
        }
        else if (lockdown.IsKnown && lockdown.Value is "integrity" or "confidentiality")
        {
            yield return Make(Verdict.Note, "host", $"Lockdown is on ({lockdown.Value}): unsigned modules, writes to config space and /dev/mem are refused. VFIO works all the same.", [PlatformEvidence.Cite(lockdown)], _sign);
        }
        else if (!lockdown.IsKnown && lockdown.IsAbsent && model.Kernel.Config["SECURITY_LOCKDOWN_LSM"] == "n")
        {
            yield return Make(Verdict.Pass, "host", "This kernel was built without lockdown.", [PlatformEvidence.Cite(model.Kernel.Config.Values, "CONFIG_SECURITY_LOCKDOWN_LSM is not set")]);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", lockdown.IsAbsent
                ? $"{lockdown.Source} is not there: securityfs is not mounted, or lockdown is not among the security modules in use. Run \"mount -t securityfs none /sys/kernel/security\" as root and look again to know."
                : PlatformEvidence.NotSeen(model, "The state of lockdown", lockdown), [PlatformEvidence.Cite(lockdown)]);
        }
    }
}
