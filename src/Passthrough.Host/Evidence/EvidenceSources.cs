using Passthrough.Host.Bundles;

namespace Passthrough.Host.Evidence;

/// <summary>Picks the source that the options name.</summary>
public static class EvidenceSources
{
    /// <summary>The running machine, the tree at <paramref name="root"/> or the bundle file.</summary>
    /// <exception cref="EvidenceException">The source cannot be looked at, or both options are given.</exception>
    public static IEvidence Open(string? root = null, string? bundle = null)
    {
        if (root is not null && bundle is not null)
        {
            throw new EvidenceException("--root and --bundle name two different sources: give one of them.");
        }

        if (bundle is not null)
        {
            return BundleEvidence.Open(bundle);
        }

        return root is null || Path.GetFullPath(root) == "/" ? new LiveEvidence() : new DirectoryEvidence(root);
    }
}
