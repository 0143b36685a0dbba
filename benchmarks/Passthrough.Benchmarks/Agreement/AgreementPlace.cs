using System.Runtime.InteropServices;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>Where the programs of a run lie: ptdiag, the reference programs and the temporary folder, which goes when the run ends.</summary>
internal sealed class AgreementPlace : IDisposable
{
    private const int MebibyteBytes = 1 << 20;
    private readonly string? _given;
    private readonly string _sources;
    private readonly bool _static;

    /// <summary>Makes the temporary folder.</summary>
    /// <param name="ptdiag">The program ptdiag.</param>
    /// <param name="sources">The folder of the C sources.</param>
    /// <param name="programs">A folder of programs that are compiled already; null compiles them here.</param>
    /// <param name="linkStatically">Whether a program has to run in a root that may lack this one's libraries.</param>
    public AgreementPlace(string ptdiag, string sources, string? programs = null, bool linkStatically = false)
    {
        Ptdiag = ptdiag;
        _sources = sources;
        _given = programs;
        _static = linkStatically;
        Temporary = Directory.CreateTempSubdirectory("ptdiag-agreement-").FullName;
    }

    /// <summary>The program ptdiag.</summary>
    public string Ptdiag { get; }

    /// <summary>A folder that goes when the run ends.</summary>
    public string Temporary { get; }

    /// <summary>The command line of this very program.</summary>
    public static string[] ThisProgram =>
        [Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet")), typeof(AgreementPlace).Assembly.Location];

    /// <summary>Where the compiled program lies.</summary>
    public string ProgramPath(string name) => Path.Combine(_given ?? Temporary, name);

    /// <summary>Compiles a reference program, once. Returns why it is not there, or null.</summary>
    public string? Compile(string name)
    {
        if (File.Exists(ProgramPath(name)))
        {
            return null;
        }

        string source = Path.Combine(_sources, name + ".c");
        if (!File.Exists(source))
        {
            return $"There is no reference program benchmarks/reference/{name}.c.";
        }

        if (_given is not null)
        {
            return $"The program {ProgramPath(name)} was not compiled.";
        }

        return Missing("cc", "gcc") ?? Build(source, ProgramPath(name));
    }

    /// <summary>Why a program cannot be started: it is in no folder of the PATH. Null when it is there.</summary>
    public static string? Missing(string program, string package) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, program)))
            ? null
            : $"The program {program} was not found; on Debian: apt-get install {package}";

    /// <summary>
    /// A file whose every block was written, so that each read reaches the disk: what was never written is answered by the file system.
    /// Not in the temporary folder of the system, which may lie in memory and then takes no direct reads.
    /// </summary>
    /// <param name="path">Where.</param>
    /// <param name="mebibytes">How large.</param>
    public static void WriteDataFile(string path, int mebibytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var random = new Random(1);
        var block = new byte[MebibyteBytes];
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.SetLength(0);
        for (int i = 0; i < mebibytes; i++)
        {
            random.NextBytes(block);
            file.Write(block);
        }

        file.Flush(flushToDisk: true);
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Temporary, recursive: true);
        }
        catch (IOException error)
        {
            Console.Error.WriteLine($"The temporary folder {Temporary} could not be removed: {error.Message}");
        }
    }

    private string? Build(string source, string program)
    {
        string[] how = _static ? ["-static"] : [];
        ProgramEnd end = Programs.Run(["cc", "-O2", .. how, "-o", program, source, "-lpthread"], TimeSpan.FromMinutes(2), CancellationToken.None);
        return end.ExitCode == 0 ? null : $"{Path.GetFileName(source)} does not compile: {end.LastWords}";
    }
}
