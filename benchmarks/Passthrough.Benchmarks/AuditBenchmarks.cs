using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using Passthrough.Diagnosis;
using Passthrough.Host.Bundles;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Benchmarks;

/// <summary>The tool's hot path: reading the model and judging it, over a recorded machine and over this one.</summary>
[MemoryDiagnoser]
[Outliers(Perfolizer.Mathematics.OutlierDetection.OutlierMode.DontRemove)]
public class AuditBenchmarks
{
    private readonly AuditOptions _options = new() { Today = new DateOnly(2026, 1, 1) };
    private readonly LiveEvidence _live = new();
    private IEvidence _recorded = null!;

    /// <summary>Opens the recorded machine.</summary>
    [GlobalSetup]
    public void Open() => _recorded = BundleEvidence.Open(Path.Combine(Hosts(), "intel-healthy", "machine.tar.zst"));

    /// <summary>Parsers alone: every answer comes from memory.</summary>
    [Benchmark]
    public HostModel ReadRecordedMachine() => HostReader.Read(_recorded);

    /// <summary>System calls and parsers.</summary>
    [Benchmark]
    public HostModel ReadThisMachine() => HostReader.Read(_live);

    /// <summary>The whole audit of the recorded machine.</summary>
    [Benchmark]
    public AuditResult JudgeRecordedMachine() => Auditor.Judge(HostReader.Read(_recorded), _options);

    /// <summary>The whole audit of this machine.</summary>
    [Benchmark]
    public AuditResult JudgeThisMachine() => Auditor.Judge(HostReader.Read(_live), _options);

    private static string Hosts([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "tests", "Hosts"));
}
