using Passthrough.Host.Guests;

namespace Passthrough.Diagnosis.Checks;

/// <summary>
/// A check that judges each guest. Without a guest it does not apply; where the definitions could not be seen it is Unknown.
/// A guest without a function of the host is judged only when it was handed over, and only by checks that it concerns.
/// </summary>
internal abstract class GuestCheck : Check
{
    /// <summary>It speaks of assigned functions only.</summary>
    protected virtual bool NeedsFunctions => true;

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        IReadOnlyList<Guest> guests = subjects.Model.Guests.All;
        if (guests.Count > 0)
        {
            return guests.Select(guest => Examine(subjects, guest));
        }

        return
        [
            GuestFacts.UnseenDefinition(subjects.Model) is { } unseen
                ? Make(Verdict.Unknown, "host", $"Which guests are defined here is not known: {unseen.Sentence}", [unseen.Citation])
                : Make(Verdict.NotApplicable, "host", "No guest of libvirt's system instance or of Proxmox is defined here.", [.. subjects.Model.Guests.Folders.Select(Quote.Of)]),
        ];
    }

    /// <summary>Judges one guest whose definition was read.</summary>
    protected abstract void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally);

    /// <summary>A finding about a guest as a whole.</summary>
    protected Finding About(Guest guest, Verdict verdict, string message, params IReadOnlyList<Citation> evidence) =>
        Make(verdict, "domain:" + guest.Name, message, evidence);

    private Finding Examine(Subjects subjects, Guest guest)
    {
        if (!guest.Definition.IsKnown)
        {
            return About(guest, Verdict.Unknown, $"The definition of the guest is not known: {Quote.Unseen(guest.Definition)}", Quote.Of(guest.Definition));
        }

        GuestDefinition definition = guest.Definition.Value!;
        bool hasFunctions = definition.Devices.Any() || definition.Problems.Any(Virt001Addresses.IsAboutFunction);
        if (!hasFunctions && (NeedsFunctions || !guest.IsGiven))
        {
            return About(guest, Verdict.NotApplicable, "The guest is given no PCI function of the host.", GuestFacts.Cite(guest, "no hostdev"));
        }

        var tally = new Tally();
        Judge(subjects, guest, definition, tally);
        return Make(tally.Worst, "domain:" + guest.Name, tally.Message, tally.Evidence.Count > 0 ? tally.Evidence : [new Citation(guest.Path, null, null)], tally.Remedies);
    }
}

/// <summary>
/// Gathers what a check says about the parts of one subject; the worst counts. Unknown stands above Warn, so that what could not be
/// seen never turns one verdict into a milder one.
/// </summary>
internal sealed class Tally
{
    private static readonly Verdict[] Order = [Verdict.Fail, Verdict.Unknown, Verdict.Warn, Verdict.Note, Verdict.Pass, Verdict.NotApplicable];
    private readonly List<(Verdict Verdict, string Sentence, Citation? Evidence, Remedy? Remedy)> _items = [];

    /// <summary>The verdict.</summary>
    public Verdict Worst => _items.Count == 0 ? Verdict.NotApplicable : _items.MinBy(item => Array.IndexOf(Order, item.Verdict)).Verdict;

    /// <summary>The sentences of that verdict.</summary>
    public string Message => Quote.Sentences(Shown.Select(item => item.Sentence));

    /// <summary>What they rest on.</summary>
    public IReadOnlyList<Citation> Evidence => [.. Shown.Select(item => item.Evidence).OfType<Citation>().Distinct()];

    /// <summary>What to do about them.</summary>
    public IReadOnlyList<Remedy> Remedies => [.. Shown.Select(item => item.Remedy).OfType<Remedy>().Distinct()];

    /// <summary>Nothing was said yet.</summary>
    public bool IsEmpty => _items.Count == 0;

    private IEnumerable<(Verdict Verdict, string Sentence, Citation? Evidence, Remedy? Remedy)> Shown => _items.Where(item => item.Verdict == Worst);

    /// <summary>Says something.</summary>
    public void Add(Verdict verdict, string sentence, Citation? evidence = null, Remedy? remedy = null) => _items.Add((verdict, sentence, evidence, remedy));
}
