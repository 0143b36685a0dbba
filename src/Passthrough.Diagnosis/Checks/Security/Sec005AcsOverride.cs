using Passthrough.Diagnosis.Grouping;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>SEC-005: no ACS override is in effect.</summary>
internal sealed class Sec005AcsOverride : Check
{
    /// <inheritdoc />
    public override string Id => "SEC-005";

    /// <inheritdoc />
    public override string Title => "No ACS override pretends isolation";

    /// <inheritdoc />
    public override Section Section => Section.Security;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "pcie_acs_override is a patch that some distributions carry. On their kernels it splits groups without making devices isolated, so one guest's device may reach another's past the IOMMU. "
        + "On any other kernel the parameter does nothing at all, and whoever set it believes in an isolation that does not exist. pci=config_acs and disable_acs_redir are something else: they set real ACS bits.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when the kernel log says that overrides are enabled, or the parameter is set and groups are split against the registers. Pass when the command line does not set it, "
        + "or the kernel says that it knows no such parameter. Else Unknown.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/admin-guide/kernel-parameters.txt (no pcie_acs_override there; pci=config_acs)", "Linux: drivers/iommu/iommu.c (pci_device_group)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [Drop];

    private static Remedy Drop => new("Take pcie_acs_override off the kernel command line and boot again; then assign whole groups, or move devices to slots whose ports have ACS.");

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        CommandLineToken? token = AcsEvidence.OverrideToken(model);
        Citation line = token is null ? Quote.Of(model.Kernel.CommandLine) with { Excerpt = model.Kernel.CommandLine.IsKnown ? "(no pcie_acs_override)" : null }
            : new Citation(model.Kernel.CommandLine.Source, null, token.Text);
        if (AcsEvidence.OverrideLine(model) is { } said)
        {
            yield return Make(Verdict.Fail, "host", "This kernel overrides ACS: groups are split that the hardware does not isolate.", [line, Quote.Of(model.Log, said)], Drop);
        }
        else if (!model.Kernel.CommandLine.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", "Whether an ACS override is in effect is not known: " + Quote.Unseen(model.Kernel.CommandLine), [line]);
        }
        else if (token is null)
        {
            yield return Make(Verdict.Pass, "host", "The command line sets no pcie_acs_override.", [line]);
        }
        else if (GroupPrediction.Of(model).Splits.FirstOrDefault() is { } split)
        {
            yield return Make(Verdict.Fail, "host", $"{token.Text} is in effect: {split.Member} and {split.With} stand in different groups, although {split.Sentence}.",
                [line, .. AcsEvidence.Cite(model, [split.Blame])], Drop);
        }
        else
        {
            LogEvent? ignored = AcsEvidence.IgnoredLine(model);
            yield return ignored is not null
                ? Make(Verdict.Pass, "host", $"{token.Text} is set, and this kernel knows no such parameter: it does nothing. Take it off the command line, so that nobody relies on it.", [line, Quote.Of(model.Log, ignored)])
                : Make(Verdict.Unknown, "host", $"{token.Text} is set; whether this kernel carries that patch is not known. Read the kernel log from the boot on, as root: a patched kernel says \"PCIe ACS overrides enabled\", "
                    + "another one lists the parameter as unknown.", [line]);
        }
    }
}
