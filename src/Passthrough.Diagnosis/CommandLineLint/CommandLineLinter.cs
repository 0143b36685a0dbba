using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>
/// Judges every token of the kernel command line that speaks of the IOMMU, VFIO, PCI, huge pages, CPU isolation, KVM or the boot
/// framebuffer: does it do anything on this machine, and does it do good? Pure.
/// </summary>
public static class CommandLineLinter
{
    // The first family that takes a token judges it; misspellings are what no other family takes.
    private static readonly TokenFamily[] _families =
    [
        new IommuFamily(), new VfioFamily(), new PciFamily(), new HugePageFamily(), new IsolationFamily(), new KvmFamily(),
        new FramebufferFamily(), new MisspeltFamily(),
    ];

    /// <summary>One judgement a token of these families, in the order of the line; empty when the line is not known.</summary>
    public static IReadOnlyList<TokenJudgement> Lint(HostModel model)
    {
        if (!model.Kernel.CommandLine.IsKnown)
        {
            return [];
        }

        var context = new LintContext(model);
        var judgements = new List<TokenJudgement>();
        for (int i = 0; i < context.Line.Tokens.Count; i++)
        {
            if (FamilyOf(context.At(i)) is { } family)
            {
                judgements.Add(Judge(context, family, i));
            }
        }

        return judgements;
    }

    /// <summary>True when the linter judges tokens like this one.</summary>
    public static bool IsOfFamily(CommandLineToken token) => FamilyOf(token) is not null;

    private static TokenFamily? FamilyOf(CommandLineToken token) => _families.FirstOrDefault(family => family.Takes(token));

    private static TokenJudgement Judge(LintContext context, TokenFamily family, int index)
    {
        CommandLineToken token = context.At(index);
        return context.OverriddenBy(index) is { } later
            ? new TokenJudgement(token.Text, TokenEffect.NoEffect, $"Only the last token of this parameter counts: {later.Text} takes its place.", "CMD-008")
            : family.Judge(context, index);
    }
}
