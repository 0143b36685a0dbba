using Passthrough.Host.Iommu;

namespace Passthrough.Host.Pci.Pasted;

/// <summary>
/// What a person pasted: the output of <c>lspci</c> (with or without -nn, -k, -v, -vv) or a listing of IOMMU groups in any of the
/// usual forms. What the text does not tell is not recorded.
/// </summary>
/// <param name="Devices">The functions, ordered by address.</param>
/// <param name="Groups">The groups that the text names, ordered by number.</param>
/// <param name="Problems">What is contradictory in the text, a sentence each.</param>
public sealed record PastedListing(IReadOnlyList<PciDevice> Devices, IReadOnlyList<IommuGroup> Groups, IReadOnlyList<string> Problems)
{
    /// <summary>Parses any text; text around the listing (a mail, a prompt, a quotation mark) is passed over.</summary>
    public static PastedListing Parse(string text) => new PastedReader().Read(text);
}
