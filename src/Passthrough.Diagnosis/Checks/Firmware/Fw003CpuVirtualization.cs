using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-003: can this machine run hardware-assisted guests at all?</summary>
internal sealed class Fw003CpuVirtualization : Check
{
    private static readonly string[] _vendorModules = ["kvm_intel", "kvm_amd"];

    private static readonly Remedy _firmware = new(
        "Enable CPU virtualisation in firmware setup (Intel: VT-x, \"Intel Virtualization Technology\"; AMD: SVM Mode), then cut the power once. It is a separate switch from VT-d / AMD IOMMU.");

    private static readonly Remedy _nested = new(
        "Offer virtualisation to this guest in its hypervisor (nested virtualisation: kvm_intel or kvm_amd nested=1 there, CPU model host-passthrough). "
        + "VFIO itself, for example for DPDK, works without it.");

    public override string Id => "FW-003";
    public override string Title => "CPU virtualisation is on";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.Critical;

    public override string Explanation =>
        "A guest with an assigned device needs KVM, and KVM needs VT-x, SVM or the Arm equivalent, switched on in firmware. Opening /dev/kvm is the proof; " +
        "the flag in /proc/cpuinfo is a hint: a kernel may show it although firmware locked the feature, and inside a virtual machine it says what the hypervisor offers.";

    public override string Criteria =>
        "Pass: /dev/kvm answers, or the kvm_intel / kvm_amd module is loaded (it refuses to load otherwise). " +
        "Fail: an x86 CPU shows neither vmx nor svm, the log says that firmware disabled it, or /dev/kvm refuses. " +
        "Warn: the CPU offers it but KVM is not running. Unknown: neither flags nor /dev/kvm tell.";

    public override IReadOnlyList<string> References =>
        ["Documentation/virt/kvm/api.rst (KVM_GET_API_VERSION)", "arch/x86/kvm/vmx/vmx.c", "arch/x86/kvm/svm/svm.c", "arch/x86/kernel/cpu/feat_ctl.c"];

    public override IReadOnlyList<Remedy> Remedies => [_firmware, _nested];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<int> kvm = model.Kvm.ApiVersion;
        bool? flag = VirtualizationFlag(model);
        LogEvent? refusal = PlatformEvidence.LogEvents(model, LogEventKind.KvmDisabled).FirstOrDefault();
        Remedy remedy = model.IsVirtualMachine == true ? _nested : _firmware;
        Citation[] evidence =
        [
            PlatformEvidence.Cite(kvm),
            model.Cpu.Flags.IsKnown ? PlatformEvidence.Cite(model.Cpu.Flags, FlagText(model)) : PlatformEvidence.Cite(model.Cpu.Flags),
            .. refusal is null ? Array.Empty<Citation>() : [PlatformEvidence.CiteLog(model, refusal)],
        ];

        if (kvm.IsKnown)
        {
            yield return Make(Verdict.Pass, "host", $"/dev/kvm answers (API version {kvm.Value}).", evidence);
        }
        else if (flag == false)
        {
            yield return Make(Verdict.Fail, "host", model.IsVirtualMachine == true
                ? "The CPU of this virtual machine offers neither vmx nor svm: no hardware-assisted guest can run in it."
                : "The CPU shows neither vmx nor svm: firmware has virtualisation switched off, or the CPU has none.", evidence, remedy);
        }
        else if (refusal is not null)
        {
            yield return Make(Verdict.Fail, "host", "KVM found virtualisation disabled and refused to start.", evidence, remedy);
        }
        else if (LoadedVendorModule(model) is { } module)
        {
            yield return Make(Verdict.Pass, "host", $"{module} is loaded, and it loads only where virtualisation is on.",
                [.. evidence, PlatformEvidence.Cite(model.Kernel.Modules.Loaded, module)]);
        }
        else if (flag is null || kvm.Outcome is not (Outcome.Failed or Outcome.Absent) || PlatformEvidence.InContainer(model) == true)
        {
            yield return Make(Verdict.Unknown, "host",
                (flag == true ? "The CPU flags offer virtualisation, but a flag does not prove that KVM can use it. " : "")
                + PlatformEvidence.NotSeen(model, "Whether KVM works", kvm), evidence);
        }
        else
        {
            // A static node exists before the module does, so a refusal may only mean that nothing loaded it.
            string wanted = model.Cpu.Flags.Value!.Contains("vmx") ? "kvm_intel" : "kvm_amd";
            yield return model.Kernel.Modules.Presence(wanted) switch
            {
                ModulePresence.Missing => Make(Verdict.Fail, "host",
                    $"The CPU offers virtualisation, but this kernel has no {wanted}.", evidence, new Remedy($"Use a kernel with {wanted} (CONFIG_KVM).")),
                ModulePresence.Loaded or ModulePresence.BuiltIn when kvm.Outcome == Outcome.Failed => Make(Verdict.Fail, "host",
                    $"/dev/kvm is there but refuses ({kvm.Why ?? "no reason given"}).", evidence, remedy),
                ModulePresence.Unknown => Make(Verdict.Unknown, "host",
                    $"The CPU offers virtualisation, but KVM is not running, and whether this kernel has {wanted} was not seen. Run ptdiag as root on the host itself to know.", evidence),
                _ => Make(Verdict.Warn, "host",
                    $"The CPU offers virtualisation, but KVM is not running: /dev/kvm {(kvm.IsAbsent ? "is not there" : "refuses")} and {wanted} is not seen loaded.",
                    evidence, new Remedy($"Load {wanted}; if it refuses, read its line in the kernel log.", $"modprobe {wanted}")),
            };
        }
    }

    /// <summary>vmx or svm in the flags of an x86 CPU; null where flags say nothing (Arm, not read).</summary>
    internal static bool? VirtualizationFlag(HostModel model)
    {
        if (!model.Cpu.Flags.IsKnown)
        {
            return null;
        }

        IReadOnlySet<string> flags = model.Cpu.Flags.Value!;

        // cx8 and tsc stand in every x86 flags line of a machine that could have virtualisation, and in no Arm one.
        return flags.Contains("vmx") || flags.Contains("svm") ? true
            : flags.Contains("cx8") || flags.Contains("tsc") || model.Cpu.Vendor is "intel" or "amd" ? false
            : null;
    }

    private static string FlagText(HostModel model) => VirtualizationFlag(model) switch
    {
        true => model.Cpu.Flags.Value!.Contains("vmx") ? "flags: … vmx …" : "flags: … svm …",
        false => "flags: neither vmx nor svm",
        _ => "flags of no x86 CPU",
    };

    // Built in says nothing: /sys/module/kvm_intel exists then even when its start failed.
    private static string? LoadedVendorModule(HostModel model)
    {
        ModuleState modules = model.Kernel.Modules;
        return modules.Loaded.IsKnown
            ? _vendorModules.FirstOrDefault(modules.Loaded.Value!.Contains)
            : null;
    }
}
