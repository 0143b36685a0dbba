using Passthrough.Guests.Qemu;

namespace Passthrough.Guests.Transports;

/// <summary>Words for a shell at the other end. Pure.</summary>
internal static class RemoteShell
{
    /// <summary>
    /// Runs the words as a program that gets SIGTERM when standard input ends: the one thing that still reaches the other end when a
    /// connection breaks or its client is killed.
    /// </summary>
    private const string EndsWithInput =
        "exec 3<&0; \"$@\" </dev/null 3<&- & p=$!; "
        + "{ while read -r x; do :; done <&3; kill -TERM $p; } >/dev/null 2>&1 & w=$!; "
        + "wait $p; c=$?; kill $w 2>/dev/null; exit $c";

    /// <summary>One line that the login shell at the other end, whichever it is, hands to a POSIX shell.</summary>
    public static string Line(IReadOnlyList<string> arguments) => Script(EndsWithInput, arguments);

    /// <summary>A script of a POSIX shell with its positional parameters, on one line.</summary>
    public static string Script(string script, IReadOnlyList<string> parameters)
    {
        if (parameters.Count == 0 || parameters.Any(word => word.Contains('\0', StringComparison.Ordinal)))
        {
            throw new GuestException("A guest needs a command of at least one word, and no word may hold a NUL character.");
        }

        return "exec /bin/sh -c " + ShareFolder.Quote(script) + " sh " + string.Join(' ', parameters.Select(ShareFolder.Quote));
    }
}
