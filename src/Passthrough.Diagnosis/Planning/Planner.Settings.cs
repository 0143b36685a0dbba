using System.Globalization;
using System.Text.RegularExpressions;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Iommu;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Planning;

/// <content>Settings of modules, configuration files and devices.</content>
public static partial class Planner
{
    private const string Type1Parameters = "/sys/module/vfio_iommu_type1/parameters/";
    private const long DefaultDmaEntries = 65_535;

    private static bool Asks(AuditResult audit, string id, bool alsoNotes = false) => audit.AllFindings.Any(one => one.Id == id && one.Waived is null
        && (one.Verdict is Verdict.Fail or Verdict.Warn || (alsoNotes && one.Verdict == Verdict.Note)));

    private static IEnumerable<PlanStep> DmaEntries(AuditResult audit)
    {
        const string path = Type1Parameters + "dma_entry_limit";
        if (Asks(audit, "LIM-002") && audit.Model.Kernel.Modules.Parameter("vfio_iommu_type1", "dma_entry_limit") is { IsKnown: true } limit
            && long.TryParse(limit.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long entries) && entries < DefaultDmaEntries)
        {
            yield return new PlanStep
            {
                Title = "Mappings of a VFIO container",
                Current = limit.Value!,
                Wanted = "65535, the kernel's default",
                Reasons = Asks(audit, "MOD-008") ? ["LIM-002", "MOD-008"] : ["LIM-002"],
                Risk = "None seen: the limit guards the kernel's memory against unprivileged users of a group, and this is its default.",
                AtBoot = false,
                Undo = $"{limit.Value} is written to {path}.",
                Actions = [new PlanAction.KernelValue(path, "65535", limit.Value!)],
            };
        }
    }

    private static IEnumerable<PlanStep> ContainerMode(AuditResult audit)
    {
        const UnixFileMode everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        const string path = "/dev/vfio/vfio";
        if (Asks(audit, "MOD-002") && audit.Model.Vfio.ContainerMode is { IsKnown: true } mode && (mode.Value & 0x6) != 0x6)
        {
            var before = (UnixFileMode)(mode.Value & 0xfff);
            yield return new PlanStep
            {
                Title = "Permissions of " + path,
                Current = Convert.ToString((int)before, 8).PadLeft(4, '0'),
                Wanted = "0666, as the kernel makes it",
                Reasons = ["MOD-002"],
                Risk = "By itself the container lets nobody reach a device. A udev rule that set the other mode sets it again at the next boot.",
                AtBoot = false,
                Undo = $"{path} gets its mode back.",
                Actions = [new PlanAction.SetMode(path, everybody, before)],
            };
        }
    }

    private static IEnumerable<PlanStep> ObsoleteModules(AuditResult audit)
    {
        if (!Asks(audit, "KRN-007"))
        {
            yield break;
        }

        foreach (ConfigurationFile file in audit.Model.Kernel.ModuleConfiguration.Where(file => file.Lines.IsKnown && IsListOfModules(file.Path)))
        {
            string[] lines = [.. file.Lines.Value!.Where(line => line.Trim().Replace('-', '_') == "vfio_virqfd").Distinct()];
            if (lines.Length > 0)
            {
                yield return new PlanStep
                {
                    Title = "Obsolete module in " + file.Path,
                    Current = "vfio_virqfd",
                    Wanted = "a comment",
                    Reasons = ["KRN-007"],
                    Risk = "None: this kernel has it inside the vfio core.",
                    AtBoot = false,
                    Undo = $"{file.Path} is put back as it was.",
                    Actions = [.. lines.Select(line => new PlanAction.EditLine(file.Path, line, "# " + line + " (inside the vfio core since Linux 6.2)"))],
                };
            }
        }
    }

    // Files of the system's packages are theirs; what an administrator wrote stands below /etc.
    private static bool IsListOfModules(string path) => path == "/etc/modules" || path.StartsWith("/etc/modules-load.d/", StringComparison.Ordinal);

