namespace Passthrough.Diagnosis;

/// <summary>
/// A check: one file, one subject. It looks at the model and yields findings; it touches nothing else and never throws
/// on purpose (an exception becomes one Unknown finding).
/// </summary>
public abstract class Check
{
    /// <summary>Stable id.</summary>
    public abstract string Id { get; }

    /// <summary>Short title a person reads in a list.</summary>
    public abstract string Title { get; }

    /// <summary>Section.</summary>
    public abstract Section Section { get; }

    /// <summary>Severity when it fails.</summary>
    public abstract Severity Severity { get; }

    /// <summary>
    /// A failure of it would make the machine not ready, so while it is unanswered nobody may call the machine ready: its Unknown counts as critical.
    /// False only where nothing that could be read would answer it.
    /// </summary>
    public virtual bool BlocksWhileUnknown => Severity is Severity.Critical or Severity.High;

    /// <summary>What it looks at and why it matters, for <c>explain</c>: a short paragraph.</summary>
    public abstract string Explanation { get; }

    /// <summary>How it judges: when pass, note, warn, fail, unknown.</summary>
    public abstract string Criteria { get; }

    /// <summary>Where the facts come from: kernel documents or sources, specifications.</summary>
    public abstract IReadOnlyList<string> References { get; }

    /// <summary>What to do in general (the findings carry what to do in particular).</summary>
    public abstract IReadOnlyList<Remedy> Remedies { get; }

    /// <summary>Judges.</summary>
    public abstract IEnumerable<Finding> Examine(Subjects subjects);

    /// <summary>A finding of this check.</summary>
    protected Finding Make(Verdict verdict, string subject, string message, IReadOnlyList<Citation> evidence, params IReadOnlyList<Remedy> remedy) => new()
    {
        Id = Id,
        Title = Title,
        Section = Section,
        Severity = Severity,
        Verdict = verdict,
        Subject = subject,
        Message = message,
        Evidence = evidence,
        Remedy = remedy,
        References = References,
    };
}
