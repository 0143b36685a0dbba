using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>Huge pages. Sources: Documentation/admin-guide/mm/hugetlbpage.rst, mm/hugetlb.c.</summary>
internal sealed class HugePageFamily : TokenFamily
{
    private static readonly string[] _names = ["hugepages", "hugepagesz", "default_hugepagesz"];

    public override bool Takes(CommandLineToken token)
    {
        string name = NameOf(token);
        return name.StartsWith("huge", StringComparison.Ordinal) || name.StartsWith("default_huge", StringComparison.Ordinal)
            || name is "transparent_hugepage" or "nohugepages" or "huge_pages";
    }

    public override TokenJudgement Judge(LintContext context, int index)
    {
        CommandLineToken token = context.At(index);
        string name = NameOf(token);
        switch (name)
        {
            case "hugepages" or "hugepagesz" or "default_hugepagesz":
                return HugePageRequests.Of(context.Model).WhyIgnored(index) is { } why ? NoEffect(token, why, "HUG-003")
                    : Effective(token, name switch
                    {
                        "hugepages" => "The kernel sets these pages aside at boot, as many as it finds; without node numbers they are spread over all nodes.",
                        "hugepagesz" => "It names the size of the hugepages= that follows.",
                        _ => "It sets the default size, which /proc/meminfo shows and mounts without a size use.",
                    }, "HUG-003");
            case "transparent_hugepage":
                return token.Value is "always" or "madvise" or "never"
                    ? Effective(token, "It sets when the kernel makes huge pages by itself; these are not the reserved ones of hugepages=.")
                    : NoEffect(token, "transparent_hugepage= takes always, madvise and never.");
            case "hugetlb_cma" or "hugetlb_free_vmemmap" or "hugetlb_cma_only" or "hugepage_alloc_threads":
                return Effective(token, "A parameter of the huge page pools.");
            default:
                return context.UnknownToKernel.Contains(token.Text) || Spelling.Nearest(name, _names) is not null || !name.Contains('.', StringComparison.Ordinal)
                    ? NoEffect(token, Spelling.Nearest(name, _names) is { } right ? $"The kernel has no parameter {token.Name}; it is spelt {right}=."
                        : "The kernel has no such parameter; pages are reserved with hugepagesz= and then hugepages=.")
                    : Unknown(token, "This parameter is not known here.");
        }
    }
}
