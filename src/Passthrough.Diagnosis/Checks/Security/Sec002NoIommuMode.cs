using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>SEC-002: VFIO's mode without an IOMMU is off and was not used.</summary>
internal sealed class Sec002NoIommuMode : Check
{
    /// <inheritdoc />
    public override string Id => "SEC-002";

    /// <inheritdoc />
    public override string Title => "VFIO's noiommu mode is off";

    /// <inheritdoc />
    public override Section Section => Section.Security;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "In noiommu mode VFIO hands out devices that nothing confines: whoever holds one can read and write all of the host's memory. The kernel taints itself when it is used. "
        + "It is meant for userspace drivers on machines without an IOMMU, never for guests.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail with any sign: the module parameter is on, a group is named vfio-noiommu, /dev/vfio holds a noiommu node, the log shows the taint. Warn when the command line or modprobe.d will switch it "
        + "on. Pass when the parameter is off or absent and groups and nodes were read and show none. Else Unknown.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/vfio/Kconfig (VFIO_NOIOMMU)", "Linux: drivers/vfio/group.c (enable_unsafe_noiommu_mode)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [Mend];

    private static Remedy Mend => new("Unbind the devices that use it, switch the mode off, remove it from the command line and /etc/modprobe.d, and reboot to clear the groups and the taint.",
        "echo N > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode");

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<string> parameter = model.Kernel.Modules.Parameter("vfio", "enable_unsafe_noiommu_mode");
        var signs = new List<(string Text, Citation Place)>();
        if (parameter.Or(null) is "Y" or "1")
        {
            signs.Add(("enable_unsafe_noiommu_mode is on", Quote.Of(parameter)));
        }

        signs.AddRange(model.Iommu.Groups.Where(group => group.IsNoIommu).Select(group => ($"group {group.Id} is named vfio-noiommu", Quote.Of(group.Name))));
        signs.AddRange(model.Vfio.Nodes.Or([])!.Where(node => node.StartsWith("noiommu-", StringComparison.Ordinal))
            .Select(node => ($"/dev/vfio/{node} exists", new Citation(model.Vfio.Nodes.Source, null, node))));
        LogEvent? taint = model.Log.Content.IsKnown ? model.Log.Content.Value!.Of(LogEventKind.NoIommuTaint).LastOrDefault() : null;
        if (taint is not null)
        {
            signs.Add(("the kernel log shows its taint", Quote.Of(model.Log, taint)));
        }

        if (signs.Count > 0)
        {
            yield return Make(Verdict.Fail, "host", $"VFIO works without an IOMMU: {Quote.List(signs.Select(sign => sign.Text))}. Whoever holds such a device can reach all of the host's memory.",
                [.. signs.Select(sign => sign.Place)], Mend);
            yield break;
        }

        Citation[] staged = [.. Staged(model.Kernel)];
        if (staged.Length > 0)
        {
            yield return Make(Verdict.Warn, "host", "The configuration switches VFIO's noiommu mode on when the vfio module is loaded.", [Quote.Of(parameter), .. staged], Mend);
            yield break;
        }

        Citation[] seen = [Quote.Of(parameter), Quote.Of(model.Iommu.GroupFolder) with { Excerpt = Shown(model.Iommu.GroupFolder) }, Quote.Of(model.Vfio.Nodes) with { Excerpt = Shown(model.Vfio.Nodes) }];
        bool absenceTells = IommuFacts.AbsenceIsFact(model);
        bool off = parameter.IsKnown || (parameter.IsAbsent && absenceTells);
        bool groups = model.Iommu.GroupFolder.IsKnown || (model.Iommu.GroupFolder.IsAbsent && absenceTells);
        // The taint of its use (TAINT_USER, bit 6) is a line of the log: without the log a clear bit tells the same.
        bool taintTold = model.Log.Content.IsKnown || (model.Kernel.Tainted.IsKnown && (model.Kernel.Tainted.Value & (1 << 6)) == 0);
        bool named = model.Iommu.Groups.All(group => group.Name.IsKnown || group.Name.IsAbsent);
        bool configured = model.Kernel.CommandLine.IsKnown && model.Kernel.ModuleConfiguration.All(file => file.Lines.IsKnown || file.Lines.IsAbsent);
        bool nodes = model.Vfio.Nodes.IsKnown || (model.Vfio.Nodes.IsAbsent && absenceTells);
        if (off && groups && named && nodes && taintTold && configured)
        {
            yield return Make(Verdict.Pass, "host", parameter.IsKnown ? "VFIO's noiommu mode is off, and no group was made by it."
                : "VFIO's noiommu mode is not there (vfio is not loaded, or built without it), and no group was made by it.", seen);
        }
        else
        {
            string missing = !off ? Quote.Unseen(parameter) : !groups ? Quote.Unseen(model.Iommu.GroupFolder)
                : !named ? Quote.Unseen(model.Iommu.Groups.First(group => !group.Name.IsKnown && !group.Name.IsAbsent).Name)
                : !nodes ? Quote.Unseen(model.Vfio.Nodes)
                : !taintTold ? Quote.Unseen(model.Log.Content)
                : !model.Kernel.CommandLine.IsKnown ? Quote.Unseen(model.Kernel.CommandLine)
                : Quote.Unseen(model.Kernel.ModuleConfiguration.First(file => !file.Lines.IsKnown && !file.Lines.IsAbsent).Lines);
            yield return Make(Verdict.Unknown, "host", "Whether VFIO's noiommu mode is off is not known: " + missing, seen);
        }
    }

    private static IEnumerable<Citation> Staged(KernelInfo kernel)
    {
        CommandLineToken? token = kernel.CommandLine.IsKnown
            ? kernel.CommandLine.Value!.Named("vfio.enable_unsafe_noiommu_mode").LastOrDefault() : null;
        Citation[] command = token is null || token.Value is "0" or "N" or "n" ? [] : [new Citation(kernel.CommandLine.Source, null, token.Text)];
        return command.Concat(ModuleOptions.Find(kernel, "vfio", "enable_unsafe_noiommu_mode", value => value is not ("0" or "N" or "n")));
    }

    private static string Shown(Reading<IReadOnlyList<string>> names) =>
        names.IsKnown ? names.Value!.Count == 0 ? "(empty)" : Quote.List(names.Value, 12) : $"({Quote.Outcome(names)})";
}
