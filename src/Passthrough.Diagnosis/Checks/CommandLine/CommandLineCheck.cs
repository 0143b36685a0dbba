using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>What the checks of single kernel parameters have in common.</summary>
internal abstract class CommandLineCheck : Check
{
    public sealed override Section Section => Section.CommandLine;

    /// <summary>The parameter without its '='.</summary>
    protected abstract string Parameter { get; }

    public sealed override IEnumerable<Finding> Examine(Subjects subjects)
    {
        Reading<KernelCommandLine> line = subjects.Model.Kernel.CommandLine;
        return line.IsKnown
            ? Examine(subjects.Model, line.Value!)
            : [Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(subjects.Model, "The kernel command line", line), [PlatformEvidence.Cite(line)])];
    }

    /// <summary>Judges a command line that was read.</summary>
    protected abstract IEnumerable<Finding> Examine(HostModel model, KernelCommandLine line);

    /// <summary>A finding about one option of one token, with the token and the kernel's complaint, where there is one, as evidence.</summary>
    protected Finding OfToken(HostModel model, Verdict verdict, CommandLineToken token, string message, params IReadOnlyList<Remedy> remedy) =>
        Make(verdict, "token:" + token.Text, message, [Cite(model, token.Text), .. Complaints(model, token)], remedy);

    /// <summary>The token's place.</summary>
    protected static Citation Cite(HostModel model, string text) =>
        new(model.Kernel.CommandLine.Source, model.Kernel.CommandLine.Line, text);

    // "AMD-Vi: Unknown option - 'on'", "DMAR: Unknown option - 'foo'".
    private IEnumerable<Citation> Complaints(HostModel model, CommandLineToken token)
    {
        string? prefix = Parameter switch
        {
            "intel_iommu" => "DMAR",
            "amd_iommu" => "AMD-Vi",
            _ => null,
        };
        return prefix is null
            ? []
            : PlatformEvidence.LogEvents(model, LogEventKind.UnknownOption)
                .Where(item => item.Text.Contains(prefix, StringComparison.Ordinal)
                    && KernelParameters.Options(token).Any(option => item.Text.Contains('\'' + option, StringComparison.Ordinal)))
                .Select(item => PlatformEvidence.CiteLog(model, item)).Take(1);
    }
}
