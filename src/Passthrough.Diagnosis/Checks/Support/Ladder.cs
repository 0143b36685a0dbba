using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>How a rung stands.</summary>
internal enum RungState
{
    /// <summary>Seen to hold, or proven by a rung above.</summary>
    Holds,

    /// <summary>Seen to be broken.</summary>
    Broken,

    /// <summary>Could not be judged.</summary>
    Unknown,

    /// <summary>Does not matter on this machine.</summary>
    Skipped,
}

/// <summary>One rung: where it stands in the order, what was seen, and where.</summary>
internal sealed record LadderRung(int Order, string Name, RungState State, string Seen, string HowToKnow, IReadOnlyList<Citation> Evidence);

/// <summary>Judges the rungs from the CPU to the candidates' group links.</summary>
internal static class Ladder
{
    /// <summary>The rungs, lowest first.</summary>
    public static IReadOnlyList<LadderRung> Climb(Subjects subjects)
    {
        HostModel model = subjects.Model;
        LadderRung[] rungs = [Cpu(model), Firmware(model), Build(model), CommandLine(model), Log(model), Units(model), Groups(model), Device(subjects)];
        if (!(model.Iommu.RealGroups.Any() && IommuFacts.Translation(model) == TriState.Yes))
        {
            return rungs;
        }

        // Groups with members cannot exist without table, driver, options and units, so such a rung that looks broken or was not read is
        // proven by them. They say nothing of the CPU's own virtualisation, which the IOMMU does not need.
        return [.. rungs.Select(rung => rung.State is not (RungState.Unknown or RungState.Broken) ? rung : rung.Order switch
        {
            0 when rung.State == RungState.Unknown => rung with { State = RungState.Skipped, Seen = rung.Seen + ", and the IOMMU works without them" },
            > 0 and < 6 => rung with { State = RungState.Holds, Seen = rung.Seen + ", but the groups above prove it" },
            _ => rung,
        })];
    }

    private static LadderRung Cpu(HostModel model)
    {
        Citation[] evidence = [new(model.Cpu.Flags.Source, null, model.Cpu.VendorId.Or(null))];
        if (model.Cpu.Vendor == "arm")
        {
            return new LadderRung(0, "CPU", RungState.Skipped, "Arm shows no flag for virtualisation", "", evidence);
        }

        bool? vmx = model.Cpu.HasFlag("vmx");
        bool? svm = model.Cpu.HasFlag("svm");
        if (vmx is null || svm is null)
        {
            return new LadderRung(0, "CPU", RungState.Unknown, "the CPU flags were not read", Quote.HowToKnow(model.Cpu.Flags), [Quote.Of(model.Cpu.Flags)]);
        }

        return vmx.Value || svm.Value
            ? new LadderRung(0, "CPU", RungState.Holds, vmx.Value ? "flag vmx" : "flag svm", "", [new Citation(model.Cpu.Flags.Source, null, vmx.Value ? "vmx" : "svm")])
            : model.IsVirtualMachine == true
                ? new LadderRung(0, "CPU", RungState.Skipped, "neither vmx nor svm, which a guest needs only to run guests of its own", "", evidence)
                : new LadderRung(0, "CPU", RungState.Broken, "neither vmx nor svm among the CPU flags: virtualisation is off in firmware or missing", "", evidence);
    }

    private static LadderRung Firmware(HostModel model)
    {
        if (!model.Acpi.Names.IsKnown)
        {
            return new LadderRung(1, "firmware table", RungState.Unknown, $"{model.Acpi.Names.Source} is {Quote.Outcome(model.Acpi.Names)}",
                Quote.HowToKnow(model.Acpi.Names), [Quote.Of(model.Acpi.Names)]);
        }

        string[] found = [.. IommuFacts.Tables.Where(name => model.Acpi.Has(name) == true)];
        if (found.Length > 0)
        {
            return new LadderRung(1, "firmware table", RungState.Holds, string.Join(" and ", found), "",
                [new Citation(model.Acpi.Names.Source, null, string.Join(" ", found))]);
        }

        // A folder without even the fixed tables is masked (a container), not a firmware without an IOMMU.
        bool masked = model.Acpi.Has("FACP") != true && model.Acpi.Has("DSDT") != true;
        return masked
            ? new LadderRung(1, "firmware table", RungState.Unknown, "no ACPI table at all is visible", "Run ptdiag on the host itself, outside any container.",
                [new Citation(model.Acpi.Names.Source, null, "(neither FACP nor DSDT)")])
            : new LadderRung(1, "firmware table", RungState.Broken, "ACPI tables are there, but none of " + string.Join(", ", IommuFacts.Tables), "",
                [new Citation(model.Acpi.Names.Source, null, Quote.List(model.Acpi.Names.Value!, 20))]);
    }

