using System.Buffers;

namespace Passthrough.Diagnosis.Planning;

/// <summary>What of a kernel command line is to change. Tokens are whole: <c>intel_iommu=off</c>, not <c>intel_iommu</c>.</summary>
/// <param name="Add">Tokens that must stand there, in this order where they are missing.</param>
/// <param name="Remove">Tokens that must not stand there, each as it is written there.</param>
public sealed record CommandLineChange(IReadOnlyList<string> Add, IReadOnlyList<string> Remove)
{
    // What has a meaning to a shell or to a boot loader's file is never written: no parameter of passthrough needs it.
    private static readonly SearchValues<char> _plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.,:=@/+");

    /// <summary>Every token to add can be written into any boot loader's file without quotes.</summary>
    public bool IsPlain => Add.All(token => token.Length > 0 && token.AsSpan().IndexOfAnyExcept(_plain) < 0);

    /// <summary>Nothing changes.</summary>
    public bool IsEmpty => Add.Count == 0 && Remove.Count == 0;
}

/// <summary>The text of a file after an edit, or why it is not edited.</summary>
/// <param name="Text">The whole new text; null where it is not edited.</param>
/// <param name="Why">The sentence; null where it is.</param>
public sealed record EditedText(string? Text, string? Why)
{
    /// <summary>An edited text.</summary>
    public static EditedText Of(string text) => new(text, null);

    /// <summary>A text that is left as it is, and why.</summary>
    public static EditedText Refused(string why) => new(null, why);
}
