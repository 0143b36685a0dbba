using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>SEC-001: VFIO does not accept devices whose interrupts are not isolated.</summary>
internal sealed class Sec001UnsafeInterrupts : Check
{
    // The old container and iommufd have a switch each.
    private static readonly string[] _modules = ["vfio_iommu_type1", "iommufd"];

    /// <inheritdoc />
    public override string Id => "SEC-001";

    /// <inheritdoc />
    public override string Title => "Unsafe interrupts are not allowed";

    /// <inheritdoc />
    public override Section Section => Section.Security;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "allow_unsafe_interrupts makes VFIO accept devices without interrupt remapping. A guest can then make its device send any interrupt to the host, and with it crash or attack the host. "
        + "Between tenants that do not trust each other it must be off. With remapping on, the switch is not needed.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the parameter of vfio_iommu_type1 (and of iommufd, where it is loaded) reads N. Warn when one reads Y, or when the command line or modprobe.d will set it. "
        + "Not applicable while neither module is loaded. Unknown when it was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: drivers/vfio/vfio_iommu_type1.c (allow_unsafe_interrupts)", "Linux: drivers/iommu/iommufd/device.c"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Take allow_unsafe_interrupts off the command line and out of /etc/modprobe.d, switch interrupt remapping on (IRQ-001), and reboot.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        var parameters = _modules.ToDictionary(name => name, name => model.Kernel.Modules.Parameter(name, "allow_unsafe_interrupts"));
        Citation[] evidence = [.. parameters.Values.Select(Quote.Of)];
        string[] on = [.. parameters.Where(item => IsYes(item.Value.Or(null))).Select(item => item.Key)];
        Citation[] staged = [.. Staged(model.Kernel)];
        if (on.Length > 0)
        {
            string effect = IommuFacts.Remapping(model).State switch
            {
                TriState.Yes => "Interrupts are remapped now, so it has no effect; should remapping fail to come up at a later boot, nothing will stop VFIO",
                TriState.No => "Interrupts are not remapped, so a guest with a device can inject interrupts into the host",
                _ => "Whether interrupts are remapped is not known; if they are not, a guest with a device can inject interrupts into the host",
            };
            yield return Make(Verdict.Warn, "host", $"allow_unsafe_interrupts of {string.Join(" and ", on)} is on. {effect}.", [.. evidence, .. staged], Remedies);
        }
        else if (staged.Length > 0)
        {
            yield return Make(Verdict.Warn, "host", "allow_unsafe_interrupts is off or its module not loaded now, but the configuration switches it on when the module is loaded.",
                [.. evidence, .. staged], Remedies);
        }
        else if (!model.Kernel.CommandLine.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", "Whether the command line allows unsafe interrupts is not known: " + Quote.Unseen(model.Kernel.CommandLine), evidence);
        }
        else if (model.Kernel.ModuleConfiguration.FirstOrDefault(file => !file.Lines.IsKnown && !file.Lines.IsAbsent) is { } hidden)
        {
            yield return Make(Verdict.Unknown, "host", "Whether modprobe.d allows unsafe interrupts is not known: " + Quote.Unseen(hidden.Lines), evidence);
        }
        else if (parameters.Values.Any(value => value.IsKnown) && parameters.Values.All(value => value.IsKnown || value.IsAbsent))
        {
            yield return Make(Verdict.Pass, "host", "allow_unsafe_interrupts is off.", evidence);
        }
        else if (parameters.Values.All(value => value.IsAbsent) && IommuFacts.AbsenceIsFact(model))
        {
            yield return Make(Verdict.NotApplicable, "host", "Neither vfio_iommu_type1 nor iommufd is loaded, and nothing sets allow_unsafe_interrupts for them.", evidence);
        }
        else if (parameters["vfio_iommu_type1"].IsKnown)
        {
            yield return Make(Verdict.Pass, "host", "allow_unsafe_interrupts of vfio_iommu_type1 is off; that of iommufd, which only guests on /dev/iommu use, was not read.", evidence);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", "Whether unsafe interrupts are allowed is not known: " + Quote.Unseen(parameters["vfio_iommu_type1"]), evidence);
        }
    }

    private static IEnumerable<Citation> Staged(KernelInfo kernel)
    {
        foreach (string module in _modules)
        {
            Reading<KernelCommandLine> line = kernel.CommandLine;
            CommandLineToken? token = line.IsKnown ? line.Value!.Named(module + ".allow_unsafe_interrupts").LastOrDefault() : null;
            if (token is not null && (token.Value is null || IsYes(token.Value)))
            {
                yield return new Citation(line.Source, null, token.Text);
            }

            foreach (Citation place in ModuleOptions.Find(kernel, module, "allow_unsafe_interrupts", IsYes))
            {
                yield return place;
            }
        }
    }

    /// <summary>What the kernel's kstrtobool takes for true.</summary>
    private static bool IsYes(string? value) => value is { Length: > 0 } && (value[0] is 'y' or 'Y' or '1' or 't' or 'T' || value.StartsWith("on", StringComparison.OrdinalIgnoreCase));
}
