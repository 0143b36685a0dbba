using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>
/// The IOMMU's own parameters. Sources: drivers/iommu/intel/iommu.c (intel_iommu_setup), drivers/iommu/amd/init.c
/// (parse_amd_iommu_options), arch/x86/kernel/pci-dma.c (iommu_setup), drivers/iommu/irq_remapping.c (setup_irqremap),
/// drivers/iommu/iommu.c (iommu.passthrough, iommu.strict).
/// </summary>
internal sealed class IommuFamily : TokenFamily
{
    private static readonly string[] _names =
    [
        "intel_iommu", "amd_iommu", "iommu", "intremap", "nointremap", "iommu.passthrough", "iommu.strict", "iommu.forcedac",
        "amd_iommu_dump", "amd_iommu_intr", "ivrs_ioapic", "ivrs_hpet", "ivrs_acpihid",
    ];

    private static readonly string[] _intel = ["on", "off", "igfx_off", "sp_off", "sm_on", "sm_off", "tboot_noforce"];
    private static readonly string[] _intelOld = ["forcedac", "strict"];

    private static readonly string[] _amd =
        ["off", "force_enable", "force_isolation", "pgtbl_v1", "pgtbl_v2", "irtcachedis", "nohugepages", "v2_pgsizes_only"];

    private static readonly string[] _x86 =
    [
        "force", "noforce", "biomerge", "panic", "nopanic", "merge", "nomerge", "pt", "nopt", "usedac", "forcesac", "allowdac", "nodac",
        "fullflush", "nofullflush", "noagp", "noaperture", "memaper", "leak",
    ];

    public override bool Takes(CommandLineToken token)
    {
        string name = NameOf(token);
        return _names.Contains(name) || name.StartsWith("iommu.", StringComparison.Ordinal)
            || name.StartsWith("arm_smmu", StringComparison.Ordinal) || (name == "acpi" && token.Value == "off");
    }

    public override TokenJudgement Judge(LintContext context, int index)
    {
        CommandLineToken token = context.At(index);
        return NameOf(token) switch
        {
            "intel_iommu" => Intel(context, token),
            "amd_iommu" => Amd(context, token),
            "iommu" => X86(context, token),
            "intremap" or "nointremap" => InterruptRemapping(context, token),
            "iommu.passthrough" => Flag(context, token, "CMD-005",
                "Devices that the host drives itself get an identity mapping; a device given to VFIO is translated all the same.",
                "Devices that the host drives itself are translated; a device given to VFIO is translated in any case."),
            "iommu.strict" => Flag(context, token, "CMD-006", "Unmapped addresses are flushed from the IOMMU at once: safer, and slower for the host's own devices.",
                "Unmapped addresses are flushed from the IOMMU in batches: faster for the host's own devices, with a short time in which they still work."),
            "iommu.forcedac" => Flag(context, token, null, "Devices may get DMA addresses above 4 GiB from the start.", "Devices get DMA addresses below 4 GiB first."),
            "acpi" => Harmful(token, "Without ACPI the kernel sees neither a DMAR nor an IVRS table: no IOMMU can start."),
            "amd_iommu_dump" or "amd_iommu_intr" or "ivrs_ioapic" or "ivrs_hpet" or "ivrs_acpihid" => context.IsAmd switch
            {
                true => Effective(token, "The AMD driver reads it; it replaces or shows what firmware's IVRS table says."),
                false => NoEffect(token, "Only AMD's driver reads it, and this machine has no IVRS table."),
                _ => Unknown(token, "Only AMD's driver reads it; whether this machine has an IVRS table was not seen."),
            },
            var name when name.StartsWith("arm_smmu", StringComparison.Ordinal) => context.Model.Cpu.Vendor switch
            {
                "arm" => Effective(token, "A parameter of the Arm SMMU driver."),
                null => Unknown(token, "A parameter of the Arm SMMU driver; the CPU's vendor was not seen."),
                _ => NoEffect(token, "Only the Arm SMMU driver reads it, and this is no Arm machine."),
            },
            _ => NoEffect(token, "The IOMMU core knows iommu.passthrough=, iommu.strict= and iommu.forcedac=, and not this."),
        };
    }

