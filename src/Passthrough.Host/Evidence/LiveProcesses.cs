using System.Globalization;
using System.Text;

namespace Passthrough.Host.Evidence;

/// <summary>Looks for a process by its name.</summary>
internal static class LiveProcesses
{
    /// <summary>
    /// Answers a query of <see cref="Queries.ProcessPrefix"/>. All processes of a machine are seen only from its initial PID namespace, which
    /// is known by kthreadd as process 2.
    /// </summary>
    public static Answer Find(string name)
    {
        int folder = SystemCalls.OpenFolder("/proc");
        if (folder < 0)
        {
            return Errno.ToAnswer(-folder);
        }

        try
        {
            Answer processes = SystemCalls.List(folder);
            return !processes.IsFound ? processes
                : CommandName(folder, "2").Content.Span.TrimEnd((byte)'\n').SequenceEqual("kthreadd"u8) ? Search(folder, processes.Names, Encoding.UTF8.GetBytes(name))
                : new Answer(Outcome.NotRecorded, default, "the machine's processes cannot all be seen from here");
        }
        finally
        {
            SystemCalls.Close(folder);
        }
    }

    private static Answer Search(int folder, string[] processes, byte[] name)
    {
        int unseen = 0;
        foreach (string process in processes)
        {
            if (!char.IsAsciiDigit(process[0]))
            {
                continue;
            }

            Answer found = CommandName(folder, process);
            if (found.Content.Span.TrimEnd((byte)'\n').SequenceEqual(name))
            {
                return Answer.Of("running=1\nunseen=0\n");
            }

            // A process may end between the listing and the look; then there is nothing to miss.
            unseen += found.Outcome == Outcome.Denied ? 1 : 0;
        }

        return Answer.Of(string.Create(CultureInfo.InvariantCulture, $"running=0\nunseen={unseen}\n"));
    }

    private static Answer CommandName(int folder, string process)
    {
        int descriptor = SystemCalls.OpenAt(folder, process + "/comm");
        if (descriptor < 0)
        {
            return Errno.ToAnswer(-descriptor);
        }

        try
        {
            return SystemCalls.ReadToEnd(descriptor, isWholeWhenShort: true);
        }
        finally
        {
            SystemCalls.Close(descriptor);
        }
    }
}
