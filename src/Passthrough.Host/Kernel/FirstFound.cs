using Passthrough.Host.Evidence;

namespace Passthrough.Host.Kernel;

/// <summary>Asks several places for one thing.</summary>
internal static class FirstFound
{
    /// <summary>
    /// The first file that is there, with its path. When none is, the miss that hides most: a refused or failed
    /// read says less about the machine than an absent file, so it is what the reading must show.
    /// </summary>
    public static (string Path, Answer Answer) Read(IEvidence evidence, IEnumerable<string> paths)
    {
        (string Path, Answer Answer)? miss = null;
        foreach (string path in paths)
        {
            Answer answer = evidence.Ask(Question.Read(path));
            if (answer.IsFound)
            {
                return (path, answer);
            }

            if (miss is null || Weight(answer.Outcome) > Weight(miss.Value.Answer.Outcome))
            {
                miss = (path, answer);
            }
        }

        return miss ?? ("", Answer.NotRecorded);
    }

    /// <summary>How much an outcome hides; more is worse.</summary>
    public static int Weight(Outcome outcome) => outcome switch
    {
        Outcome.Denied => 5,
        Outcome.Failed => 4,
        Outcome.Withheld => 3,
        Outcome.NotRecorded => 2,
        Outcome.Absent => 1,
        _ => 0,
    };
}
