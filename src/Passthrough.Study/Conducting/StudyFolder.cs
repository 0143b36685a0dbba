using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Passthrough.Study.Files;

namespace Passthrough.Study.Conducting;

/// <summary>
/// A study's own folder: <c>study.toml</c>, a copy of the file, and <c>runs.jsonl</c>, to which each finished run is appended and synced to
/// disk before the next begins. One process at a time writes to it.
/// </summary>
public sealed class StudyFolder : IDisposable
{
    private const string RunsName = "runs.jsonl";
    private const string FileName = "study.toml";
    private const string LockName = ".lock";

    // A run with its histogram has some ten kilobytes.
    private const long LargestRuns = 1L << 30;
    private readonly Stream _runs;
    private readonly List<StudyLine> _lines;
    private bool _broken;

    internal StudyFolder(string path, Stream runs, StudyFile file, StudyRecord record)
    {
        Path = path;
        _runs = runs;
        File = file;
        Header = record.Header;
        _lines = [.. record.Lines];
        Length = record.WholeBytes;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The study.</summary>
    public StudyFile File { get; }

    /// <summary>What the study is.</summary>
    public StudyHeader Header { get; }

    /// <summary>What is done.</summary>
    public StudyRecord Record => new() { Header = Header, Lines = _lines, WholeBytes = Length };

    /// <summary>The study file's text, for the guests.</summary>
    public required byte[] Text { get; init; }

    /// <summary>Held open while this process writes; null where there is no folder.</summary>
    internal IDisposable? Held { get; init; }

    private long Length { get; set; }

    /// <summary>Begins a study in a folder that does not exist yet, or is empty.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="text">The study file's bytes.</param>
    /// <param name="origin">Its full path.</param>
    /// <param name="file">The study it describes.</param>
    /// <param name="version">Version of the tool.</param>
    /// <param name="begun">Now.</param>
    /// <exception cref="StudyException">The folder cannot be made or holds something.</exception>
    public static StudyFolder Create(string path, byte[] text, string origin, StudyFile file, string version, DateTimeOffset begun)
    {
        var header = new StudyHeader
        {
            Schema = "ptdiag.study/1",
            Version = version,
            Name = file.Name,
            FileSha256 = Hash(text),
            Origin = origin,
            Seed = file.Seed,
            Begun = begun,
            Schedule = file.Schedule(),
        };
        byte[] first = Line(header, StudyLineContext.Default.StudyHeader);
        string runs = System.IO.Path.Combine(path, RunsName);
        try
        {
            Directory.CreateDirectory(path);
            if (Directory.EnumerateFileSystemEntries(path).Any())
            {
                throw new StudyException($"{path} is not empty: name a new folder, or go on with 'ptdiag study resume {path}'.");
            }

            WriteWhole(System.IO.Path.Combine(path, FileName), text);
            WriteWhole(runs, first);
            FileStream held = Lock(path);
            FileStream stream = OpenRuns(runs);
            stream.Seek(0, SeekOrigin.End);
            return new StudyFolder(path, stream, file, new StudyRecord { Header = header, Lines = [], WholeBytes = first.Length }) { Text = text, Held = held };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StudyException($"The study's folder {path} cannot be made ({error.Message.TrimEnd('.')}): name a folder on a disk with room that you may write.");
        }
    }

    /// <summary>Opens a study to go on with it. The torn end of a line is cut off.</summary>
    /// <exception cref="StudyException">It is no study, another process has it, or file or tool have changed.</exception>
    public static StudyFolder Open(string path, string version)
    {
        string runs = System.IO.Path.Combine(path, RunsName);
        FileStream stream;
        FileStream? held = null;
        try
        {
            if (!System.IO.File.Exists(runs))
            {
                throw new StudyException($"{path} is no study: there is no {RunsName} in it.");
            }

            held = Lock(path);
            stream = OpenRuns(runs);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new StudyException($"{runs} cannot be opened ({error.Message.TrimEnd('.')}): another ptdiag may be running this study.");
        }

        try
        {
            byte[] content = new byte[stream.Length <= LargestRuns ? stream.Length : throw new StudyException($"{runs} is too large to be the runs of a study.")];
            stream.ReadExactly(content);
            (StudyRecord record, byte[] text, StudyFile file) = Understand(path, content);
            if (record.Header.Version != version)
            {
                throw new StudyException($"{path} was begun by ptdiag {record.Header.Version}, and this is {version}: go on with that version, or begin anew with 'ptdiag study run'.");
            }

            if (System.IO.File.Exists(record.Header.Origin) && Hash(System.IO.File.ReadAllBytes(record.Header.Origin)) != record.Header.FileSha256)
            {
                throw new StudyException($"{record.Header.Origin} has changed since the study was begun: restore it to go on (a copy is {System.IO.Path.Combine(path, FileName)}), or begin anew with 'ptdiag study run'.");
            }

            stream.SetLength(record.WholeBytes);
            stream.Flush(flushToDisk: true);
            stream.Seek(0, SeekOrigin.End);
            return new StudyFolder(path, stream, file, record) { Text = text, Held = held };
        }
        catch (Exception error)
        {
            stream.Dispose();
            held.Dispose();
            if (error is IOException or UnauthorizedAccessException)
            {
                throw new StudyException($"{path} cannot be read ({error.Message.TrimEnd('.')}).");
            }

            throw;
        }
    }

    /// <summary>Reads a study without changing it, also while another process runs it.</summary>
    /// <exception cref="StudyException">It is no study.</exception>
    public static (StudyRecord Record, StudyFile File) Look(string path)
    {
        string runs = System.IO.Path.Combine(path, RunsName);
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = System.IO.File.OpenHandle(runs, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            byte[] content = new byte[Math.Min(RandomAccess.GetLength(handle), LargestRuns)];
            int read = RandomAccess.Read(handle, content, 0);
            (StudyRecord record, _, StudyFile file) = Understand(path, content.AsSpan(0, read));
            return (record, file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StudyException($"{path} is no study: there is no {RunsName} in it.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StudyException($"{runs} cannot be read ({error.Message.TrimEnd('.')}).");
        }
    }

    /// <summary>Appends a line; it is on disk when this returns. Where there is no room, nothing of it stays.</summary>
    /// <exception cref="StudyException">It could not be written.</exception>
    public void Append(StudyLine line)
    {
        byte[] bytes = Line(line, StudyLineContext.Default.StudyLine);
        try
        {
            if (_broken)
            {
                throw new IOException("an earlier line could not be written");
            }

            _runs.Write(bytes);
            Sync();
            Length += bytes.Length;
            _lines.Add(line);
        }
        catch (IOException error)
        {
            _broken = true;
            CutOff();
            throw new StudyException($"{System.IO.Path.Combine(Path, RunsName)} cannot be written ({error.Message.TrimEnd('.')}): make room on that disk.");
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _runs.Dispose();
        Held?.Dispose();
    }

    // Best effort: a torn line is cut off when the study goes on, too.
    private void CutOff()
    {
        try
        {
            _runs.SetLength(Length);
            Sync();
        }
        catch (IOException)
        {
            // The disk refuses that as well.
        }
    }

    private void Sync()
    {
        if (_runs is FileStream file)
        {
            file.Flush(flushToDisk: true);
        }
        else
        {
            _runs.Flush();
        }
    }

    private static (StudyRecord Record, byte[] Text, StudyFile File) Understand(string path, ReadOnlySpan<byte> content)
    {
        if (!StudyRecord.TryParse(content, out StudyRecord? record, out string? sentence))
        {
            throw new StudyException($"{System.IO.Path.Combine(path, RunsName)} is not the runs of a study: {sentence}.");
        }

        string copy = System.IO.Path.Combine(path, FileName);
        byte[] text = System.IO.File.ReadAllBytes(copy);
        if (Hash(text) != record.Header.FileSha256)
        {
            throw new StudyException($"{copy} has changed since the study was begun: restore it, or begin anew with 'ptdiag study run'.");
        }

        if (!StudyFile.TryParse(text, copy, out StudyFile? file, out string? wrong))
        {
            throw new StudyException(wrong);
        }

        return file.Schedule().SequenceEqual(record.Header.Schedule)
            ? (record, text, file)
            : throw new StudyException($"{path} was scheduled in another way than this version does: go on with the version that began it, {record.Header.Version}.");
    }

    // No buffer of its own: what is written is with the kernel, and a failed write leaves nothing to be written later.
    private static FileStream OpenRuns(string path) => new(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = 0 });

    // A file of its own, so that the runs can be looked at meanwhile. FileShare.None is an exclusive flock(2), which ends with the process.
    private static FileStream Lock(string path) => new(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private static void WriteWhole(string path, byte[] content)
    {
        string temporary = path + ".tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            System.IO.File.Move(temporary, path);
        }
        catch
        {
            System.IO.File.Delete(temporary);
            throw;
        }
    }

    private static byte[] Line<T>(T value, JsonTypeInfo<T> type) => [.. JsonSerializer.SerializeToUtf8Bytes(value, type), (byte)'\n'];

    private static string Hash(byte[] text) => Convert.ToHexStringLower(SHA256.HashData(text));
}
