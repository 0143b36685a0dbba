using System.Globalization;
using Passthrough.Diagnosis.CommandLineLint;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Memory;

/// <summary>HUG-003: did the kernel set aside the huge pages that the command line asks for?</summary>
internal sealed class Hug003AskedAndGot : Check
{
    private static readonly Remedy _less = new("Ask for less, or for smaller pages; or free memory and write the count again. Pages of 1 GiB are found reliably only at boot.");

    public override string Id => "HUG-003";
    public override string Title => "Huge pages asked for at boot were found";
    public override Section Section => Section.Memory;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "hugepages=N asks; the kernel takes what it finds and goes on with less. The count belongs to the hugepagesz= just before it, or to the default size; after a size that the machine does not have it is " +
        "ignored. N is spread over all nodes, and what one node lacks is taken from another. The pools in /sys/kernel/mm/hugepages tell what is there; HugePages_ in /proc/meminfo speaks of the default size only.";

    public override string Criteria =>
        "Warn: a pool holds fewer pages than the command line asks for, or the kernel ignores a token. Pass: the pools hold them. Unknown: the line or the pools were not seen. NotApplicable: nothing is asked.";

    public override IReadOnlyList<string> References => ["Documentation/admin-guide/mm/hugetlbpage.rst", "mm/hugetlb.c (hugepages_setup, hugepagesz_setup)"];

    public override IReadOnlyList<Remedy> Remedies => [_less, BootLine.Add("hugepagesz=1G hugepages=N, in this order,")];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<KernelCommandLine> line = model.Kernel.CommandLine;
        if (!line.IsKnown)
        {
            return [Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The kernel command line", line), [PlatformEvidence.Cite(line)])];
        }

        var requests = HugePageRequests.Of(model);
        Finding[] ignored = [.. line.Value!.Tokens.Select((token, index) => (token, Why: requests.WhyIgnored(index)))
            .Where(item => item.Why is not null).Select(item => Ignored(model, item.token, item.Why!))];
        Finding[] asked = [.. requests.Requests.Select(request => Judge(model, request))];
        return ignored.Length + asked.Length > 0 ? [.. ignored, .. asked]
            : [Make(Verdict.NotApplicable, "host", "The command line asks for no huge pages.", [new Citation(line.Source, line.Line, Reading.Shorten(line.Value.Text))])];
    }

    private Finding Ignored(HostModel model, CommandLineToken token, string why) => Make(Verdict.Warn, "token:" + token.Text, why, [Cite(model, token.Text)],
        new Remedy("Write the size before the count: hugepagesz=2M hugepages=N, and hugepagesz=1G only where /proc/cpuinfo shows pdpe1gb."));

    private Finding Judge(HostModel model, HugePageRequest request)
    {
        string subject = "token:" + request.Token;
        Reading<long> size = request.SizeBytes is { } named ? Reading.Of(named, model.Kernel.CommandLine.Source) : model.Memory.DefaultHugePageBytes;
        if (!size.IsKnown || !model.Memory.HugePages.IsKnown)
        {
            Reading<string> missing = size.IsKnown ? model.Memory.HugePages.As() : size.As();
            return Make(Verdict.Unknown, subject, PlatformEvidence.NotSeen(model, "What the pools of huge pages hold", missing), [Cite(model, request.Token), PlatformEvidence.Cite(missing)]);
        }

        string words = Quote.Bytes(size.Value);
        HugePagePool? pool = model.Memory.HugePages.Value!.FirstOrDefault(item => item.SizeBytes == size.Value);
        if (pool is null || !pool.Total.IsKnown)
        {
            return Make(Verdict.Unknown, subject, pool is null
                ? $"There is no pool of {words} pages, so the kernel does not have this size or the recording lacks it. Look at /sys/kernel/mm/hugepages on the machine to know."
                : PlatformEvidence.NotSeen(model, $"How many {words} pages there are", pool.Total), [Cite(model, request.Token)]);
        }

        Citation[] evidence = [Cite(model, request.Token), PlatformEvidence.Cite(pool.Total, pool.Total.Value.ToString(CultureInfo.InvariantCulture))];
        return pool.Total.Value < request.Pages
            ? Make(Verdict.Warn, subject, $"{request.Pages} pages of {words} are asked for and {pool.Total.Value} are there: the kernel found no more, or the pool was made smaller later.", evidence, _less)
            : Make(Verdict.Pass, subject, $"{request.Pages} pages of {words} are asked for and {pool.Total.Value} are there{(request.Nodes is null ? ", spread over all nodes" : "")}.", evidence);
    }

    private static Citation Cite(HostModel model, string text) => new(model.Kernel.CommandLine.Source, model.Kernel.CommandLine.Line, text);
}
