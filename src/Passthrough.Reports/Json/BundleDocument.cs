using Passthrough.Host.Bundles;
using Passthrough.Host.Evidence;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.bundle-summary/1</c>: what a bundle is and what was asked.</summary>
internal sealed record BundleDocument(string Schema, ToolInfo Tool, int Format, DateTimeOffset Created, string? CreatedBy, string? Source,
    IReadOnlyDictionary<string, int> Answers, IReadOnlyList<BundleMemberEntry> Members, IReadOnlyList<GapEntry> NotSeen)
{
    public static BundleDocument From(BundleEvidence bundle, ToolInfo tool) => new(
        "ptdiag.bundle-summary/1", tool, bundle.Manifest.Format, bundle.Manifest.Created, bundle.Manifest.Tool?.Version, bundle.Manifest.Source,
        Enum.GetValues<Outcome>().ToDictionary(Words.Of, outcome => bundle.Transcript.Count(entry => entry.Value.Outcome == outcome)),
        [.. bundle.Manifest.Members.Select(member => new BundleMemberEntry(member.Name, member.Sha256, member.SizeBytes))],
        [.. bundle.Transcript.Where(entry => entry.Value.Outcome is Outcome.Denied or Outcome.Failed or Outcome.Withheld)
            .Select(entry => new GapEntry(entry.Key.Path, Words.Of(entry.Value.Outcome), entry.Value.Why ?? ""))]);
}

internal sealed record BundleMemberEntry(string? Name, string? Sha256, long SizeBytes);
