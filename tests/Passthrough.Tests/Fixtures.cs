using System.Runtime.CompilerServices;

namespace Passthrough.Tests;

/// <summary>Where test data lies, found from this file's own place in the checkout.</summary>
internal static class Fixtures
{
    /// <summary>The checkout's top folder.</summary>
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    /// <summary>The archive of captured machines beside the checkout; not part of the repository.</summary>
    public static string CapturesArchive { get; } = Path.GetFullPath(Path.Combine(Repository, "..", "shared", "captures", "public.tar.zst"));

    /// <summary>The unpacked captures' <c>public</c> folder, or null when the archive is not there. Unpacked once a process.</summary>
    public static string? Captures { get; } = Unpack();

    private static string? Unpack()
    {
        if (!File.Exists(CapturesArchive))
        {
            return null;
        }

        string stamp = File.GetLastWriteTimeUtc(CapturesArchive).Ticks.ToString("x", System.Globalization.CultureInfo.InvariantCulture);
        string target = Path.Combine(Path.GetTempPath(), "ptdiag-captures-" + stamp);
        string done = Path.Combine(target, ".done");
        if (!File.Exists(done))
        {
            string staging = target + "." + Environment.ProcessId;
            Directory.CreateDirectory(staging);
            using (var archive = new ZstdSharp.DecompressionStream(File.OpenRead(CapturesArchive)))
            {
                System.Formats.Tar.TarFile.ExtractToDirectory(archive, staging, overwriteFiles: true);
            }

            File.WriteAllText(Path.Combine(staging, ".done"), "");
            try
            {
                Directory.Move(staging, target);
            }
            catch (IOException) when (File.Exists(done))
            {
                // Another process was faster; its copy is the same.
                Directory.Delete(staging, recursive: true);
            }
        }

        return Path.Combine(target, "public");
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