    private static LadderRung Build(HostModel model)
    {
        string[] wanted = model.Acpi.Has("DMAR") == true ? ["INTEL_IOMMU"]
            : model.Acpi.Has("IVRS") == true ? ["AMD_IOMMU"]
            : model.Acpi.Has("VIOT") == true ? ["VIRTIO_IOMMU"]
            : model.Cpu.Vendor switch { "intel" => ["INTEL_IOMMU"], "amd" => ["AMD_IOMMU"], "arm" => ["ARM_SMMU_V3", "ARM_SMMU"], _ => [] };
        if (wanted.Length == 0 || !model.Kernel.Config.Values.IsKnown)
        {
            return new LadderRung(2, "kernel build", RungState.Unknown, wanted.Length == 0 ? "the platform is not known" : "the kernel configuration was not read",
                Quote.HowToKnow(model.Kernel.Config.Values), [Quote.Of(model.Kernel.Config.Values) with { Excerpt = null }]);
        }

        string? built = wanted.FirstOrDefault(symbol => model.Kernel.Config.Has(symbol) == true);
        var place = new Citation(model.Kernel.Config.Values.Source, null, $"CONFIG_{built ?? wanted[0]}={model.Kernel.Config[built ?? wanted[0]]}");
        return built is not null
            ? new LadderRung(2, "kernel build", RungState.Holds, "CONFIG_" + built, "", [place])
            : new LadderRung(2, "kernel build", RungState.Broken, "built without CONFIG_" + string.Join(" or CONFIG_", wanted), "", [place]);
    }

    private static LadderRung CommandLine(HostModel model)
    {
        if (!model.Kernel.CommandLine.IsKnown)
        {
            return new LadderRung(3, "command line", RungState.Unknown, "the kernel command line was not read", Quote.HowToKnow(model.Kernel.CommandLine),
                [Quote.Of(model.Kernel.CommandLine)]);
        }

        KernelCommandLine line = model.Kernel.CommandLine.Value!;
        Citation[] evidence = [new(model.Kernel.CommandLine.Source, null, Host.Evidence.Reading.Shorten(line.Text))];
        if (IommuFacts.SwitchedOffBy(model) is { } token)
        {
            return new LadderRung(3, "command line", RungState.Broken, $"\"{token}\" switches the IOMMU off", "", evidence);
        }

        bool intel = model.Acpi.Has("DMAR") == true || (model.Acpi.Has("DMAR") is null && model.Cpu.Vendor == "intel");
        if (!intel || line.Options("intel_iommu").Contains("on"))
        {
            return new LadderRung(3, "command line", RungState.Holds, intel ? "intel_iommu=on" : "nothing switches the IOMMU off", "", evidence);
        }

        // Without the token an Intel unit comes up by the kernel's default, or because firmware opts in to DMA protection.
        bool optIn = model.Acpi.Dmar.IsKnown && model.Acpi.Dmar.Value!.DmaControlOptIn;
        return model.Kernel.Config.Has("INTEL_IOMMU_DEFAULT_ON") switch
        {
            true => new LadderRung(3, "command line", RungState.Holds, "no token, and the kernel is built with INTEL_IOMMU_DEFAULT_ON", "", evidence),
            false when !optIn => new LadderRung(3, "command line", RungState.Broken, "no intel_iommu=on, and the kernel is built without INTEL_IOMMU_DEFAULT_ON", "", evidence),
            _ => new LadderRung(3, "command line", RungState.Unknown, optIn ? "no intel_iommu=on; firmware asks for DMA protection, which may switch it on"
                : "no intel_iommu=on, and the kernel's default is not known", Quote.HowToKnow(model.Kernel.Config.Values), evidence),
        };
    }

