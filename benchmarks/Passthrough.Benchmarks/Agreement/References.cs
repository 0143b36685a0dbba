using System.Globalization;
using Passthrough.Benchmarks.Workloads;
using Passthrough.Results.Statistics;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>A program that ours is held against.</summary>
/// <param name="Who">Its name in the table.</param>
internal abstract record Reference(string Who)
{
    /// <summary>Why it cannot run here, one sentence; null when it can.</summary>
    public abstract string? WhyNot(AgreementPlace place);

    /// <summary>The command of one run. What it writes to <paramref name="outputFile"/> instead of its standard output is read from there.</summary>
    public abstract string[] Command(IReadOnlyDictionary<string, string> parameters, AgreementLengths lengths, AgreementPlace place, string outputFile);

    /// <summary>The figures of one run.</summary>
    public abstract ReferenceFigures Read(string output);

    /// <summary>The command that prints its version.</summary>
    public abstract string[] VersionCommand(AgreementPlace place);

    /// <summary>Whether the result stands in the file, not on standard output.</summary>
    public virtual bool WritesFile => false;

    /// <summary>A parameter, or what holds without it.</summary>
    protected static string Or(IReadOnlyDictionary<string, string> parameters, string name, string otherwise) =>
        parameters.GetValueOrDefault(name, otherwise);
}

/// <summary>A page of C of this repository, which takes the workload's own parameters.</summary>
/// <param name="Name">The file benchmarks/reference/NAME.c.</param>
internal sealed record OwnProgram(string Name) : Reference(Name + ".c")
{
    public override string? WhyNot(AgreementPlace place) => place.Compile(Name);

    public override string[] Command(IReadOnlyDictionary<string, string> parameters, AgreementLengths lengths, AgreementPlace place, string outputFile) =>
    [
        place.ProgramPath(Name),
        .. parameters.Select(pair => $"{pair.Key}={pair.Value}"),
        string.Create(CultureInfo.InvariantCulture, $"warmUpMs={lengths.WarmUpMs}"),
        string.Create(CultureInfo.InvariantCulture, $"measureMs={lengths.MeasureMs}"),
    ];

    public override ReferenceFigures Read(string output) => ReferenceOutput.Own(output);

    public override string[] VersionCommand(AgreementPlace place) => ["cc", "--version"];
}

/// <summary>
/// fio with io_uring, registered buffers and file, and as many reads submitted and taken at once as the workload does (<c>batch</c>). Its latency
/// is lat_ns, from the issue of a read to its completion.
/// </summary>
internal sealed record Fio() : Reference("fio")
{
    public override string? WhyNot(AgreementPlace place) => AgreementPlace.Missing("fio", "fio");

    public override string[] Command(IReadOnlyDictionary<string, string> parameters, AgreementLengths lengths, AgreementPlace place, string outputFile)
    {
        string batch = Or(parameters, "batch", "1");
        string[] cpu = parameters.TryGetValue("cpu", out string? number) ? [$"--cpus_allowed={number}"] : [];
        return
        [
            "fio", "--name=agreement", "--ioengine=io_uring", "--direct=1", "--thread", "--fixedbufs=1", "--registerfiles=1",
            "--clocksource=clock_gettime", "--lat_percentiles=1", "--percentile_list=50:99", "--output-format=json", "--time_based",
            $"--filename={Or(parameters, "device", "")}", $"--bs={Or(parameters, "blockSize", "4096")}", $"--iodepth={Or(parameters, "depth", "16")}",
            $"--iodepth_batch_submit={batch}", "--iodepth_batch_complete_min=1", $"--iodepth_batch_complete_max={batch}",
            // Without a map of places already read, as a generator that may repeat a place.
            Or(parameters, "pattern", "random") == "random" ? "--rw=randread" : "--rw=read", "--norandommap=1",
            string.Create(CultureInfo.InvariantCulture, $"--ramp_time={lengths.WarmUpMs}ms"),
            string.Create(CultureInfo.InvariantCulture, $"--runtime={lengths.MeasureMs}ms"), .. cpu,
        ];
    }

    public override ReferenceFigures Read(string output) => ReferenceOutput.Fio(output, bytes: false);

    public override string[] VersionCommand(AgreementPlace place) => ["fio", "--version"];
}

/// <summary>cyclictest with one thread, its histogram in nanoseconds.</summary>
internal sealed record Cyclictest() : Reference("cyclictest")
{
    public override string? WhyNot(AgreementPlace place) => AgreementPlace.Missing("cyclictest", "rt-tests");

    public override bool WritesFile => true;

    public override string[] Command(IReadOnlyDictionary<string, string> parameters, AgreementLengths lengths, AgreementPlace place, string outputFile)
    {
        long intervalUs = long.Parse(Or(parameters, "intervalNs", "1000000"), CultureInfo.InvariantCulture) / 1000;
        long loops = Math.Max(SampleSizes.ForPercentile(0.5), lengths.MeasureMs * 1000L / intervalUs);
        return
        [
            "cyclictest", "-m", "-q", "-N", "-t1", $"-p{Or(parameters, "priority", "80")}", string.Create(CultureInfo.InvariantCulture, $"-i{intervalUs}"), "-a", Or(parameters, "cpu", "0"),
            string.Create(CultureInfo.InvariantCulture, $"-l{loops}"),
            // HIST_MAX of cyclictest.c: the largest histogram, one millisecond.
            "-h", "1000000", $"--json={outputFile}",
        ];
    }

    public override ReferenceFigures Read(string output) => ReferenceOutput.Cyclictest(output);

    // cyclictest has no option that prints its version alone; its help begins with it.
    public override string[] VersionCommand(AgreementPlace place) => ["cyclictest", "--help"];
}

/// <summary>BenchmarkDotNet's engine around the very same workload: a second opinion on our engine, clock and reduction.</summary>
internal sealed record SecondEngine(string Workload) : Reference("BenchmarkDotNet")
{
    public override string? WhyNot(AgreementPlace place) =>
        SecondOpinion.BenchmarkOf(Workload) is null ? $"There is no BenchmarkDotNet class around {Workload}." : null;

    public override string[] Command(IReadOnlyDictionary<string, string> parameters, AgreementLengths lengths, AgreementPlace place, string outputFile) =>
        [.. AgreementPlace.ThisProgram, SecondOpinion.RunVerb, Workload, .. parameters.Select(pair => $"{pair.Key}={pair.Value}")];

    public override ReferenceFigures Read(string output) => ReferenceOutput.Own(output);

    public override string[] VersionCommand(AgreementPlace place) => [.. AgreementPlace.ThisProgram, SecondOpinion.VersionVerb];
}