    private static TokenJudgement Intel(LintContext context, CommandLineToken token)
    {
        IReadOnlyList<string> options = KernelParameters.Options(token);
        string[] unknown = [.. options.Where(option => KernelParameters.Match(option, [.. _intel, .. _intelOld]) is null)];
        if (options.Count == 0 || unknown.Length == options.Count)
        {
            return NoEffect(token, unknown is ["pt"] ? "pt is no option of intel_iommu=; the default domain is set with iommu=pt."
                : "No known option: the kernel skips it. To switch VT-d on, write intel_iommu=on.", "CMD-001");
        }

        if (context.IsIntel == false)
        {
            return NoEffect(token, "This machine has no VT-d (no DMAR table). The line \"DMAR: IOMMU enabled\" that on causes is printed by the parser and proves nothing.", "CMD-004");
        }

        if (options.Any(option => KernelParameters.Starts(option, "off")))
        {
            return context.Parameters.IntelOff is null ? NoEffect(token, "A later on takes its off back.", "CMD-001")
                : IommuJudgement.Of(context.Model) is { State: TriState.Yes, Vendor: "intel" }
                ? NoEffect(token, "It asks to switch VT-d off, yet units of it are at work: trusted boot or firmware forced it on.", "CMD-001")
                : Harmful(token, "It switches VT-d off: no device can be assigned.", "CMD-001");
        }

        string skipped = unknown.Length == 0 ? "" : $" The kernel skips {string.Join(", ", unknown)}.";
        return options.Any(option => KernelParameters.Match(option, _intelOld) is not null)
            ? Deprecated(token, "Use iommu.strict=1 for strict and iommu.forcedac=1 for forcedac." + skipped, "CMD-001")
            : context.IsIntel is null
            ? Unknown(token, "Only VT-d's driver heeds it, and whether this machine has a DMAR table was not seen.", "CMD-004")
            : Effective(token, "VT-d's driver heeds it. It shows the wish; units that registered show the result." + skipped, "CMD-001");
    }

    private static TokenJudgement Amd(LintContext context, CommandLineToken token)
    {
        IReadOnlyList<string> options = KernelParameters.Options(token);
        string[] unknown = [.. options.Where(option => KernelParameters.Match(option, [.. _amd, "fullflush"]) is null)];
        if (options.Count == 0 || unknown.Length == options.Count)
        {
            return NoEffect(token, unknown is ["on"] ? "The value on does not exist: AMD-Vi starts by itself where firmware shows an IVRS table. Drop it."
                : unknown is ["pt"] ? "pt is no option of amd_iommu=; the default domain is set with iommu=pt."
                : "No option that is known here: the kernel skips it.", "CMD-002");
        }

        if (context.IsAmd == false)
        {
            return NoEffect(token, "This machine has no AMD-Vi (no IVRS table).", "CMD-004");
        }

        if (options.Any(option => KernelParameters.Starts(option, "off")))
        {
            return IommuJudgement.Of(context.Model) is { State: TriState.Yes, Vendor: "amd" }
                ? NoEffect(token, "It asks to switch AMD-Vi off, yet units of it are at work.", "CMD-002")
                : Harmful(token, "It switches AMD-Vi off: no device can be assigned.", "CMD-002");
        }

        return options.Any(option => KernelParameters.Starts(option, "fullflush")) ? Deprecated(token, "Use iommu.strict=1 on newer kernels.", "CMD-002")
            : context.IsAmd is null ? Unknown(token, "Only AMD's driver heeds it, and whether this machine has an IVRS table was not seen.", "CMD-004")
            : Effective(token, "AMD's driver heeds it" + (unknown.Length == 0 ? "." : $"; it skips {string.Join(", ", unknown)}."), "CMD-002");
    }

