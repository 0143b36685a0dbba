using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci;

/// <summary>
/// One function's sysfs folder: listed once, then asked for what the list holds. A name that is missing from a whole
/// listing is absent; one missing from a captured part of a folder, or from a folder that is gone, is not recorded.
/// </summary>
internal sealed class PciFolder
{
    // The kernel makes these for every PCI function (drivers/pci/pci-sysfs.c): a listing with all of them is whole.
    private static readonly string[] _always = ["config", "irq", "resource", "subsystem", "uevent"];

    private readonly IEvidence _evidence;
    private readonly Answer _listing;
    private readonly string[] _names;
    private readonly bool _isWhole;
    private readonly bool _isGone;

    /// <summary>Lists the folder.</summary>
    public PciFolder(IEvidence evidence, string path)
    {
        _evidence = evidence;
        Path = path;
        _listing = evidence.Ask(Question.List(path));
        _names = InOrder(_listing.Names);
        _isWhole = _listing.IsFound && Array.TrueForAll(_always, IsListed);

        // A link that dangles: the function left while it was looked at, or a capture kept its name alone.
        _isGone = _listing.Outcome == Outcome.Absent && !evidence.Ask(Question.Read(PathOf("vendor"))).IsFound;
    }

    /// <summary>The folder's path.</summary>
    public string Path { get; }

    /// <summary>The listed names, none when the folder could not be listed.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The path of an attribute.</summary>
    public string PathOf(string name) => Path + "/" + name;

    /// <summary>The attribute is in the listing.</summary>
    public bool IsListed(string name) => Array.BinarySearch(_names, name, StringComparer.Ordinal) >= 0;

    /// <summary>Reads an attribute's bytes.</summary>
    public Answer ReadRaw(string name) => Unlisted(name) ?? Doubted(_evidence.Ask(Question.Read(PathOf(name))));

    /// <summary>Reads and parses an attribute's text.</summary>
    public Reading<T> Read<T>(string name, EvidenceExtensions.TextParser<T> parse) =>
        Take(name, out Answer answer) is { } text
            ? parse(text, out T value) ? Reading.In(value, Path, name, text) : Reading.MissingIn<T>(Outcome.Failed, Path, name, "its text is not of the expected form", text)
            : Reading.MissingIn<T>(answer.Outcome, Path, name, answer.Why);

    /// <summary>Reads an attribute's trimmed text.</summary>
    public Reading<string> ReadText(string name) => Read(name, static (string text, out string value) =>
    {
        value = text;
        return text.Length > 0;
    });

    /// <summary>Reads a number.</summary>
    public Reading<long> ReadNumber(string name) => Read<long>(name, EvidenceExtensions.TryNumber);

    /// <summary>Reads a boolean.</summary>
    public Reading<bool> ReadFlag(string name) => Read<bool>(name, EvidenceExtensions.TryFlag);

    /// <summary>The last name of a link's target.</summary>
    public Reading<string> ReadLinkName(string name) =>
        Unlisted(name) is { } missing
            ? Reading.MissingIn<string>(missing.Outcome, Path, name, missing.Why)
            : Doubted(_evidence.ReadLinkName(PathOf(name)), name);

    /// <summary>The names in a folder below.</summary>
    public Reading<IReadOnlyList<string>> List(string name) =>
        Unlisted(name) is { } missing
            ? Reading.MissingIn<IReadOnlyList<string>>(missing.Outcome, Path, name, missing.Why)
            : Doubted(_evidence.List(PathOf(name)), name);

    /// <summary>Whether an entry exists, told by the listing alone: some entries must not be opened.</summary>
    public Reading<bool> Exists(string name) =>
        IsListed(name) ? Reading.In(true, Path, name)
            : _isWhole ? Reading.Of(false, Path)
            : Reading.MissingIn<bool>(_listing.IsFound || _isGone ? Outcome.NotRecorded : _listing.Outcome, Path, name, _listing.Why);

    /// <summary>Where the folder could not be listed, a file that is not found may only be missing from what was captured.</summary>
    private Answer Doubted(Answer answer) => answer.Outcome == Outcome.Absent && !_listing.IsFound ? new Answer(Unseen, default, _listing.Why) : answer;

    private Reading<T> Doubted<T>(Reading<T> reading, string name) =>
        reading.IsAbsent && !_listing.IsFound ? Reading.MissingIn<T>(Unseen, Path, name, _listing.Why) : reading;

    private Outcome Unseen => _listing.Outcome == Outcome.Absent ? Outcome.NotRecorded : _listing.Outcome;

    // Every source lists in ordinal order, but a bundle may have been through other hands.
    private static string[] InOrder(string[] names)
    {
        for (int i = 1; i < names.Length; i++)
        {
            if (string.CompareOrdinal(names[i - 1], names[i]) > 0)
            {
                return [.. names.Order(StringComparer.Ordinal)];
            }
        }

        return names;
    }

    /// <summary>The trimmed text of an attribute; null with the answer that holds none.</summary>
    private string? Take(string name, out Answer answer)
    {
        answer = ReadRaw(name);
        return answer.IsFound ? SmallText.Trimmed(answer.Content.Span) : null;
    }

    /// <summary>What is known without asking: null when the attribute is to be asked for.</summary>
    private Answer? Unlisted(string name)
    {
        // A name with a slash lies in a folder below: its first part is what the list shows.
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        return _isGone ? new Answer(Outcome.NotRecorded, default, "the function's folder is not there")
            : !_listing.IsFound || IsListed(slash < 0 ? name : name[..slash]) ? null
            : _isWhole ? Answer.Absent
            : new Answer(Outcome.NotRecorded, default, "only a part of the function's folder is there");
    }
}
