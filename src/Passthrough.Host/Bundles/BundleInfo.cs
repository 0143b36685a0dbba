namespace Passthrough.Host.Bundles;

/// <summary>What a bundle says of itself. The instant is an input: the library has no clock, and the same input makes the same bytes.</summary>
/// <param name="ToolVersion">Version of ptdiag.</param>
/// <param name="Created">When the machine was looked at.</param>
public sealed record BundleInfo(string ToolVersion, DateTimeOffset Created);

/// <summary>How a bundle is packed.</summary>
public enum BundleCompression
{
    /// <summary>Plain tar.</summary>
    None,

    /// <summary>gzip, for machines without zstd.</summary>
    Gzip,

    /// <summary>Zstandard.</summary>
    Zstandard,
}
