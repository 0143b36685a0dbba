using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Passthrough.Tests.Host;

/// <summary>Counts answers that agree with what a capture's truth says, and keeps the others for the message.</summary>
internal sealed class CaptureScore
{
    private readonly List<string> _wrong = [];
    private int _right;

    /// <summary>Compares one answer.</summary>
    public void Check(string what, object? expected, object? actual)
    {
        if (Equals(expected, actual))
        {
            _right++;
        }
        else
        {
            _wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{what}: expected {expected ?? "null"}, got {actual ?? "null"}"));
        }
    }

    /// <summary>Asserts the least number of comparisons, so that an empty loop does not pass, and the share of right ones.</summary>
    public void AssertShare(double share, int atLeast)
    {
        int total = _right + _wrong.Count;
        Assert.True(total >= atLeast, string.Create(CultureInfo.InvariantCulture, $"only {total} comparisons were made"));
        Assert.True(_right >= share * total,
            string.Create(CultureInfo.InvariantCulture, $"{_right} of {total} right; wrong:\n") + string.Join('\n', _wrong));
    }

    /// <summary>The folders of a kind with their truth.</summary>
    public static IEnumerable<(string Folder, JsonElement Truth)> Cases(string kind)
    {
        foreach (string folder in Directory.GetDirectories(Path.Combine(Fixtures.Captures!, kind)).Order(StringComparer.Ordinal))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "truth.json")));
            yield return (folder, document.RootElement.Clone());
        }
    }
}
