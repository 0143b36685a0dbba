namespace Passthrough.Diagnosis.Waivers;

/// <summary>A known finding that somebody takes responsibility for, until a day.</summary>
/// <param name="Id">The check.</param>
/// <param name="Subject">The subject it is waived for; <c>*</c>: any.</param>
/// <param name="Reason">Why, for whoever reads the report.</param>
/// <param name="Expires">The last day on which it applies.</param>
public sealed record Waiver(string Id, string Subject, string Reason, DateOnly Expires)
{
    /// <summary>The subject of a waiver that does not name one.</summary>
    public const string AnySubject = "*";

    /// <summary>True when it is meant for this finding, expired or not.</summary>
    public bool Fits(Finding finding) => Catalog.IsSameId(Id, finding.Id)
        && (Subject == AnySubject || string.Equals(Subject, finding.Subject, StringComparison.OrdinalIgnoreCase));

    /// <summary>True after its last day.</summary>
    public bool IsExpired(DateOnly today) => today > Expires;

    /// <inheritdoc />
    public override string ToString() => Subject == AnySubject ? Id : $"{Id} of {Subject}";
}