    private static LadderRung Log(HostModel model)
    {
        if (!model.Log.Content.IsKnown)
        {
            return new LadderRung(4, "driver start", RungState.Unknown, "the kernel log was not read", Quote.HowToKnow(model.Log.Content), [Quote.Of(model.Log.Content)]);
        }

        LogEvent? off = model.Log.Content.Value!.Events.LastOrDefault(item => item.Kind is LogEventKind.IommuDisabled or LogEventKind.TranslationUnsupported);
        LogEvent? seen = model.Log.Content.Value.Of(LogEventKind.IommuDetected).LastOrDefault();
        var place = new Citation(model.Log.Content.Source, null, Quote.Count(model.Log.Content.Value.Lines, "line") + " read");
        return off is not null ? new LadderRung(4, "driver start", RungState.Broken, $"the kernel log says \"{off.Text}\"", "", [Quote.Of(model.Log, off)])
            : seen is not null ? new LadderRung(4, "driver start", RungState.Holds, $"the kernel log says \"{seen.Text}\"", "", [Quote.Of(model.Log, seen)])
            : model.Log.IsComplete ? new LadderRung(4, "driver start", RungState.Broken, "the log reaches back to the boot and no IOMMU driver speaks in it", "", [place])
            : new LadderRung(4, "driver start", RungState.Unknown, "the log does not reach back to the boot, and no IOMMU driver speaks in it", "Read the whole log: journalctl -k -b.", [place]);
    }

    private static LadderRung Units(HostModel model)
    {
        Citation[] evidence = [Quote.Of(model.Iommu.Units) with { Excerpt = null }];
        if (model.Iommu.Units.IsKnown)
        {
            return model.Iommu.Units.Value!.Count > 0
                ? new LadderRung(5, "units", RungState.Holds, Quote.List(model.Iommu.Units.Value.Select(unit => unit.Name)), "", evidence)
                : new LadderRung(5, "units", RungState.Broken, model.Iommu.Units.Source + " is empty", "", evidence);
        }

        return model.Iommu.Units.IsAbsent && IommuFacts.AbsenceIsFact(model)
            ? new LadderRung(5, "units", RungState.Broken, model.Iommu.Units.Source + " does not exist", "", evidence)
            : new LadderRung(5, "units", RungState.Unknown, $"{model.Iommu.Units.Source} is {Quote.Outcome(model.Iommu.Units)}", Quote.HowToKnow(model.Iommu.Units), evidence);
    }

    private static LadderRung Groups(HostModel model)
    {
        int real = model.Iommu.RealGroups.Count();
        Citation[] evidence = [Quote.Of(model.Iommu.GroupFolder) with { Excerpt = null }];
        if (real > 0)
        {
            return new LadderRung(6, "groups", RungState.Holds, Quote.Count(real, "group") + " with members", "", evidence);
        }

        bool none = (model.Iommu.GroupFolder.IsKnown && (model.Iommu.GroupFolder.Value!.Count == 0
                || (model.Iommu.Groups.Count > 0 && model.Iommu.Groups.All(group => group.IsNoIommu))))
            || (model.Iommu.GroupFolder.IsAbsent && IommuFacts.AbsenceIsFact(model));
        return none
            ? new LadderRung(6, "groups", RungState.Broken, "no group with a member, other than what noiommu mode makes", "", evidence)
            : new LadderRung(6, "groups", RungState.Unknown, $"no member of a group was read, and {model.Iommu.GroupFolder.Source} is {Quote.Outcome(model.Iommu.GroupFolder)}",
                Quote.HowToKnow(model.Iommu.GroupFolder), evidence);
    }

    private static LadderRung Device(Subjects subjects)
    {
        HostModel model = subjects.Model;
        PciDevice[] open = [.. subjects.Candidates.Where(device => !device.IommuGroup.IsKnown && model.Iommu.GroupOf(device.Address) is null)];
        bool absenceTells = IommuFacts.AbsenceIsFact(model) || model.Iommu.RealGroups.Any();
        PciDevice[] without = [.. open.Where(device => device.IommuGroup.IsAbsent && absenceTells)];
        PciDevice[] unread = [.. open.Except(without)];
        if (subjects.Candidates.Count == 0)
        {
            return new LadderRung(7, "device link", RungState.Skipped, "no candidate", "", []);
        }

        return without.Length > 0
            ? new LadderRung(7, "device link", RungState.Broken, "no group for " + Quote.List(without.Select(device => device.Address.ToString())), "",
                [.. without.Take(4).Select(device => Quote.Of(device.IommuGroup))])
            : unread.Length > 0
                ? new LadderRung(7, "device link", RungState.Unknown, "not read for " + Quote.List(unread.Select(device => device.Address.ToString())),
                    Quote.HowToKnow(unread[0].IommuGroup), [.. unread.Take(4).Select(device => Quote.Of(device.IommuGroup))])
                : new LadderRung(7, "device link", RungState.Holds, "every candidate has a group", "", [.. subjects.Candidates.Take(4).Select(device => Quote.Of(device.IommuGroup))]);
    }
}
