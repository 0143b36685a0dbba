using System.Text;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Logs;

/// <summary>
/// Takes a log whose text may be damaged: a device's name or a crash can leave odd bytes in a line, which must not lose the rest.
/// Lines with such bytes are left out, and then the log no longer counts as complete, because a lost line could be any line.
/// </summary>
internal static class LogText
{
    /// <summary>Classifies the log; failed when no line of a damaged text looks like the kernel's.</summary>
    public static Reading<ClassifiedLog> Read(Answer answer, string path)
    {
        if (TextGate.IsText(answer.Content.Span))
        {
            return Reading.Of(LogClassifier.Classify(answer.Text), path);
        }

        var rest = new StringBuilder(answer.Content.Length);
        bool isLog = false;
        ReadOnlySpan<byte> left = answer.Content.Span;
        while (!left.IsEmpty)
        {
            int end = left.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? left : left[..end];
            left = end < 0 ? [] : left[(end + 1)..];
            if (TextGate.IsText(line))
            {
                string text = Encoding.UTF8.GetString(line);
                isLog |= LogPrefix.Stamp(text) is not null;
                rest.Append(text);
            }

            // The lines keep their numbers.
            rest.Append('\n');
        }

        return isLog
            ? Reading.Of(LogClassifier.Classify(rest.ToString()) with { ReachesBoot = false, FaultsSuppressed = true }, path)
            : Reading.Failed<ClassifiedLog>(path, "it holds bytes that are no text");
    }
}
