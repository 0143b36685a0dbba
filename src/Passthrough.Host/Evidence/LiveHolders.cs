using System.Globalization;
using System.Text;

namespace Passthrough.Host.Evidence;

/// <summary>
/// Processes with an open VFIO node. One query and not thousands of questions: the transcript of a run must not hold the names
/// of every file that is open on the machine.
/// </summary>
internal static class LiveHolders
{
    public static Answer Find()
    {
        Answer processes = Folder("/proc");
        if (!processes.IsFound)
        {
            return processes;
        }

        var lines = new StringBuilder();
        int unseen = 0;
        foreach (string process in processes.Names)
        {
            if (!int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                continue;
            }

            Answer files = Folder($"/proc/{process}/fd");
            if (files.Outcome is Outcome.Denied)
            {
                unseen++;
            }

            foreach (string node in files.Names
                .Select(file => SystemCalls.ReadLink($"/proc/{process}/fd/{file}").Text)
                .Where(IsDeviceNode)
                .Distinct()
                .Order(StringComparer.Ordinal))
            {
                lines.Append("pid=").Append(process).Append(" node=").Append(node);
                if (GuestName(CommandLine(process)) is { } guest)
                {
                    lines.Append(" guest=").Append(guest);
                }

                lines.Append('\n');
            }
        }

        lines.Append(CultureInfo.InvariantCulture, $"unseen={unseen}\n");
        return Answer.Of(lines.ToString());
    }

    /// <summary>Group nodes and device nodes; the container /dev/vfio/vfio alone holds no device.</summary>
    internal static bool IsDeviceNode(string path) =>
        path.StartsWith("/dev/vfio/", StringComparison.Ordinal) && path != "/dev/vfio/vfio"
        && !path.AsSpan().ContainsAnyInRange('\0', ' ');

    /// <summary>The guest's name from QEMU's <c>-name guest=NAME,…</c> or <c>-name NAME</c>; a doubled comma is one in the name.</summary>
    internal static string? GuestName(string[] arguments)
    {
        int at = Array.FindIndex(arguments, argument => argument is "-name" or "--name");
        if (at < 0 || at + 1 >= arguments.Length)
        {
            return null;
        }

        foreach (string option in arguments[at + 1].Replace(",,", "\u0001", StringComparison.Ordinal).Split(','))
        {
            string? value = option.StartsWith("guest=", StringComparison.Ordinal) ? option[6..]
                : option.Contains('=', StringComparison.Ordinal) ? null : option;
            if (value is { Length: > 0 })
            {
                return value.Replace('\u0001', ',').ReplaceLineEndings(" ");
            }
        }

        return null;
    }

    private static string[] CommandLine(string process)
    {
        int descriptor = SystemCalls.Open($"/proc/{process}/cmdline");
        if (descriptor < 0)
        {
            return [];
        }

        try
        {
            return SystemCalls.ReadToEnd(descriptor).Text.Split('\0');
        }
        finally
        {
            SystemCalls.Close(descriptor);
        }
    }

    private static Answer Folder(string path)
    {
        int descriptor = SystemCalls.OpenFolder(path);
        if (descriptor < 0)
        {
            return Errno.ToAnswer(-descriptor);
        }

        try
        {
            return SystemCalls.List(descriptor);
        }
        finally
        {
            SystemCalls.Close(descriptor);
        }
    }
}
