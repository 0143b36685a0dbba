namespace Passthrough.Bench.Nvme;

/// <summary>
/// Physical region pages: how a command says where its data goes. The first entry may begin inside a page, all others are whole
/// pages; from three pages on the second entry names a list. Source: NVM Express Base Specification 2.0, section 4.1.1.
/// </summary>
internal static class PrpList
{
    /// <summary>Bytes of a page, as CC.MPS says.</summary>
    public const int PageBytes = 4096;

    /// <summary>Entries of a list that lies in one page, so that lists never need to be chained.</summary>
    public const int MaxEntries = PageBytes / sizeof(ulong);

    /// <summary>Entries that stand in the list for so many bytes from an address on; 0 when both fields of the command suffice.</summary>
    public static int EntriesFor(ulong iova, long bytes)
    {
        long pages = ((long)(iova % PageBytes) + bytes + PageBytes - 1) / PageBytes;
        return pages > 2 ? (int)(pages - 1) : 0;
    }

    /// <summary>The command's second field, after the list was filled where one is needed.</summary>
    /// <param name="iova">Where the data begins, for the device; the command's first field.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="list">Room for the list.</param>
    /// <param name="listIova">Where the list lies for the device: the beginning of a page.</param>
    public static ulong Fill(ulong iova, long bytes, Span<ulong> list, ulong listIova)
    {
        ulong second = (iova / PageBytes * PageBytes) + PageBytes;
        int entries = EntriesFor(iova, bytes);
        if (entries == 0)
        {
            return (long)(iova % PageBytes) + bytes > PageBytes ? second : 0;
        }

        for (int i = 0; i < entries; i++)
        {
            list[i] = second + ((ulong)i * PageBytes);
        }

        return listIova;
    }
}
