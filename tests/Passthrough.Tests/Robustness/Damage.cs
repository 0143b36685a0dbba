using System.Text;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Tests.Robustness;

/// <summary>Ways in which an answer can be lost or damaged.</summary>
internal static class Damage
{
    /// <summary>Losses after which every verdict must stay or become unknown.</summary>
    public static IEnumerable<(string Name, Answer Answer)> Losses(Question question)
    {
        yield return ("denied", Answer.Denied);
        yield return ("not recorded", Answer.NotRecorded);
        if (!IsBinary(question))
        {
            // A binary file may hold any byte, so only its reader knows what is broken.
            yield return ("broken", Broken(question));
        }
    }

    /// <summary>Answers that some machine might give: any verdict may follow, but no exception, and the same one twice.</summary>
    public static IEnumerable<(string Name, Answer Answer)> Oddities(Question question, Answer original)
    {
        yield return ("absent", Answer.Absent);
        yield return ("empty", Answer.Of(""));
        yield return ("-1", Answer.Of("-1\n"));
        yield return ("huge number", Answer.Of("99999999999999999999999999999999999999\n"));
        yield return ("blank lines", Answer.Of("\n\n \n\t\n"));
        yield return ("long line", Answer.Of(new string('x', 70_000)));
        yield return ("separators", Answer.Of(",,==::;;--//[[]] \"'\n0x\n0000:00:00.0 :\n"));
        yield return ("half", Answer.Of(original.Content[..(original.Content.Length / 2)]));
        yield return ("zeros", Answer.Of(new byte[300]));
        yield return ("ones", Answer.Of(Enumerable.Repeat((byte)0xff, 4096).ToArray()));
        yield return ("random", Answer.Of(Noise(question, 600)));
    }

    /// <summary>The same question of another device or number.</summary>
    public static string Pattern(Question question) => $"{question.Verb} {GapFinder.Pattern(question.Path)}";

    private static Answer Broken(Question question)
    {
        byte[] noise = Noise(question, 200);
        noise[0] = 0;
        noise[1] = 0xff;
        return Answer.Of(noise);
    }

    // Seeded by the question, so that a failure can be repeated.
    private static byte[] Noise(Question question, int length)
    {
        byte[] bytes = new byte[length];
        int seed = 17;
        foreach (byte part in Encoding.UTF8.GetBytes(question.Path))
        {
            seed = unchecked((seed * 31) + part);
        }

        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static bool IsBinary(Question question) => question.Verb == Verb.Read
        && question.Path.EndsWith("/config", StringComparison.Ordinal) && question.Path.StartsWith("/sys/", StringComparison.Ordinal);
}