    private static IEnumerable<PlanStep> EarlyBinding(AuditResult audit, List<string> notes)
    {
        HostModel model = audit.Model;
        IReadOnlyList<VfioId> ids = Candidates.VfioIds(model.Kernel);
        string[] drivers = Asks(audit, "MOD-006")
            ? [.. model.Pci.All.Where(device => !device.IsPciBridge && !device.IsOnVfioDriver && device.Driver.IsKnown && ids.Any(id => id.Matches(device))).Select(device => device.Driver.Value!).Distinct()]
            : [];
        if (drivers.Length == 0)
        {
            yield break;
        }

        if (InitialRamDisk(model) is not { } image)
        {
            notes.Add("vfio-pci is to be in the initial RAM disk before " + string.Join(", ", drivers) + " (MOD-006): which program makes it was not seen, so it is to be done by hand.");
            yield break;
        }

        yield return new PlanStep
        {
            Title = "vfio-pci before " + string.Join(", ", drivers),
            Current = string.Join(", ", drivers) + " comes first",
            Wanted = "vfio-pci comes first, in the initial RAM disk too",
            Reasons = ["MOD-006"],
            Risk = $"It takes effect at the next boot. {string.Join(", ", drivers)} waits for vfio-pci; a boot disk of the same ids would not come up: see DEV-002.",
            AtBoot = true,
            Undo = "The files are removed or put back, and the initial RAM disk is made again.",
            Actions =
            [
                new PlanAction.NewFile("/etc/modprobe.d/ptdiag-vfio.conf", "# Made by ptdiag: vfio-pci takes its devices before their native drivers.\n"
                    + string.Concat(drivers.Select(driver => $"softdep {driver.Replace('-', '_')} pre: vfio-pci\n"))),
                .. image,
            ],
        };
    }

    // Each program has files that only it reads. Sources: initramfs-tools(7), dracut.conf(5), mkinitcpio.conf(5).
    private static PlanAction[]? InitialRamDisk(HostModel model)
    {
        bool Has(string start) => model.Kernel.Initramfs.Any(file => file.Lines.IsKnown && file.Path.StartsWith(start, StringComparison.Ordinal));
        return Has("/etc/initramfs-tools/modules") ? [new PlanAction.EditLine("/etc/initramfs-tools/modules", null, "vfio-pci"), new PlanAction.RunTool(["update-initramfs", "-u", "-k", "all"])]
            : Has("/etc/mkinitcpio.conf") ? [new PlanAction.NewFile("/etc/mkinitcpio.conf.d/ptdiag-vfio.conf", "MODULES=(vfio_pci \"${MODULES[@]}\")\n"), new PlanAction.RunTool(["mkinitcpio", "-P"])]
            : Has("/etc/dracut.conf") ? [new PlanAction.NewFile("/etc/dracut.conf.d/ptdiag-vfio.conf", "force_drivers+=\" vfio-pci \"\n"), new PlanAction.RunTool(["dracut", "--force", "--regenerate-all"])]
            : null;
    }

    private static IEnumerable<PlanStep> Autoprobe(AuditResult audit)
    {
        foreach (PciDevice device in audit.Model.Pci.All.Where(device => device.Sriov is { DriversAutoprobe: { IsKnown: true, Value: true }, Configured: { IsKnown: true, Value: > 0 } }
            && audit.AllFindings.Any(one => one.Id == "SRV-006" && one.Subject == device.Address.ToString() && one.Verdict is Verdict.Note or Verdict.Warn && one.Waived is null)))
        {
            string path = device.Sriov.DriversAutoprobe.Source;
            yield return new PlanStep
            {
                Title = $"Virtual functions of {device.Address}",
                Current = "offered to the host's drivers",
                Wanted = "left to guests",
                Reasons = ["SRV-006"],
                Risk = "Those that have a driver keep it; it counts for virtual functions made from now on, until the next boot.",
                AtBoot = false,
                Undo = $"1 is written to {path}.",
                Actions = [new PlanAction.KernelValue(path, "0", "1")],
            };
        }
    }

