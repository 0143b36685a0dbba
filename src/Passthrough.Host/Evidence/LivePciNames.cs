using Passthrough.Host.Pci;

namespace Passthrough.Host.Evidence;

/// <summary>Finds names in the machine's pci.ids piece by piece: of its 1.4 MB a run needs a few lines.</summary>
internal static class LivePciNames
{
    private const int Piece = 32 << 10;

    /// <summary>Answers a query of <see cref="Queries.PciNamesPrefix"/>.</summary>
    public static Answer Ask(string name)
    {
        Answer last = Answer.Absent;
        foreach (string place in PciNamesQuery.Places)
        {
            int descriptor = SystemCalls.Open(place);
            if (descriptor < 0)
            {
                last = Errno.ToAnswer(-descriptor);
                continue;
            }

            try
            {
                return Read(descriptor, new PciIds.Scan(PciNamesQuery.Wanted(name)));
            }
            finally
            {
                SystemCalls.Close(descriptor);
            }
        }

        return last;
    }

    private static Answer Read(int descriptor, PciIds.Scan scan)
    {
        byte[] buffer = new byte[Piece];
        int held = 0;
        while (!scan.IsDone)
        {
            int count = SystemCalls.Read(descriptor, buffer.AsSpan(held));
            if (count < 0)
            {
                return Errno.ToAnswer(-count);
            }

            int filled = held + count;
            int end = count == 0 ? filled : buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            scan.Feed(buffer.AsSpan(0, end));
            held = filled - end;
            buffer.AsSpan(end, held).CopyTo(buffer);

            // A line that fills the whole buffer is none of this format.
            held = held == buffer.Length ? 0 : held;
            if (count == 0)
            {
                break;
            }
        }

        return Answer.Of(scan.Found.ToText());
    }
}
