using System.Globalization;
using Passthrough.Diagnosis.Checks;
using Passthrough.Diagnosis.Simulation;
using Passthrough.Host.Cpu;
using Passthrough.Host.Guests;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Kernel;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Planning;

/// <summary>
/// Makes a plan from findings: what to change, why, what can go wrong and the way back. Pure; it changes nothing and repeats no guide: amd_iommu=on, which
/// does nothing, is never planned, and a fault that no setting mends has a note and no step.
/// </summary>
public static partial class Planner
{
    private const string VfioDriver = "vfio-pci";

    // Tokens that switch off what passthrough rests on, the vendor's own spelling beside the finding that names it.
    private static readonly (string Finding, string Name, string Value)[] _switches =
        [("CMD-001", "intel_iommu", "off"), ("CMD-002", "amd_iommu", "off"), ("CMD-003", "iommu", "off"), ("CMD-011", "intremap", "off"), ("CMD-011", "nointremap", "")];

    /// <summary>The plan for a judged machine, for the functions that are to be given away and the guests whose definitions it knows.</summary>
    public static TuningPlan Plan(AuditResult audit, IReadOnlyList<PciAddress> devices, Profile? profile = null) =>
        Plan(audit, new PlanIntent { Devices = devices, Profile = profile });

    /// <summary>The plan for a judged machine and what the user means to do with it.</summary>
    public static TuningPlan Plan(AuditResult audit, PlanIntent intent)
    {
        (IReadOnlyList<PciAddress> devices, Profile? profile) = (intent.Devices, intent.Profile);
        var notes = new List<string>();
        HostModel model = audit.Model;
        List<PlanStep> steps = [.. CommandLine(audit, notes), .. UnsafeInterrupts(audit), .. DmaEntries(audit), .. ContainerMode(audit), .. ObsoleteModules(audit),
            .. EarlyBinding(audit, notes), .. VirtualFunctions(model, intent, notes), .. Autoprobe(audit), .. Bindings(audit, devices, notes), .. GroupDomains(model, intent, notes), .. HugePages(model, notes),
            .. MemoryLock(audit, intent, notes), .. Interrupts(model, devices, notes), .. Steering(audit), .. IrqBalance(audit), .. Governors(audit, profile)];
        notes.AddRange(TunedConflicts(model, steps));
        if (audit.Cause is { } cause && !steps.Exists(step => step.Reasons.Contains(cause.FindingId)))
        {
            notes.Add($"No step here mends the cause: {cause.Sentence.TrimEnd('.')} ({cause.FindingId}).");
        }

        // A plan without steps must not read as a clean bill: what is wrong without a step, and what was not seen, is named.
        string[] planned = [.. steps.SelectMany(step => step.Reasons)];
        string[] open = Ids(audit, finding => finding.Verdict is Verdict.Fail or Verdict.Warn && !planned.Contains(finding.Id));
        if (open.Length > 0)
        {
            notes.Add(steps.Count == 0
                ? $"No step here mends {string.Join(", ", open)}: 'ptdiag explain {open[0]}' says what does."
                : $"No step is made for {string.Join(", ", open)}. What only follows from the findings above passes with them; for the rest 'ptdiag explain {open[0]}' says what to do.");
        }

        string[] unknown = Ids(audit, finding => finding.Verdict == Verdict.Unknown);
        if (unknown.Length > 0)
        {
            notes.Add($"Not known, so nothing is planned for {(unknown.Length == 1 ? "it" : "them")}: {string.Join(", ", unknown)}. 'ptdiag check --all' says what would make {(unknown.Length == 1 ? "it" : "them")} known.");
        }

        return new TuningPlan(steps, notes);
    }