    private static TokenJudgement X86(LintContext context, CommandLineToken token)
    {
        IReadOnlyList<string> options = KernelParameters.Options(token);
        if (context.IsArm)
        {
            return NoEffect(token, "iommu= is read on x86; on Arm write iommu.passthrough= or iommu.strict=.", "CMD-003");
        }

        if (options.Any(option => KernelParameters.Starts(option, "off")))
        {
            return IommuJudgement.Of(context.Model).State == TriState.Yes
                ? NoEffect(token, "It asks to switch the IOMMU off, yet one is at work: firmware or trusted boot forced it on.", "CMD-003")
                : Harmful(token, "It keeps every x86 IOMMU driver from starting: no device can be assigned.", "CMD-003");
        }

        if (options.Any(option => KernelParameters.Starts(option, "soft")))
        {
            return Harmful(token, "It asks for bounce buffers in the place of a hardware IOMMU.", "CMD-003");
        }

        string[] known = [.. options.Where(option => KernelParameters.Match(option, _x86) is not null)];
        if (known.Length == 0)
        {
            return NoEffect(token, options.Any(option => option is "1" or "on" or "enable" or "force_enable" or "yes")
                ? "This is no value of iommu= and does nothing. VT-d is switched on with intel_iommu=on where the kernel does not start it by itself; AMD-Vi starts by itself."
                : "No known option: the kernel skips it silently.", "CMD-003");
        }

        if (!known.Any(option => KernelParameters.Match(option, ["pt", "nopt"]) is not null))
        {
            return Effective(token, "The x86 DMA code reads it; it has no part in passing devices through.", "CMD-003");
        }

        return PlatformEvidence.LogEvents(context.Model, LogEventKind.MemoryEncryption).Any()
            ? Harmful(token, "Memory encryption stands against identity mappings: the kernel ignores it, or refuses SEV-SNP.", "CMD-005")
            : Effective(token, "It sets the default domain of devices that the host drives itself. A device given to VFIO is translated all the same, so it does not make passthrough faster.", "CMD-005");
    }

    private static TokenJudgement InterruptRemapping(LintContext context, CommandLineToken token)
    {
        IReadOnlyList<string> options = KernelParameters.Options(token);
        if (NameOf(token) == "nointremap" || options.Any(option => KernelParameters.Starts(option, "off")))
        {
            return context.Parameters.InterruptRemappingOff is null ? NoEffect(token, "A later intremap=on takes it back.", "CMD-011")
                : Harmful(token, "It switches interrupt remapping off: VFIO refuses to assign devices, or is made to do so unsafely.", "CMD-011");
        }

        return options.Any(option => KernelParameters.Starts(option, "nosid"))
                ? Harmful(token, "nosid: the source of an interrupt is not checked, so one device can send those of another.", "CMD-011")
            : options.Any(option => KernelParameters.Match(option, ["nopost"]) is not null)
                ? Harmful(token, "nopost: posted interrupts are off, so each interrupt for a guest costs an exit.", "CMD-011")
            : options.Any(option => KernelParameters.Match(option, ["on", "no_x2apic_optout", "posted_msi"]) is not null)
                ? Effective(token, "Interrupt remapping heeds it; remapping is on by default where the platform has it.", "CMD-011")
            : NoEffect(token, "No known option: the kernel skips it silently. Valid are on, off, nosid, no_x2apic_optout, nopost and, on newer kernels, posted_msi.", "CMD-011");
    }

    private static TokenJudgement Flag(LintContext context, CommandLineToken token, string? check, string whenTrue, string whenFalse) =>
        LintContext.Boolean(token.Value) switch
        {
            null => NoEffect(token, $"The value is no boolean, so the kernel skips it: write {token.Name}=1 or {token.Name}=0.", check),
            true when check == "CMD-005" && PlatformEvidence.LogEvents(context.Model, LogEventKind.MemoryEncryption).Any() =>
                Harmful(token, "Memory encryption stands against identity mappings: the kernel ignores it, or refuses SEV-SNP.", check),
            true => Effective(token, whenTrue, check),
            false => Effective(token, whenFalse, check),
        };
}
