namespace Passthrough.Host.Evidence;

/// <summary>Logs that grow for years: only their last part is read.</summary>
internal static class LongFiles
{
    /// <summary>How much of such a log is read.</summary>
    public const int TailBytes = 256 << 10;

    private const string GuestLogs = "/var/log/libvirt/qemu/";

    /// <summary>The content of an open file, or the last lines of a long log.</summary>
    public static Answer Read(int descriptor, string path)
    {
        if (!path.StartsWith(GuestLogs, StringComparison.Ordinal) || !SystemCalls.SeekFromEnd(descriptor, TailBytes))
        {
            return SystemCalls.ReadToEnd(descriptor);
        }

        Answer answer = SystemCalls.ReadToEnd(descriptor);
        int end = answer.Content.Span.IndexOf((byte)'\n');
        return answer.IsFound && end >= 0 ? Answer.Of(answer.Content[(end + 1)..]) : answer;
    }
}
