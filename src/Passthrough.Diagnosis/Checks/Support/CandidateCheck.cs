using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>A check that judges each candidate; without a candidate it is a note, and Unknown where functions could not be listed.</summary>
internal abstract class CandidateCheck : Check
{
    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects) => subjects.Candidates.Count == 0
        ? WithoutCandidate(subjects)
        : subjects.Candidates.SelectMany(candidate => Judge(subjects, candidate));

    /// <summary>Judges one candidate.</summary>
    protected abstract IEnumerable<Finding> Judge(Subjects subjects, PciDevice device);

    /// <summary>What to say when nothing is a candidate.</summary>
    protected virtual IEnumerable<Finding> WithoutCandidate(Subjects subjects) => [NoCandidate(subjects)];

    /// <summary>The finding of a machine without candidates; <paramref name="more"/> adds a sentence to the note.</summary>
    protected Finding NoCandidate(Subjects subjects, string? more = null, params IReadOnlyList<Citation> evidence)
    {
        if (!subjects.Model.Pci.Devices.IsKnown)
        {
            return Make(Verdict.Unknown, "host",
                "The PCI functions could not be listed: " + Quote.Unseen(subjects.Model.Pci.Devices),
                [Quote.Of(subjects.Model.Pci.Devices)]);
        }

        if (subjects.UnseenCandidates is { } unseen)
        {
            return Make(Verdict.Unknown, "host", "No function is seen to be meant for a guest, but not all could be judged: " + unseen, evidence);
        }

        string text = "No function was named, and none is seen on a VFIO driver or meant for one; name the one to judge with --device.";
        return Make(Verdict.Note, "host", more is null ? text : text + " " + more, evidence);
    }
}
