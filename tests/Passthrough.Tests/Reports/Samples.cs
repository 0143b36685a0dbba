using HdrHistogram;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Reports.Html;
using Passthrough.Results;
using Passthrough.Tests.Diagnosis;
using Passthrough.Tests.Results;
using Passthrough.Tests.Results.Histograms;

namespace Passthrough.Tests.Reports;

/// <summary>A machine, a study and a comparison made by hand, with every kind of verdict in them.</summary>
internal static class Samples
{
    /// <summary>Text that would run, break out of an attribute or break a table, were it not escaped.</summary>
    public const string Hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;";

    public static ReportInput Input(string text = "plain", bool emulated = true)
    {
        ResultsDocument study = Study(text, emulated);
        return new ReportInput
        {
            Title = "Passthrough report of " + text,
            Created = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.FromHours(2)),
            Tool = Documents.Tool,
            Audit = Audit(text),
            Results = [study],
            Comparison = Comparer.CompareVariants(study) with
            {
                Claims = [new Claim("hugepages +20 %", "supported", "The whole interval lies beyond the threshold.", null)],
            },
        };
    }

    public static ResultsDocument Study(string text, bool emulated)
    {
        WorkloadRun[] chase =
        [
            .. Documents.Runs("untuned", Documents.Around(96_000, spread: 0.03), pages: 0).Select(run => Rich(run, "thp", text)),
            .. Documents.Runs("tuned", Documents.Around(43_700, spread: 0.02), pages: 536870912).Select(run => Rich(run, "hugetlb", text)),
            .. Documents.Runs("untuned-again", Documents.Around(96_300, spread: 0.03).Reverse(), pages: 0).Select(run => Rich(run, "thp", text)),
        ];
        chase[13] = chase[13] with { Rejected = "the clock source changed: " + text, Value = null };
        WorkloadRun[] stream =
        [
            .. Documents.Runs("untuned", Documents.Around(12.5e9, spread: 0.02), "throughput", "node", "mem.stream"),
            .. Documents.Runs("tuned", Documents.Around(12.4e9, spread: 0.01), "throughput", "node", "mem.stream"),
            .. Documents.Runs("untuned-again", Documents.Around(12.5e9, spread: 0.02).Reverse(), "throughput", "node", "mem.stream"),
            .. Documents.Runs("untuned", Documents.Around(31_000, spread: 0.05), "throughput", "irqCpu", "dma.nvme.read"),
            .. Documents.Runs("tuned", Documents.Around(26_000, spread: 0.03), "throughput", "irqCpu", "dma.nvme.read"),
            .. Documents.Runs("untuned", Documents.Around(3_300, 4), "latency", "domain", "irq.msi"),
            .. Documents.Runs("tuned", Documents.Around(3_900, 4), "latency", "domain", "irq.msi"),
        ];
        return Documents.Of([.. chase.OrderBy(run => run.Block).ThenBy(run => run.Variant.Length * (run.Block % 2 == 0 ? 1 : -1)), .. stream]) with
        {
            Machine = Documents.Machine with
            {
                Cmdline = "intel_iommu=on " + text,
                Emulated = emulated,
                EmulatedReason = emulated ? "The accelerator is tcg, which translates instructions in software." : null,
                LabMachine = emulated ? "intel-viommu" : null,
                Accelerator = emulated ? "tcg" : null,
            },
            Skipped = [new SkippedWorkload("gpu.copy", "No GPU is bound to vfio-pci. " + text)],
        };
    }

    public static AuditResult Audit(string text) => new()
    {
        Today = new DateOnly(2026, 11, 23),
        Ready = Readiness.No,
        Iommu = new IommuSummary(TriState.No, "intel", 0, 0, TriState.Unknown),
        Cause = new Cause(Rung.CommandLine, "CMD-001", "The command line switches the IOMMU off (intel_iommu=off): remove it and boot again.", ["IOM-001", "GRP-001"]),
        Model = Models.Blank with
        {
            Pci = new PciInventory { Devices = Models.Known<IReadOnlyList<PciDevice>>([Graphics(text), Models.Device("10000:e1:00.0")]) },
            Iommu = Models.Blank.Iommu with { Groups = [Models.Group("7", "0000:00:02.0", "0000:00:02.1")] },
            Gaps = [new Gap("/sys/firmware/acpi/tables/DMAR", Outcome.Denied, "Permission denied: run as root. " + text)],
        },
        Findings =
        [
            Finding("CMD-001", Section.CommandLine, Severity.Critical, Verdict.Fail, text),
            Finding("IOM-001", Section.Iommu, Severity.Critical, Verdict.Unknown, text),
            Finding("GRP-001", Section.Groups, Severity.High, Verdict.Warn, text),
            Finding("NUM-001", Section.Numa, Severity.Low, Verdict.Note, text),
            Finding("KRN-001", Section.KernelBuild, Severity.Critical, Verdict.Pass, text),
            Finding("SRV-001", Section.Sriov, Severity.Low, Verdict.NotApplicable, text) with { Waived = text },
        ],
    };

    private static PciDevice Graphics(string text) => Models.Device("0000:00:02.0") with
    {
        VendorId = Models.Known<ushort>(0x8086),
        DeviceId = Models.Known<ushort>(0x3e92),
        ClassCode = Models.Known<uint>(0x030000),
        Driver = Models.Known("i915"),
        IommuGroup = Models.Absent<string>(),
        VendorName = text,
        NumaNode = Models.Known(-1L),
    };

    private static Finding Finding(string id, Section section, Severity severity, Verdict verdict, string text) => new()
    {
        Id = id,
        Title = $"Check {id} of {text}",
        Section = section,
        Severity = severity,
        Verdict = verdict,
        Subject = "host",
        Message = $"What was seen for {id}: {text}.",
        Evidence = [new Citation("/proc/cmdline", 1, "intel_iommu=off " + text)],
        Remedy = verdict == Verdict.Pass ? [] : [new Remedy("Remove the option. " + text, "grub-mkconfig -o /boot/grub/grub.cfg # " + text)],
        References = ["Documentation/admin-guide/kernel-parameters.txt", "https://docs.kernel.org/driver-api/vfio.html", "javascript:alert(1)"],
    };

    private static WorkloadRun Rich(WorkloadRun run, string backing, string text)
    {
        var random = new Random((run.Block * 7) + run.Variant.Length);
        var histogram = new LongHistogram(1, 60_000_000_000L, 3);
        for (int i = 0; i < 1000; i++)
        {
            histogram.RecordValue((long)(run.Value!.Value * (0.9 - (0.12 * Math.Log(1 - random.NextDouble())))));
        }

        return run with
        {
            Parameters = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["size"] = "64M", ["backing"] = backing, ["note"] = text },
            Histogram = HdrEncoding.Encode(histogram),
            Samples = 1000,
        };
    }
}
