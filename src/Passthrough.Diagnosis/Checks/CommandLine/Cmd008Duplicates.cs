using Passthrough.Diagnosis.CommandLineLint;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-008: tokens that a later token of the same parameter takes the place of.</summary>
internal sealed class Cmd008Duplicates : LintedCheck
{
    public override string Id => "CMD-008";
    public override string Title => "No token is overridden by a later one";
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "The comma lists of the IOMMU and pci= add up over several tokens; hugepages= goes with the size before it. Of a module's parameter only the last token counts: with two " +
        "vfio-pci.ids= the ids of the first are lost, and the devices they name stay with the host.";

    public override string Criteria =>
        "Warn: a token that names ids is lost to a later one with other ids. Note: another token is overridden, or repeats the same. NotApplicable: none is. Unknown: no command line.";

    public override IReadOnlyList<string> References => ["kernel/params.c (param_set_copystring, parse_args)", "Documentation/admin-guide/kernel-parameters.rst"];

    public override IReadOnlyList<Remedy> Remedies => [BootLine.Replace("several tokens of one parameter", "one that holds all values")];

    protected override string None => "No token is overridden by a later one.";

    protected override Verdict VerdictOf(TokenJudgement judgement) =>
        judgement.Token.Replace('-', '_').Contains(".ids=", StringComparison.Ordinal)
        && !judgement.Reason.Contains(judgement.Token + " takes", StringComparison.Ordinal) ? Verdict.Warn : Verdict.Note;
}
