using BenchmarkDotNet.Attributes;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Benchmarks;

/// <summary>The whole audit of a large server, as it grows: the time must stay in proportion to the functions.</summary>
[MemoryDiagnoser]
[Outliers(Perfolizer.Mathematics.OutlierDetection.OutlierMode.DontRemove)]
public class TreeBenchmarks
{
    private readonly AuditOptions _options = new() { Today = new DateOnly(2026, 1, 1) };
    private string _root = "";

    /// <summary>PCI functions.</summary>
    [Params(100, 1000, 10000)]
    public int Functions { get; set; }

    /// <summary>Writes the tree.</summary>
    [GlobalSetup]
    public void Write()
    {
        _root = Directory.CreateTempSubdirectory("ptdiag-tree-").FullName;
        GeneratedTree.Write(_root, Functions);
    }

    /// <summary>Removes it.</summary>
    [GlobalCleanup]
    public void Remove() => Directory.Delete(_root, recursive: true);

    /// <summary>Files, parsers and checks.</summary>
    [Benchmark]
    public AuditResult Judge() => Auditor.Judge(HostReader.Read(new DirectoryEvidence(_root)), _options);
}
