using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Passthrough.Benchmarks;

/// <summary>
/// What a user waits for: the published program from start to end, in the same randomised blocks as the tools of today, and over generated
/// trees of 100, 1,000 and 10,000 functions with the most memory it held.
/// </summary>
internal static partial class AuditTimes
{
    private const int WarmUp = 3;

    /// <summary>audit-times PTDIAG [BLOCKS]: prints two tables.</summary>
    public static int Run(string program, int blocks)
    {
        (string Name, string File, string[] Words)[] tools =
        [
            ("ptdiag check", program, ["check"]),
            ("ptdiag --version", program, ["--version"]),
            ("virt-host-validate qemu", "virt-host-validate", ["qemu"]),
            ("lspci -vvv", "lspci", ["-vvv"]),
        ];
        var random = new Random(1);
        var times = tools.Select(_ => new List<double>()).ToArray();
        for (int block = 0; block < blocks + WarmUp; block++)
        {
            int[] order = [.. Enumerable.Range(0, tools.Length)];
            random.Shuffle(order);
            foreach (int tool in order)
            {
                double milliseconds = TimeOf(tools[tool].File, tools[tool].Words);
                if (block >= WarmUp)
                {
                    times[tool].Add(milliseconds);
                }
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{blocks} randomised blocks on this machine, milliseconds: median (quartiles), and ptdiag check divided by each"));
        for (int tool = 0; tool < tools.Length; tool++)
        {
            double[] ratios = [.. times[0].Zip(times[tool], static (own, other) => own / other)];
            Console.WriteLine($"{tools[tool].Name,-26}{Quartiles(times[tool])}   {Quartiles(ratios)}");
        }

        Console.WriteLine();
        Console.WriteLine("functions   seconds: median (quartiles) of 9, microseconds a function, most memory");
        foreach (int functions in (int[])[100, 1000, 10_000])
        {
            string root = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"ptdiag-tree-{Environment.ProcessId}-{functions}"));
            GeneratedTree.Write(root, functions);
            try
            {
                _ = TimeOf(program, ["check", "--root", root]);
                double[] seconds = [.. Enumerable.Range(0, 9).Select(_ => TimeOf(program, ["check", "--root", root]) / 1000)];

                // The largest of all children so far, and the trees grow: it is this tree's.
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{functions,9}   {Quartiles(seconds)}   {Middle(seconds) / functions * 1e6:f0} µs   {MostChildKilobytes() / 1024.0:f0} MiB"));
            }
            finally
            {
                Directory.Delete(root, recursive: true);
            }
        }

        return 0;
    }

    private static double TimeOf(string file, string[] words)
    {
        // Into /dev/null, which the child inherits: threads that read its pipes would take processor time from it.
        int nothing = Open("/dev/null", 1), output = Duplicate(1), errors = Duplicate(2);
        if (nothing < 0 || Duplicate(nothing, 1) < 0 || Duplicate(nothing, 2) < 0)
        {
            throw new InvalidOperationException("/dev/null cannot take the output.");
        }

        try
        {
            long began = Stopwatch.GetTimestamp();
            using Process process = Process.Start(new ProcessStartInfo(file, words))!;
            process.WaitForExit();
            return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }
        finally
        {
            _ = Duplicate(output, 1);
            _ = Duplicate(errors, 2);
            _ = (Close(nothing), Close(output), Close(errors));
        }
    }

    private static double Middle(IEnumerable<double> values) => At(values, 0.5);

    private static double At(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Round((sorted.Length - 1) * part)];
    }

    private static string Quartiles(IReadOnlyCollection<double> values) =>
        string.Create(CultureInfo.InvariantCulture, $"{Middle(values):f2} ({At(values, 0.25):f2}..{At(values, 0.75):f2})");

    // struct rusage: two times of 16 bytes, then ru_maxrss in KiB. Source: getrusage(2).
    private static long MostChildKilobytes()
    {
        Span<long> usage = stackalloc long[18];
        return GetResourceUsage(-1, ref MemoryMarshal.GetReference(usage)) == 0 ? usage[4] : throw new InvalidOperationException("getrusage failed.");
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, ref long usage);
}
