using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;

namespace Passthrough.Host.Logs;

/// <summary>
/// Finds the kernel's log. The ring behind /dev/kmsg is the truth about now, but it is finite; /var/log/dmesg was written soon after a
/// boot. Where the ring has lost the boot and the file is of this boot, the two are joined.
/// </summary>
public static class KernelLogReader
{
    private const string Ring = "/dev/kmsg";
    private const string BootFile = "/var/log/dmesg";

    /// <summary>Reads and classifies the log; the reading's source names what was read.</summary>
    public static KernelLog Read(IEvidence evidence)
    {
        Answer ring = evidence.Ask(Question.Read(Ring));
        (string path, Answer file) = FirstFound.Read(evidence, [BootFile, "/dmesg"]);
        return new KernelLog { Content = Choose(evidence, ring, path, file) };
    }

    private static Reading<ClassifiedLog> Choose(IEvidence evidence, Answer ring, string path, Answer file)
    {
        if (!ring.IsFound)
        {
            return file.IsFound ? LogText.Read(file, path)
                : FirstFound.Weight(file.Outcome) > FirstFound.Weight(ring.Outcome)
                    ? Reading.Missing<ClassifiedLog>(file.Outcome, path, file.Why)
                    : Reading.Missing<ClassifiedLog>(ring.Outcome, Ring, ring.Why);
        }

        Reading<ClassifiedLog> newest = LogText.Read(ring, Ring);
        if (!newest.IsKnown && file.IsFound)
        {
            return LogText.Read(file, path);
        }

        if (!newest.IsKnown || newest.Value!.ReachesBoot || !file.IsFound || !TextGate.IsText(ring.Content.Span) || !TextGate.IsText(file.Content.Span))
        {
            return newest;
        }

        string now = ring.Text;
        ClassifiedLog current = newest.Value;

        string then = file.Text;
        ClassifiedLog boot = LogClassifier.Classify(then);
        return boot.ReachesBoot && IsThisBoot(evidence, boot)
            ? Reading.Of(Join(then, now), path + " + " + Ring)
            : Reading.Of(current, Ring);
    }

    // A file left by an older boot must not speak for this one. Release and command line are what can be compared.
    private static bool IsThisBoot(IEvidence evidence, ClassifiedLog boot)
    {
        Reading<string> release = evidence.ReadText("/proc/sys/kernel/osrelease");
        Reading<string> commandLine = evidence.ReadText("/proc/cmdline");
        return release.IsKnown && release.Value == boot.KernelRelease && commandLine.IsKnown && commandLine.Value == boot.CommandLine;
    }

    private static ClassifiedLog Join(string then, string now)
    {
        double last = Stamps(then).DefaultIfEmpty(double.MaxValue).Max();
        var rest = new List<string>();
        double? first = null;
        bool isLater = false;
        foreach (string line in now.Split('\n'))
        {
            // A continuation line carries no stamp and belongs to the line before.
            double? stamp = LogPrefix.Stamp(line);
            first ??= stamp;
            isLater = stamp is { } seconds ? seconds > last : isLater;
            if (isLater)
            {
                rest.Add(line);
            }
        }

        ClassifiedLog joined = LogClassifier.Classify(then.TrimEnd('\n') + "\n" + string.Join('\n', rest));

        // Lines between the file's end and the ring's beginning are lost, so more faults may have stood there.
        return first > last ? joined with { FaultsSuppressed = true } : joined;
    }

    private static IEnumerable<double> Stamps(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            if (LogPrefix.Stamp(line) is { } seconds)
            {
                yield return seconds;
            }
        }
    }
}
