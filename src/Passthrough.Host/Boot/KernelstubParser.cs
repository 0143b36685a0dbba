using System.Text.Json;
using Passthrough.Host.Kernel;

namespace Passthrough.Host.Boot;

/// <summary>Reads /etc/kernelstub/configuration of Pop!_OS: JSON whose <c>user.kernel_options</c> are the command line.</summary>
public static class KernelstubParser
{
    /// <summary>The command line; null when the text is not of that form.</summary>
    public static StagedLine? Parse(ConfigurationFile file)
    {
        IReadOnlyList<string> lines = file.Lines.Or([])!;
        try
        {
            using var document = JsonDocument.Parse(string.Join('\n', lines));
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("user", out JsonElement user) || user.ValueKind != JsonValueKind.Object
                || !user.TryGetProperty("kernel_options", out JsonElement options))
            {
                return null;
            }

            string? text = options.ValueKind switch
            {
                JsonValueKind.String => options.GetString(),
                JsonValueKind.Array => string.Join(' ', options.EnumerateArray()
                    .Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString())),
                _ => null,
            };
            return text is null ? null : new StagedLine
            {
                Kind = StagedKind.Kernelstub,
                Path = file.Path,
                Tokens = [.. CommandLineParser.Parse(text).Tokens.Select(token => new StagedToken(token, file.Path, LineOf(lines, token.Text)))],
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // The file holds the default options before the user's: the last line that has the text is the user's.
    private static int LineOf(IReadOnlyList<string> lines, string text)
    {
        for (int i = lines.Count - 1; i >= 0; i--)
        {
            if (lines[i].Contains(text, StringComparison.Ordinal))
            {
                return i + 1;
            }
        }

        return 1;
    }
}
