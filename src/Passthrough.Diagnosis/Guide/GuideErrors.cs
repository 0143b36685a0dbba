namespace Passthrough.Diagnosis.Guide;

/// <summary>The errors of common guides, in the order of their subjects.</summary>
public static class GuideErrors
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<GuideError> All { get; } = [.. BootErrors.All, .. DeviceErrors.All];

    /// <summary>Those in which a word stands, without regard to case: text, section, number or check id. All for the empty word.</summary>
    public static IReadOnlyList<GuideError> Find(string? word) => string.IsNullOrWhiteSpace(word) ? All
        : [.. All.Where(error => Texts(error).Any(text => text.Contains(word.Trim(), StringComparison.OrdinalIgnoreCase)))];

    private static IEnumerable<string> Texts(GuideError error) => [error.Section, error.Claim, error.Truth, error.Instead, .. error.CheckIds];
}
