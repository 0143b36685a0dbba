using Passthrough.Diagnosis;
using Passthrough.Host.Bundles;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Tests.Robustness;

/// <summary>The machines whose answers are replaced one at a time, and how they are judged.</summary>
internal static class Machines
{
    private static readonly string _hosts = Path.Combine(Fixtures.Repository, "tests", "Hosts");

    /// <summary>The names of the fixtures.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetDirectories(_hosts).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    /// <summary>Opens a fixture.</summary>
    public static IEvidence Open(string name) => BundleEvidence.Open(Path.Combine(_hosts, name, "machine.tar.zst"));

    /// <summary>Judges a machine; <paramref name="devices"/> are its candidates where given.</summary>
    public static AuditResult Judge(IEvidence evidence, IReadOnlyList<PciAddress>? devices = null) =>
        Auditor.Judge(HostReader.Read(evidence), new AuditOptions { Today = new DateOnly(2026, 1, 1), Devices = devices ?? [] });

    /// <summary>Every question that judging this machine asks, with its answer.</summary>
    public static IReadOnlyList<KeyValuePair<Question, Answer>> Transcript(IEvidence evidence)
    {
        var recorder = new Recorder(evidence);
        HostReader.Read(recorder);
        return recorder.Transcript;
    }

    /// <summary>Findings as text, to compare two judgements.</summary>
    public static string Text(AuditResult audit) => string.Join('\n', audit.Findings
        .Select(finding => $"{finding.Id} {finding.Subject} {finding.Verdict} {finding.Message}").Append($"ready {audit.Ready}"));
}
