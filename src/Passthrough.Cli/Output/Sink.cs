using System.Text;

namespace Passthrough.Cli.Output;

/// <summary>Where a verb's result goes: standard output, or a file that is never left half-written.</summary>
internal static class Sink
{
    /// <summary>Writes text to the file, or to standard output when none is named.</summary>
    public static void Write(string text, FileInfo? file)
    {
        if (file is null)
        {
            using Stream output = Console.OpenStandardOutput();
            output.Write(Encoding.UTF8.GetBytes(text));
            return;
        }

        WriteFile(file.FullName, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Writes to a temporary file beside the target and renames it.</summary>
    public static void WriteFile(string path, byte[] content)
    {
        string temporary = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}.tmp");
        try
        {
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            throw CliException.CouldNotLook($"{path} cannot be written ({error.Message.TrimEnd('.')}): name a file in a folder that exists and that you may write.");
        }
    }

    /// <summary>Reads a file named by the user, or standard input for "-".</summary>
    public static byte[] Read(string path)
    {
        try
        {
            if (path == "-")
            {
                using var memory = new MemoryStream();
                using Stream input = Console.OpenStandardInput();
                input.CopyTo(memory);
                return memory.ToArray();
            }

            // Read as a stream: files of /sys and /proc do not tell their length.
            using FileStream file = File.OpenRead(path);
            using var content = new MemoryStream();
            file.CopyTo(content);
            return content.ToArray();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            string why = error is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : error.Message.TrimEnd('.');
            throw CliException.CouldNotLook($"{path} cannot be read: {why}.");
        }
    }
}
