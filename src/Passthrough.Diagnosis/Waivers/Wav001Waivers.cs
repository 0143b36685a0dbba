namespace Passthrough.Diagnosis.Waivers;

/// <summary>WAV-001: the waivers that were given are in force and needed. <see cref="WaiverRules"/> makes its findings.</summary>
internal sealed class Wav001Waivers : Check
{
    public const string CheckId = "WAV-001";

    public override string Id => CheckId;

    public override string Title => "Waivers are in force";

    public override Section Section => Section.Environment;

    public override Severity Severity => Severity.Low;

    public override string Explanation =>
        "A waiver (ptdiag check --waivers FILE) says that a finding is known and accepted, by a reason and until a day. The finding keeps its verdict and shows the reason; readiness and the exit code "
        + "pass over it. A waiver ends with its day, so that nothing is forgotten.";

    public override string Criteria =>
        "Warn: a waiver has expired, so what it waived counts again. Note: a waiver matched nothing that fails, warns or is unknown. No finding without a waivers file, or when all are in force and needed.";

    public override IReadOnlyList<string> References => ["docs/schemas/ptdiag.waivers-1.schema.json"];

    public override IReadOnlyList<Remedy> Remedies => [new("Mend what was waived, or judge it anew and set a later day; remove waivers that are no longer needed.")];

    /// <summary>Nothing: what is said of waivers follows from the other checks' findings.</summary>
    public override IEnumerable<Finding> Examine(Subjects subjects) => [];

    /// <summary>A finding about one waiver.</summary>
    internal Finding Of(Waiver waiver, Verdict verdict, string message) =>
        Make(verdict, $"token:{waiver.Id} {waiver.Subject}", message, [], verdict == Verdict.Warn ? Remedies : []);
}