    private static string[] Ids(AuditResult audit, Func<Finding, bool> which) =>
        [.. audit.AllFindings.Where(finding => finding.Waived is null && which(finding)).Select(finding => finding.Id).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<PlanStep> CommandLine(AuditResult audit, List<string> notes)
    {
        HostModel model = audit.Model;
        if (!model.Kernel.CommandLine.IsKnown)
        {
            notes.Add($"The command line is not known, so nothing of it is planned: {Quote.Unseen(model.Kernel.CommandLine)}");
            yield break;
        }

        KernelCommandLine live = model.Kernel.CommandLine.Value!;
        var remove = new List<string>();
        var reasons = new List<string>();
        foreach ((string finding, string name, string value) in _switches)
        {
            if (audit.AllFindings.Any(one => one.Id == finding && one.Verdict is Verdict.Fail or Verdict.Warn && one.Waived is null))
            {
                string[] tokens = [.. live.Named(name).Where(token => (token.Value ?? "") == value).Select(token => token.Text)];
                remove.AddRange(tokens);
                reasons.AddRange(tokens.Length > 0 ? [finding] : []);
            }
        }

        // VT-d is off by default in kernels that are built so; AMD-Vi never is.
        var add = new List<string>();
        if (model.Cpu.Vendor == "intel" && audit.Iommu.State == TriState.No && model.Kernel.Config["INTEL_IOMMU_DEFAULT_ON"] == "n" && model.Kernel.Config.Has("INTEL_IOMMU") == true
            && model.Acpi.Dmar.IsKnown && !live.Options("intel_iommu").Contains("on"))
        {
            add.Add("intel_iommu=on");
            reasons.Add("IOM-001");
        }

        if (remove.Count == 0 && add.Count == 0)
        {
            yield break;
        }

        var change = new CommandLineChange(add, [.. remove.Distinct()]);
        if (BootRoute.Of(model.Kernel.Boot, change, out string why) is not { } actions)
        {
            notes.Add($"The command line of the next boot is to be changed by hand ({why}): {Sentence(change)}.");
            yield break;
        }

        PlanAction[] whole = [.. actions.Select(action => WithText(model, action))];
        if (whole.OfType<PlanAction.EditCommandLine>().FirstOrDefault(edit => edit.Before is not null && edit.After is null) is { } refused)
        {
            notes.Add($"{refused.Path}: {Edit(refused.Kind, refused.Before!, change).Why} What is to be done: {Sentence(change)}.");
            yield break;
        }

        if (model.Kernel.Boot is { Unread.Count: > 0 } boot)
        {
            notes.Add($"{string.Join(", ", boot.Unread.Select(file => file.Source).Distinct().Take(4))} was not read and may hold more of the command line: look at it before the step is made.");
        }

        yield return new PlanStep
        {
            Title = "Kernel command line",
            Current = live.Text,
            Wanted = CommandLineEditor.Add(CommandLineEditor.Remove(live.Text, change.Remove), change.Add),
            Reasons = [.. reasons.Distinct()],
            Risk = "It takes effect at the next boot. With the IOMMU on, a device whose driver or firmware relies on untranslated DMA may fail: keep the console at hand for the first boot.",
            AtBoot = true,
            Undo = "The edited files are put back as they were, and the boot loader's program is run again.",
            Actions = whole,
        };
    }

    // The plan shows the whole text where the file was read: what is to be written can be looked at before it is.
    private static PlanAction WithText(HostModel model, PlanAction action)
    {
        if (action is not PlanAction.EditCommandLine edit || model.Kernel.BootLoader.FirstOrDefault(file => file.Path == edit.Path)?.Lines is not { IsKnown: true } lines)
        {
            return action;
        }

        string before = string.Concat(lines.Value!.Select(line => line + "\n"));
        return edit with { Before = before, After = Edit(edit.Kind, before, edit.Change).Text };
    }

    private static EditedText Edit(BootFileKind kind, string text, CommandLineChange change) => kind switch
    {
        BootFileKind.GrubDefaults => BootFileEditor.GrubDefaults(text, change),
        BootFileKind.KernelCommandLine => BootFileEditor.KernelCommandLine(text, change),
        _ => BootFileEditor.LoaderEntry(text, change),
    };

    private static IEnumerable<PlanStep> UnsafeInterrupts(AuditResult audit)
    {
        const string path = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";
        if (audit.Model.Kernel.Modules.Parameter("vfio_iommu_type1", "allow_unsafe_interrupts") is { IsKnown: true, Value: "Y" } && audit.Iommu.InterruptRemapping == TriState.Yes)
        {
            yield return new PlanStep
            {
                Title = "Unsafe interrupts",
                Current = "allowed",
                Wanted = "refused",
                Reasons = Asks(audit, "MOD-008") ? ["SEC-001", "MOD-008"] : ["SEC-001"],
                Risk = "None: interrupts are remapped, so no guest needs the exception.",
                AtBoot = false,
                Undo = $"Y is written to {path}.",
                Actions = [new PlanAction.KernelValue(path, "N", "Y")],
            };
        }
    }

    private static IEnumerable<PlanStep> Bindings(AuditResult audit, IReadOnlyList<PciAddress> devices, List<string> notes)
    {
        HostModel model = audit.Model;
        if (devices.Count == 0)
        {
            yield break;
        }

        SimulationResult simulation = Simulator.Simulate(model, devices);
        if (simulation.Outcome == SimulationOutcome.Stop)
        {
            notes.AddRange(simulation.Stops.Select(stop => $"{stop.Sentence} {stop.WayOut}"));
            yield break;
        }

        notes.AddRange(simulation.Unknowns.Select(unknown => unknown.Sentence));
        foreach (LeavingFunction function in simulation.Leaving)
        {
            if (model.Pci.Find(function.Address) is not { } device || device.IsBridge || device.IsOnVfioDriver)
            {
                continue;
            }

            if (!device.Driver.IsKnown && !device.Driver.IsAbsent)
            {
                notes.Add($"{device.Address} is not planned to change its driver, because which one it has is not known: {Quote.Unseen(device.Driver)}");
                continue;
            }

            string from = device.Driver.Or(null) ?? "no driver";
            string rule = $"/etc/udev/rules.d/70-ptdiag-{device.Address.ToString().Replace(':', '-')}.rules";
            yield return new PlanStep
            {
                Title = $"Driver of {device.Address}",
                Current = from,
                Wanted = VfioDriver,
                // A group is viable once all of it is on VFIO, the named function too.
                Reasons = function.Reason == LeavingReason.GroupMate ? ["GRP-001"] : Asks(audit, "GRP-001") ? ["DEV-001", "GRP-001"] : ["DEV-001"],
                Risk = device.Driver.IsKnown ? $"What uses {device.Address} through {from} loses it at once." : "None seen: no driver has it.",
                AtBoot = false,
                Undo = $"{device.Address} goes back to {from}, and {rule} is removed.",
                Actions =
                [
                    new PlanAction.Bind(device.Address, VfioDriver, device.Driver.Or(null), device.DriverOverride.Or(null)),
                    new PlanAction.NewFile(rule, $"# Made by ptdiag: {device.Address} is for guests.\nACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"{device.Address}\", ATTR{{driver_override}}=\"{VfioDriver}\"\n"),
                ],
            };
        }
    }

    private static IEnumerable<PlanStep> HugePages(HostModel model, List<string> notes)
    {
        foreach (Guest guest in model.Guests.All.Where(guest => guest.Definition is { IsKnown: true, Value.UsesHugePages: true }))
        {
            GuestDefinition definition = guest.Definition.Value!;
            if (GuestBudget.Demands(model, definition, out string open) is not { } demands)
            {
                notes.Add($"How many huge pages {definition.Name ?? guest.Definition.Source} needs is not known: {open}");
                continue;
            }

            foreach (PageDemand demand in demands)
            {
                int? node = demand.Nodes is { Count: 1 } one ? one.Members[0] : null;
                IReadOnlyList<HugePagePool>? pools = (node is { } id ? model.Memory.AllNodes.FirstOrDefault(item => item.Id == id)?.HugePages : model.Memory.HugePages)?.Or(null);
                if (pools?.FirstOrDefault(pool => pool.SizeBytes == demand.SizeBytes) is not { Free.IsKnown: true, Total.IsKnown: true } pool)
                {
                    notes.Add($"Pages of {Quote.Bytes(demand.SizeBytes)} for {definition.Name ?? "a guest"} are not planned, because their pool was not seen (HUG-002).");
                    continue;
                }

                if (pool.Free.Value >= demand.Pages)
                {
                    continue;
                }

                long wanted = pool.Total.Value + demand.Pages - pool.Free.Value;
                string name = string.Create(CultureInfo.InvariantCulture, $"hugepages-{demand.SizeBytes / 1024}kB/nr_hugepages");
                string path = node is { } number ? string.Create(CultureInfo.InvariantCulture, $"/sys/devices/system/node/node{number}/hugepages/{name}") : "/sys/kernel/mm/hugepages/" + name;
                yield return new PlanStep
                {
                    Title = $"Pages of {Quote.Bytes(demand.SizeBytes)}{(node is null ? "" : string.Create(CultureInfo.InvariantCulture, $" on node {node}"))}",
                    Current = string.Create(CultureInfo.InvariantCulture, $"{pool.Total.Value}, of which {pool.Free.Value} are free"),
                    Wanted = string.Create(CultureInfo.InvariantCulture, $"{wanted}, for {definition.Name ?? "the guest"}"),
                    Reasons = ["HUG-002"],
                    Risk = "The kernel finds fewer pages when memory is fragmented: then the command line has to ask for them at boot.",
                    AtBoot = false,
                    Undo = string.Create(CultureInfo.InvariantCulture, $"{pool.Total.Value} is written to {path}."),
                    Actions = [new PlanAction.KernelValue(path, wanted.ToString(CultureInfo.InvariantCulture), pool.Total.Value.ToString(CultureInfo.InvariantCulture))],
                };
            }
        }
    }

    private static IEnumerable<PlanStep> Interrupts(HostModel model, IReadOnlyList<PciAddress> devices, List<string> notes)
    {
        if (!model.Interrupts.Table.IsKnown)
        {
            notes.Add($"Interrupts are not planned: {Quote.Unseen(model.Interrupts.Table)}");
            yield break;
        }

        foreach (InterruptLine line in model.Interrupts.Table.Value!.Lines.Where(line => line.IsVfio && line.Device is not null && line.Affinity.IsKnown))
        {
            PciDevice? device = model.Pci.Find(line.Device!.Value);
            if ((devices.Count > 0 && !devices.Contains(line.Device.Value)) || device?.NumaNode is not { IsKnown: true, Value: >= 0 } node
                || model.Memory.AllNodes.FirstOrDefault(item => item.Id == node.Value)?.Cpus.Or(null) is not { } near)
            {
                continue;
            }

            // Virtual CPUs run on the isolated ones: their interrupts go beside them, not onto them.
            CpuSet wanted = near.Except(model.Cpu.Isolated.Or(null) ?? CpuSet.Empty);
            if (wanted.Count == 0 || line.Affinity.Value!.Except(near).Count == 0)
            {
                continue;
            }

            string path = $"/proc/irq/{line.Irq}/smp_affinity_list";
            yield return new PlanStep
            {
                Title = $"Interrupt {line.Irq} of {line.Device}",
                Current = "CPUs " + line.Affinity.Value,
                Wanted = "CPUs " + wanted,
                Reasons = ["IRQ-006"],
                Risk = "A managed interrupt refuses it (EIO); irqbalance may move it again.",
                AtBoot = false,
                Undo = $"{line.Affinity.Value} is written to {path}.",
                Actions = [new PlanAction.KernelValue(path, wanted.ToString(), line.Affinity.Value!.ToString())],
            };
        }
    }

    private static IEnumerable<PlanStep> Governors(AuditResult audit, Profile? profile)
    {
        bool asked = audit.AllFindings.Any(one => one.Id == "CPU-001" && (one.Verdict is Verdict.Warn or Verdict.Fail || (profile == Profile.Realtime && one.Verdict == Verdict.Note)));
        CpuCore[] slow = asked ? [.. audit.Model.Cpu.Cpus.Where(cpu => cpu.Governor.IsKnown && cpu.Governor.Value != "performance")] : [];
        if (slow.Length > 0)
        {
            yield return new PlanStep
            {
                Title = "Frequency governor",
                Current = string.Join(", ", slow.Select(cpu => cpu.Governor.Value!).Distinct().Order(StringComparer.Ordinal)) + " on CPUs " + CpuSet.Of(slow.Select(cpu => cpu.Number)),
                Wanted = "performance",
                Reasons = ["CPU-001"],
                Risk = "The machine uses more power. A kernel without this governor refuses it.",
                AtBoot = false,
                Undo = "Each CPU gets its governor back.",
                Actions = [.. slow.Select(cpu => new PlanAction.KernelValue(cpu.Governor.Source, "performance", cpu.Governor.Value!))],
            };
        }
    }

    private static string Sentence(CommandLineChange change) =>
        string.Join(" and ", ((string[])[change.Remove.Count > 0 ? "take out " + string.Join(' ', change.Remove) : "", change.Add.Count > 0 ? "add " + string.Join(' ', change.Add) : ""]).Where(part => part.Length > 0));
}
