using System.Buffers;

namespace Passthrough.Host.Evidence;

/// <summary>
/// The running machine, through direct system calls. Nothing is written, nothing suspended is woken, no module is loaded,
/// and what acts when it is read is withheld. Safe for use by two readers at a time.
/// </summary>
public sealed class LiveEvidence : IEvidence
{
    private readonly FolderHandle _folder = new(isLive: true);

    /// <inheritdoc />
    public SourceKind Kind => SourceKind.Live;

    /// <inheritdoc />
    public string DisplayName => "this machine";

    /// <inheritdoc />
    public Answer Ask(Question question)
    {
        if (question.Verb == Verb.Query)
        {
            return question.Path.StartsWith(Queries.PciNamesPrefix, StringComparison.Ordinal) ? LivePciNames.Ask(question.Path)
                : question.Path.StartsWith(Queries.PciConfigPrefix, StringComparison.Ordinal) ? ReadConfig(question.Path[Queries.PciConfigPrefix.Length..])
                : LiveQueries.Ask(question.Path);
        }

        if (!IsNormal(question.Path))
        {
            return Answer.Failed("the path is not absolute and normalised");
        }

        return question.Verb switch
        {
            Verb.Read => Read(question.Path),
            Verb.List => _folder.List(question.Path, question.Path),
            Verb.Link => _folder.ReadLink(question.Path) ?? SystemCalls.ReadLink(question.Path),
            _ => Answer.NotRecorded,
        };
    }

    /// <summary>
    /// True for "/" and "/a/b": the rules of what is never read look at names, which "..", "." and "//" would hide.
    /// </summary>
    internal static bool IsNormal(string path)
    {
        if (path == "/")
        {
            return true;
        }

        if (path.Length == 0 || path[0] != '/' || path[^1] == '/' || path.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        foreach (Range part in path.AsSpan(1).Split('/'))
        {
            if (path.AsSpan(1)[part] is "" or "." or "..")
            {
                return false;
            }
        }

        return true;
    }

    private Answer Read(string path)
    {
        if (NeverRead.Reason(path) is { } reason)
        {
            // A reason to withhold is told only of what is there.
            int rc = SystemCalls.Stat(path, follow: false, out _);
            return rc < 0 ? Errno.ToAnswer(-rc) : Answer.Withheld(reason);
        }

        if (NeverRead.IsConfigBacked(path) && Sleeps(path[..path.LastIndexOf('/')]))
        {
            return SystemCalls.Stat(path, follow: false, out _) < 0
                ? Answer.Absent
                : Answer.Withheld("device is suspended; reading its config space would wake it");
        }

        return path == "/dev/kmsg" ? ReadKernelRing() : _folder.Read(path) ?? ReadFile(path);
    }

    private static Answer ReadConfig(string path)
    {
        if (!IsNormal(path) || !NeverRead.IsConfigBacked(path))
        {
            return Answer.Failed("it is no file of a function's config space");
        }

        if (Sleeps(path[..path.LastIndexOf('/')]))
        {
            return SystemCalls.Stat(path, follow: false, out _) < 0
                ? Answer.Absent
                : Answer.Withheld("device is suspended; reading its config space would wake it");
        }

        int descriptor = SystemCalls.Open(path);
        if (descriptor < 0)
        {
            return Errno.ToAnswer(-descriptor);
        }

        try
        {
            return Pci.PciConfigWalk.Walk((offset, buffer) => SystemCalls.ReadAt(descriptor, buffer, offset), out int error) is { } space
                ? Answer.Of(Pci.PciConfigWalk.ToText(space))
                : error == 0 ? Answer.Failed("it is empty") : Errno.ToAnswer(-error);
        }
        finally
        {
            SystemCalls.Close(descriptor);
        }
    }

    private static Answer ReadFile(string path)
    {
        int descriptor = SystemCalls.Open(path);
        if (descriptor < 0)
        {
            return Errno.ToAnswer(-descriptor);
        }

        try
        {
            return LongFiles.Read(descriptor, path);
        }
        finally
        {
            SystemCalls.Close(descriptor);
        }
    }

    /// <summary>
    /// True when an access to config space would wake the function or the bridge above it. The kernel resumes a function
    /// only from D3cold, and always resumes the bridge; so a function that sleeps in D3hot below a bridge that is awake
    /// (what vfio-pci does with an unused device) can be read as it is. Before Linux 5.11 no file tells the power state:
    /// then every suspended function is left alone.
    /// </summary>
    internal static bool WouldWake(string powerState, string runtimeStatus, string bridgePowerState, string bridgeRuntimeStatus)
    {
        if (powerState == "D3cold")
        {
            return true;
        }

        if (!IsAsleep(runtimeStatus))
        {
            return false;
        }

        // A host bridge has no power_state: there is nothing to wake above a function on a root bus.
        bool isReachable = powerState is "D0" or "D1" or "D2" or "D3hot";
        bool isBridgeAwake = bridgePowerState.Length == 0 || (bridgePowerState != "D3cold" && !IsAsleep(bridgeRuntimeStatus));
        return !isReachable || !isBridgeAwake;
    }

    private static bool Sleeps(string folder) => WouldWake(Text(folder + "/power_state"), Text(folder + "/power/runtime_status"),
        Text(folder + "/../power_state"), Text(folder + "/../power/runtime_status"));

    private static bool IsAsleep(string runtimeStatus) => runtimeStatus is "suspended" or "suspending" or "resuming";

    private static string Text(string path) => ReadFile(path).Text.Trim();

    /// <summary>
    /// /dev/kmsg gives one record a read, EPIPE where the ring has overtaken the reader, and EAGAIN at the end.
    /// </summary>
    private static Answer ReadKernelRing()
    {
        int descriptor = SystemCalls.Open("/dev/kmsg");
        if (descriptor < 0)
        {
            return Errno.ToAnswer(-descriptor);
        }

        try
        {
            var output = new ArrayBufferWriter<byte>(32 << 10);

            // The longest record: CONSOLE_EXT_LOG_MAX and PRINTKRB_RECORD_MAX are at most 8 KiB.
            Span<byte> record = stackalloc byte[16384];

            // A machine that logs faster than it is read must not keep the reader for ever.
            while (output.WrittenCount < SystemCalls.MaximumBytes)
            {
                int count = SystemCalls.Read(descriptor, record);
                if (count == -Errno.Epipe)
                {
                    continue;
                }

                if (count is 0 or -Errno.Eagain)
                {
                    break;
                }

                if (count < 0)
                {
                    return Errno.ToAnswer(-count);
                }

                KernelRing.Append(record[..count], output);
            }

            return Answer.Of(output.WrittenMemory);
        }
        finally
        {
            SystemCalls.Close(descriptor);
        }
    }
}