    private static IEnumerable<PlanStep> VirtualFunctions(HostModel model, PlanIntent intent, List<string> notes)
    {
        foreach ((PciAddress function, int count) in intent.VirtualFunctions)
        {
            if (model.Pci.Find(function) is not { } device || !device.Sriov.Total.IsKnown || !device.Sriov.Configured.IsKnown)
            {
                notes.Add($"{function} is not planned to have virtual functions, because {(model.Pci.Find(function) is null ? "it is not there" : "it shows no sriov_totalvfs and sriov_numvfs")}.");
                continue;
            }

            if (device.Sriov.Configured.Value == count)
            {
                continue;
            }

            if (device.Sriov.Configured.Value != 0 || count > device.Sriov.Total.Value)
            {
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"{function} is not planned to have {count} virtual functions: it has {device.Sriov.Configured.Value} of at most {device.Sriov.Total.Value}")
                    + (device.Sriov.Configured.Value != 0 ? ", and another number can be set only after 0, which takes them from whoever uses them." : "."));
                continue;
            }

            string folder = $"/sys/bus/pci/devices/{function}", number = count.ToString(CultureInfo.InvariantCulture);
            string rule = $"/etc/udev/rules.d/70-ptdiag-vfs-{function.ToString().Replace(':', '-')}.rules";
            PlanAction[] offer = device.Sriov.DriversAutoprobe is { IsKnown: true, Value: true } ? [new PlanAction.KernelValue(folder + "/sriov_drivers_autoprobe", "0", "1")] : [];
            yield return new PlanStep
            {
                Title = $"Virtual functions of {function}",
                Current = "none",
                Wanted = number,
                Reasons = ["SRV-002", "SRV-006"],
                Risk = $"The driver of {function} may refuse it, and some reset the link.",
                AtBoot = false,
                Undo = $"0 is written to {folder}/sriov_numvfs{(offer.Length > 0 ? ", 1 to sriov_drivers_autoprobe" : "")}, and {rule} is removed.",
                Actions =
                [
                    .. offer,
                    new PlanAction.KernelValue(folder + "/sriov_numvfs", number, "0"),
                    // After its driver has bound: before that the function takes no number.
                    new PlanAction.NewFile(rule, $"# Made by ptdiag: virtual functions for guests.\nACTION==\"bind\", SUBSYSTEM==\"pci\", KERNEL==\"{function}\", ATTR{{sriov_drivers_autoprobe}}=\"0\", ATTR{{sriov_numvfs}}=\"{number}\"\n"),
                ],
            };
        }
    }

    private static IEnumerable<PlanStep> GroupDomains(HostModel model, PlanIntent intent, List<string> notes)
    {
        foreach ((PciAddress function, string type) in intent.GroupTypes)
        {
            IommuGroup? group = model.Iommu.Groups.FirstOrDefault(group => group.Devices.Contains(function));
            if (group is null || !group.Type.IsKnown)
            {
                notes.Add($"The default domain of the group of {function} is not planned, because {(group is null ? "no group of it was seen" : Quote.Unseen(group.Type).TrimEnd('.'))}.");
                continue;
            }

            if (group.Type.Value == type)
            {
                continue;
            }

            string number = group.Id;
            yield return new PlanStep
            {
                Title = $"Default domain of group {number}",
                Current = group.Type.Value!,
                Wanted = type,
                Reasons = ["IOM-005"],
                Risk = $"The drivers of {string.Join(", ", group.Devices)} are unbound meanwhile. "
                    + (type == "identity" ? "With identity a device of the host reaches all memory." : "The kernel accepts it for groups of one function alone in older versions."),
                AtBoot = false,
                Undo = $"{group.Type.Value} is written to its type, with the drivers unbound meanwhile.",
                Actions = [new PlanAction.GroupDomain(number, type, group.Type.Value!)],
            };
        }
    }

    private static IEnumerable<PlanStep> MemoryLock(AuditResult audit, PlanIntent intent, List<string> notes)
    {
        const string path = "/etc/security/limits.d/ptdiag-vfio.conf";
        if (intent.User is not { } user)
        {
            yield break;
        }

        if (!UserName().IsMatch(user))
        {
            notes.Add($"Locked memory of '{user}' is not planned: that is no name of a user.");
        }
        else if (!audit.Model.Limits.SoftBytes.IsKnown)
        {
            notes.Add($"Locked memory of {user} is not planned, because the limit is not known: {Quote.Unseen(audit.Model.Limits.SoftBytes)}");
        }
        else if (audit.Model.Limits.SoftBytes is { IsKnown: true, Value: not long.MaxValue } limit)
        {
            yield return new PlanStep
            {
                Title = "Locked memory of " + user,
                Current = Quote.Bytes(limit.Value) + " for this process",
                Wanted = "unlimited",
                Reasons = ["LIM-001"],
                Risk = $"{user} can lock all memory of this machine. It holds for sessions that begin after it, where PAM reads limits.d; a systemd unit needs LimitMEMLOCK= of its own.",
                AtBoot = false,
                Undo = path + " is removed.",
                Actions = [new PlanAction.NewFile(path, $"# Made by ptdiag: guests with assigned devices pin all of their memory.\n{user} - memlock unlimited\n")],
            };
        }
    }

    private static IEnumerable<PlanStep> Steering(AuditResult audit)
    {
        if (!Asks(audit, "IRQ-011") || audit.Model.Cpu.Isolated.Or(null) is not { Count: > 0 } isolated)
        {
            yield break;
        }

        foreach (ReceiveQueue queue in audit.Model.Interrupts.ReceiveQueues.Where(queue => queue.Cpus.IsKnown && queue.Cpus.Value!.Intersect(isolated).Count > 0))
        {
            CpuSet wanted = queue.Cpus.Value!.Except(isolated);
            string before = queue.Cpus.Value!.ToMask();
            yield return new PlanStep
            {
                Title = $"Packet steering of {queue.Interface} {queue.Queue}",
                Current = "CPUs " + queue.Cpus.Value,
                Wanted = wanted.Count == 0 ? "off" : "CPUs " + wanted,
                Reasons = ["IRQ-011"],
                Risk = "The remaining CPUs have more to do for the network.",
                AtBoot = false,
                Undo = $"{before} is written to {queue.Cpus.Source}.",
                Actions = [new PlanAction.KernelValue(queue.Cpus.Source, wanted.ToMask(), before)],
            };
        }
    }

    private static IEnumerable<PlanStep> IrqBalance(AuditResult audit)
    {
        const string name = "IRQBALANCE_BANNED_CPULIST=";
        Reading<IReadOnlyList<string>> settings = audit.Model.Interrupts.IrqBalanceSettings;
        if (Asks(audit, "IRQ-007") && settings.IsKnown && audit.Model.Cpu.Isolated.Or(null) is { } isolated
            && settings.Value!.LastOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
            && CpuSet.TryParse(line[name.Length..].Trim().Trim('"', '\''), out CpuSet banned))
        {
            string wanted = CpuSet.Of([.. banned.Members, .. isolated.Members]).ToString();
            yield return new PlanStep
            {
                Title = "CPUs that irqbalance leaves alone",
                Current = banned.ToString(),
                Wanted = wanted,
                Reasons = ["IRQ-007"],
                Risk = "It counts from the next start of irqbalance ('systemctl restart irqbalance') on.",
                AtBoot = true,
                Undo = $"{settings.Source} is put back as it was.",
                Actions = [new PlanAction.EditLine(settings.Source, line, name + "\"" + wanted + "\"")],
            };
        }
    }

    // What tuned's profile sets it sets again at its next start, whatever was written meanwhile.
    private static IEnumerable<string> TunedConflicts(HostModel model, IReadOnlyList<PlanStep> steps)
    {
        if (model.Cpu.TunedProfile is { IsKnown: true, Value.Length: > 0 } profile && steps.Any(step => step.Reasons.Contains("CPU-001")))
        {
            yield return $"tuned's profile is {profile.Value} ({profile.Source}): where it sets the governor, it does so again at its next start. 'tuned-adm profile virtual-host' or another that wants performance goes with this plan.";
        }
    }

    [GeneratedRegex("^[a-z_][a-z0-9_-]{0,31}$")]
    private static partial Regex UserName();
}
