using System.Globalization;
using System.Runtime.CompilerServices;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>The options of <c>agreement</c>.</summary>
internal sealed record AgreementOptions
{
    /// <summary>Rows to run; empty for all that belong here.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [];

    /// <summary>Only list the rows.</summary>
    public bool List { get; init; }

    /// <summary>Blocks of a row at most.</summary>
    public int BlocksMost { get; init; } = 120;

    /// <summary>Minutes of a row at most.</summary>
    public double MinutesMost { get; init; } = 6;

    /// <summary>Seed of the order within the blocks.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Where the table and the runs are written.</summary>
    public string Output { get; init; } = Path.Combine(Root(), "reports", "agreement");

    /// <summary>The lab machine to run the rows in; null for this machine.</summary>
    public string? Guest { get; init; }

    /// <summary>The lab machine that this process runs in; null outside.</summary>
    public string? LabMachine { get; init; }

    /// <summary>The program ptdiag.</summary>
    public string Ptdiag { get; init; } = Path.Combine(Root(), "artifacts", "ptdiag", "ptdiag");

    /// <summary>The folder of the C sources.</summary>
    public string Sources { get; init; } = Path.Combine(Root(), "benchmarks", "reference");

    /// <summary>A folder of compiled reference programs; null compiles them.</summary>
    public string? CompiledPrograms { get; init; }

    /// <summary>The file of the block rows, made and removed by the run.</summary>
    public string DataFile { get; init; } = Path.Combine(Root(), "artifacts", "agreement", "data");

    /// <summary>Size of that file.</summary>
    public int DataMebibytes { get; init; } = 1024;

    /// <summary>Version written into results.</summary>
    public string Version { get; } = typeof(AgreementOptions).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>What the table calls the place of this run.</summary>
    public string Where => LabMachine ?? "this machine";

    /// <summary>The folder of this run's rows.</summary>
    public string RowFolder => LabMachine is null ? Path.Combine(Output, "here") : Output;

    /// <summary>A line of progress.</summary>
    public Action<string> Tell { get; init; } = Console.Error.WriteLine;

    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help = """
        agreement: runs reference programs and ptdiag in the same blocks and writes who agrees with whom.
          --rows NAME…         rows to run (all that this machine can run)
          --list               list the rows
          --blocks-most N      blocks of a row at most (120)
          --minutes-most M     minutes of a row at most (6)
          --seed N             seed of the order within blocks (1)
          --guest MACHINE      run the rows that need a device inside this lab machine
          --output DIR         where the table and the runs are written (reports/agreement)
          --ptdiag FILE        the program to measure (artifacts/ptdiag/ptdiag)
          --data-file FILE     file that the block rows read; it is made and removed (artifacts/agreement/data)
          --data-mebibytes N   its size (1024)
        """;

    /// <summary>Reads the command line.</summary>
    /// <exception cref="AgreementException">It is not understood.</exception>
    public static AgreementOptions Parse(IReadOnlyList<string> args)
    {
        var options = new AgreementOptions();
        for (int i = 0; i < args.Count; i++)
        {
            string name = args[i];
            string Next() => ++i < args.Count ? args[i] : throw new AgreementException($"{name} takes a value.");
            options = name switch
            {
                "--rows" => options with { Rows = Names(args, ref i) },
                "--list" => options with { List = true },
                "--blocks-most" => options with { BlocksMost = (int)Number(name, Next(), 1, 10_000) },
                "--minutes-most" => options with { MinutesMost = Number(name, Next(), 0.01, 600) },
                "--seed" => options with { Seed = (long)Number(name, Next(), 0, int.MaxValue) },
                "--output" => options with { Output = Path.GetFullPath(Next()) },
                "--guest" => options with { Guest = Next() },
                "--inside" => options with { LabMachine = Next() },
                "--ptdiag" => options with { Ptdiag = Path.GetFullPath(Next()) },
                "--reference" => options with { Sources = Path.GetFullPath(Next()) },
                "--programs" => options with { CompiledPrograms = Path.GetFullPath(Next()) },
                "--data-file" => options with { DataFile = Path.GetFullPath(Next()) },
                "--data-mebibytes" => options with { DataMebibytes = (int)Number(name, Next(), 1, 1 << 20) },
                _ => throw new AgreementException($"There is no option {name}; --help lists them."),
            };
        }

        foreach (string row in options.Rows)
        {
            if (AgreementRows.Find(row) is null)
            {
                throw new AgreementException($"There is no row {row}; --list lists them.");
            }
        }

        return options;
    }

    /// <summary>The repository's folder, known from where this file was compiled.</summary>
    public static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));

    private static List<string> Names(IReadOnlyList<string> args, ref int i)
    {
        var names = new List<string>();
        while (i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
        {
            names.Add(args[++i]);
        }

        return names.Count > 0 ? names : throw new AgreementException("--rows takes at least one name.");
    }

    private static double Number(string name, string text, double least, double most) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most
            ? value
            : throw new AgreementException(string.Create(CultureInfo.InvariantCulture, $"{name} takes a number from {least} to {most}."));
}
