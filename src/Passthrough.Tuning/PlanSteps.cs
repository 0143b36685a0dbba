using System.Text;
using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Tuning;

/// <summary>
/// Makes tuning steps from the steps of a plan, against the machine as it is now. What is no longer as the plan saw it is refused, and so is every
/// path and program outside what plans are made of: a plan may come from a file.
/// </summary>
public static class PlanSteps
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly string[] _values = ["/sys/", "/proc/irq/"];
    private static readonly string[] _files =
    [
        "/etc/default/", "/etc/kernel/", "/boot/", "/efi/", "/etc/udev/rules.d/", "/etc/modprobe.d/", "/etc/modules-load.d/", "/etc/modules", "/etc/security/limits.d/",
        "/etc/initramfs-tools/", "/etc/sysconfig/", "/etc/dracut.conf.d/", "/etc/mkinitcpio.conf.d/",
    ];

    /// <summary>The step to apply; null when the machine is so already.</summary>
    /// <exception cref="TuningException">The machine is not as the plan saw it, or the plan asks for what no plan asks for.</exception>
    public static TuningStep? Of(PlanStep step, IEvidence now, HostModel model, IMachineFiles files)
    {
        var changes = new List<TuningChange>();
        foreach (PlanAction action in step.Actions)
        {
            changes.AddRange(Changes(action, now, model, files, step, changes));
        }

        // A program that makes other files from an edited one is run only after an edit, and again once the first edit is taken back.
        ToolRun[] makers = [.. changes.OfType<ToolRun>().Where(tool => tool.UndoWords is null && !tool.EndsWithBoot)];
        int first = changes.FindIndex(change => change is FileChange);
        if (makers.Length > 0 && first < 0)
        {
            changes.RemoveAll(change => makers.Contains(change));
        }
        else if (makers.Length > 0)
        {
            changes[first] = (FileChange)changes[first] with { UndoTools = [.. makers.Select(tool => tool.Words)] };
        }

        if (changes.Count == 0)
        {
            return null;
        }

        CommandLineChange? tokens = step.Actions.OfType<PlanAction.EditCommandLine>().Select(edit => edit.Change).MaxBy(change => change.Add.Count + change.Remove.Count)
            ?? step.Actions.OfType<PlanAction.RunTool>().Select(tool => tool.Change).FirstOrDefault(change => change is not null);
        return new TuningStep($"{step.Title}: {step.Current} → {step.Wanted}", string.Join(", ", step.Reasons), changes)
        {
            TokensAdded = tokens?.Add ?? [],
            TokensRemoved = tokens?.Remove ?? [],
        };
    }

    private static IEnumerable<TuningChange> Changes(PlanAction action, IEvidence now, HostModel model, IMachineFiles files, PlanStep step, List<TuningChange> before) => action switch
    {
        PlanAction.KernelValue value => Value(value, now),
        PlanAction.Bind bind => Binding(bind, now, model, string.Join(", ", step.Reasons)),
        PlanAction.EditCommandLine edit => CommandLine(edit, now, before),
        PlanAction.EditLine edit => Line(edit, now, before),
        PlanAction.GroupDomain group => Domain(group, now, model, string.Join(", ", step.Reasons)),
        PlanAction.NewFile file => New(file, now),
        PlanAction.SetMode mode => Mode(mode, files),
        PlanAction.RunTool tool => Tool(tool),
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };

    private static IEnumerable<TuningChange> Value(PlanAction.KernelValue value, IEvidence now)
    {
        RefuseOther(value.Path, _values);
        Reading<string> reading = now.ReadText(value.Path);
        if (!reading.IsKnown)
        {
            throw new TuningException($"{value.Path} cannot be read ({reading.Why ?? reading.Outcome.ToString()}), so it is not changed: make a new plan, as root.");
        }

        ExpectationKind kind = KindOf(value.Path);
        if (Same(kind, reading.Value!, value.Value))
        {
            return [];
        }

        if (!Same(kind, reading.Value!, value.Before))
        {
            throw new TuningException($"{value.Path} holds '{reading.Value}' and not '{value.Before}' as the plan saw it: make a new plan.");
        }

        // What belongs to a device or an interrupt goes with it.
        bool goneIsDone = value.Path.StartsWith("/proc/irq/", StringComparison.Ordinal) || value.Path.StartsWith("/sys/bus/", StringComparison.Ordinal)
            || value.Path.StartsWith("/sys/class/", StringComparison.Ordinal);
        return
        [
            new TuningWrite(value.Path, value.Value, new UndoWrite(value.Path, reading.Value!, goneIsDone),
                new Expectation(value.Path.EndsWith("/nr_hugepages", StringComparison.Ordinal) ? ExpectationKind.AtLeast : kind, value.Path, value.Value)),
        ];
    }

    private static IEnumerable<TuningChange> Binding(PlanAction.Bind bind, IEvidence now, HostModel model, string reason)
    {
        if (bind.Driver.Contains('/', StringComparison.Ordinal) || !bind.Driver.Contains("vfio", StringComparison.Ordinal))
        {
            throw new TuningException($"The plan binds {bind.Address} to '{bind.Driver}', which is no driver that gives devices to guests: it is not applied.");
        }

        Reading<string> have = now.ReadLinkName($"/sys/bus/pci/devices/{bind.Address}/driver");
        if (now.List($"/sys/bus/pci/devices/{bind.Address}") is { IsKnown: false } gone)
        {
            throw new TuningException($"{bind.Address} is not there any more ({gone.Why ?? gone.Outcome.ToString()}): make a new plan.");
        }

        if (have.Or(null) is { } driver && driver != bind.From && driver != bind.Driver)
        {
            throw new TuningException($"{bind.Address} is on {driver} and not on {bind.From ?? "no driver"} as the plan saw it: make a new plan.");
        }

        // Without a use is not free where uses were not seen.
        if (!model.Usage.IsSeen || model.Usage.UnseenOf.ContainsKey(bind.Address))
        {
            throw new TuningException($"Whether the host uses {bind.Address} is not known ({(model.Usage.UnseenOf.TryGetValue(bind.Address, out string? unseen) ? unseen + " was not seen" : "its mounts were not read")}), "
                + "so it is not taken from it: run as root on the machine itself.");
        }

        if (Steps.Bind(now, model, bind.Address, bind.Driver, reason) is not { } step)
        {
            return [];
        }

        string module = bind.Driver.Replace('-', '_');
        bool isLoaded = now.List("/sys/module/" + module).IsKnown || now.List("/sys/bus/pci/drivers/" + bind.Driver).IsKnown;
        return isLoaded ? step.Changes : [new ToolRun(["modprobe", bind.Driver], ["modprobe", "-r", bind.Driver], EndsWithBoot: true), .. step.Changes];
    }

    private static IEnumerable<TuningChange> CommandLine(PlanAction.EditCommandLine edit, IEvidence now, List<TuningChange> earlier)
    {
        (byte[] bytes, string text) = Text(edit.Path, now, earlier);
        if (edit.Before is { } before && !Lines(before).SequenceEqual(Lines(text)))
        {
            throw new TuningException($"{edit.Path} is not as the plan saw it: make a new plan.");
        }

        EditedText edited = edit.Kind switch
        {
            BootFileKind.GrubDefaults => BootFileEditor.GrubDefaults(text, edit.Change),
            BootFileKind.KernelCommandLine => BootFileEditor.KernelCommandLine(text, edit.Change),
            _ => BootFileEditor.LoaderEntry(text, edit.Change),
        };
        return edited.Text is null
            ? throw new TuningException($"{edit.Path} is not edited: {edited.Why}")
            : edited.Text == text ? [] : [new FileChange(edit.Path, bytes, _strict.GetBytes(edited.Text))];
    }

    private static IEnumerable<TuningChange> Line(PlanAction.EditLine edit, IEvidence now, List<TuningChange> earlier)
    {
        (byte[] bytes, string text) = Text(edit.Path, now, earlier);
        string[] lines = text.Split('\n');
        if (edit.Line is not null && !lines.Contains(edit.Line) && !lines.Contains(edit.Replacement))
        {
            throw new TuningException($"{edit.Path} has no line '{edit.Line}' as the plan saw it: make a new plan.");
        }

        string edited = edit.Line is not null ? string.Join('\n', lines.Select(line => line == edit.Line ? edit.Replacement : line))
            : lines.Contains(edit.Replacement) ? text
            : text + (text.Length == 0 || text.EndsWith('\n') ? "" : "\n") + edit.Replacement + "\n";
        return edited == text ? [] : [new FileChange(edit.Path, bytes, _strict.GetBytes(edited))];
    }

    private static IEnumerable<TuningChange> Domain(PlanAction.GroupDomain group, IEvidence now, HostModel model, string reason)
    {
        if (group.Type is not ("DMA" or "DMA-FQ" or "identity") || group.Group.Any(letter => letter is < '0' or > '9'))
        {
            throw new TuningException($"The plan gives group '{group.Group}' the domain '{group.Type}', which is none of DMA, DMA-FQ and identity: it is not applied.");
        }

        Reading<string> type = now.ReadText($"/sys/kernel/iommu_groups/{group.Group}/type");
        return type.Or(null) is { } have && have != group.Before && have != group.Type
            ? throw new TuningException($"{type.Source} holds '{have}' and not '{group.Before}' as the plan saw it: make a new plan.")
            : Steps.GroupType(now, model, group.Group, group.Type, reason)?.Changes ?? [];
    }

    private static IEnumerable<TuningChange> New(PlanAction.NewFile file, IEvidence now)
    {
        RefuseOther(file.Path, _files);
        byte[] content = _strict.GetBytes(file.Content);
        Answer have = now.Ask(Question.Read(file.Path));
        if (have.IsFound)
        {
            return have.Content.Span.SequenceEqual(content) ? [] : throw new TuningException($"{file.Path} is there already and holds something else: look at it, then move it away.");
        }

        if (have.Outcome != Outcome.Absent)
        {
            throw new TuningException($"{file.Path} cannot be read ({have.Why ?? have.Outcome.ToString()}), so it is not written.");
        }

        var folders = new List<string>();
        for (string folder = Parent(file.Path); folder.Length > 1 && now.Ask(Question.List(folder)).Outcome == Outcome.Absent; folder = Parent(folder))
        {
            folders.Insert(0, folder);
        }

        return [new FileChange(file.Path, null, content) { Folders = folders }];
    }

    private static IEnumerable<TuningChange> Mode(PlanAction.SetMode mode, IMachineFiles files)
    {
        RefuseOther(mode.Path, ["/dev/vfio/", "/dev/iommu"]);
        UnixFileMode? now;
        try
        {
            now = files.ModeOf(mode.Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TuningException($"{mode.Path} cannot be looked at ({error.Message.TrimEnd('.')}), so its permissions are not changed: run as root.");
        }

        return now is not { } have
            ? throw new TuningException($"{mode.Path} is not there any more: make a new plan.")
            : have == mode.Mode ? []
            : have != mode.Before ? throw new TuningException($"{mode.Path} has the permissions {JournalEntry.Octal(have)} and not {JournalEntry.Octal(mode.Before)} as the plan saw it: make a new plan.")
            : [new ModeChange(mode.Path, mode.Mode, have)];
    }

    private static IEnumerable<TuningChange> Tool(PlanAction.RunTool tool) => tool.Words.Count > 0 && BootTools.Known.Contains(tool.Words[0])
        ? [new ToolRun(tool.Words, tool.UndoWords, EndsWithBoot: tool.Words[0] == "modprobe")]
        : throw new TuningException($"The plan runs '{string.Join(' ', tool.Words)}', which is none of {string.Join(", ", BootTools.Known)}: it is not applied.");

    // An earlier edit of the same step is what this one begins with.
    private static (byte[] Bytes, string Text) Text(string path, IEvidence now, List<TuningChange> earlier)
    {
        RefuseOther(path, _files);
        Answer answer = earlier.OfType<FileChange>().LastOrDefault(change => change.Path == path) is { } edited ? Answer.Of(edited.After) : now.Ask(Question.Read(path));
        if (!answer.IsFound)
        {
            throw new TuningException($"{path} cannot be read ({answer.Why ?? answer.Outcome.ToString()}), so it is not edited: make a new plan, as root.");
        }

        byte[] bytes = answer.Content.ToArray();
        try
        {
            return (bytes, _strict.GetString(bytes));
        }
        catch (DecoderFallbackException)
        {
            throw new TuningException($"{path} holds bytes that are no UTF-8, so it is not edited: make the change by hand.");
        }
    }

    private static void RefuseOther(string path, string[] places)
    {
        if (!Array.Exists(places, place => path.StartsWith(place, StringComparison.Ordinal)) || path.Split('/').Any(part => part is ".." or "."))
        {
            throw new TuningException($"The plan writes {path}, which lies outside of {string.Join(", ", places)}: it is not applied.");
        }
    }

    private static string Parent(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    private static string[] Lines(string text) => [.. text.TrimEnd('\n').Split('\n').Select(line => line.TrimEnd('\r'))];

    private static ExpectationKind KindOf(string path) =>
        path.EndsWith("_list", StringComparison.Ordinal) ? ExpectationKind.CpuList
        : path.EndsWith("/rps_cpus", StringComparison.Ordinal) ? ExpectationKind.CpuMask : ExpectationKind.Text;

    private static bool Same(ExpectationKind kind, string left, string right) => kind switch
    {
        ExpectationKind.CpuList => CpuSet.TryParse(left, out CpuSet one) && CpuSet.TryParse(right, out CpuSet other) ? one.Equals(other) : left.Trim() == right.Trim(),
        ExpectationKind.CpuMask => CpuSet.TryParseMask(left, out CpuSet one) && CpuSet.TryParseMask(right, out CpuSet other) ? one.Equals(other) : left.Trim() == right.Trim(),
        _ => left.Trim() == right.Trim(),
    };
}
