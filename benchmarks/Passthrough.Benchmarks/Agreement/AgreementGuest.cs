using System.Globalization;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>
/// Rows inside a lab guest, whose root is this machine's own: both sides have to interleave there. The reference programs are compiled
/// here, statically, in a folder that the guest sees; the rows come back through its <c>/out</c>.
/// </summary>
internal static class AgreementGuest
{
    private const int BootSeconds = 120;
    private const int SlackSecondsPerRow = 60;
    private const int HugePages = 128;
    private const int ClockWaits = 60;
    private const int ClockWaitMs = 100;

    /// <summary>Starts the guest and writes the table.</summary>
    public static int Run(string machine, IReadOnlyList<AgreementRow> rows, AgreementOptions options, IReadOnlyList<string> args, CancellationToken cancel)
    {
        if (!File.Exists(options.Ptdiag))
        {
            throw new AgreementException($"There is no {options.Ptdiag}: ./run-bench.sh --build makes it, and --ptdiag names another.");
        }

        // Not below /tmp, which is the guest's own.
        string programs = Path.Combine(AgreementOptions.Root(), "artifacts", "agreement", "programs");
        Directory.CreateDirectory(programs);
        string rowFolder = Path.Combine(options.Output, machine);
        try
        {
            var runnable = new List<AgreementRow>();
            using (var place = new AgreementPlace(options.Ptdiag, options.Sources, programs: null, linkStatically: true))
            {
                foreach (AgreementRow row in rows)
                {
                    if (row.Reference.WhyNot(place) is { } reason)
                    {
                        options.Tell($"{row.Name}: not run: {reason}");
                        RowFiles.Write(rowFolder, RowReport.Of(row, machine, options.Seed) with { Skipped = reason });
                        continue;
                    }

                    runnable.Add(row);
                    if (row.Reference is OwnProgram own)
                    {
                        File.Copy(place.ProgramPath(own.Name), Path.Combine(programs, own.Name), overwrite: true);
                    }
                }
            }

            if (runnable.Count == 0)
            {
                AgreementCommand.WritePage(options, args);
                throw new AgreementException("No reference program of these rows could be made, so no guest was started.");
            }

            int seconds = BootSeconds + (int)(runnable.Count * ((options.MinutesMost * 60) + SlackSecondsPerRow));
            string[] command =
            [
                options.Ptdiag, "lab", "run", machine, "--timeout", seconds.ToString(CultureInfo.InvariantCulture), "--keep", rowFolder, "--",
                .. AgreementPlace.ThisProgram, "agreement", "--inside", machine, "--output", "/out", "--ptdiag", "/usr/local/bin/ptdiag",
                "--programs", programs, "--reference", options.Sources, "--seed", options.Seed.ToString(CultureInfo.InvariantCulture),
                "--blocks-most", options.BlocksMost.ToString(CultureInfo.InvariantCulture),
                "--minutes-most", options.MinutesMost.ToString(CultureInfo.InvariantCulture), "--rows", .. runnable.Select(row => row.Name),
            ];
            options.Tell($"{machine}: {runnable.Count} rows, at most {seconds} s; a guest tells nothing before it ends");
            ProgramEnd end = Programs.Run(command, TimeSpan.FromSeconds(seconds + 120), cancel);
            options.Tell(end.Error.TrimEnd());
            if (!Directory.Exists(rowFolder))
            {
                throw new AgreementException($"The guest {machine} left no rows: {end.LastWords}");
            }
        }
        finally
        {
            Directory.Delete(programs, recursive: true);
        }

        string[] names = [.. rows.Select(row => row.Name)];
        return AgreementCommand.ExitCode([.. AgreementCommand.WritePage(options, args).Where(report => report.Where == machine && names.Contains(report.Row))], options);
    }

    /// <summary>
    /// Inside the guest, which is thrown away afterwards: interrupts that are requested from now on go to the measuring CPU (the kernel's
    /// default affinity, Documentation/core-api/irq/irq-affinity.rst), for both sides alike, a pool of huge pages is there, and the kernel
    /// has had the time to find its time stamp counter good: until then it keeps a clock whose every reading leaves the guest.
    /// </summary>
    public static void Prepare(int cpu)
    {
        for (int i = 0; i < ClockWaits && File.ReadAllText("/sys/devices/system/clocksource/clocksource0/current_clocksource").Trim() != "tsc"; i++)
        {
            Thread.Sleep(ClockWaitMs);
        }

        Set("/proc/irq/default_smp_affinity", (1UL << cpu).ToString("x", CultureInfo.InvariantCulture));
        Set("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", HugePages.ToString(CultureInfo.InvariantCulture));
    }

    private static void Set(string path, string value)
    {
        try
        {
            File.WriteAllText(path, value + "\n");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new AgreementException($"{path} could not be set to {value}: {error.Message}");
        }
    }
}
