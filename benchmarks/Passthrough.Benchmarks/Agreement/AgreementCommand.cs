using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Results;

namespace Passthrough.Benchmarks.Agreement;

/// <summary><c>agreement</c>: runs the rows and writes the table.</summary>
internal static class AgreementCommand
{
    /// <summary>Runs it. Exit codes: 0 every row that ran was judged and none differs, 1 one differs, 2 usage, 3 nothing could run.</summary>
    public static int Run(IReadOnlyList<string> args)
    {
        if (args.Contains("--help"))
        {
            Console.WriteLine(AgreementOptions.Help);
            return 0;
        }

        AgreementOptions options;
        try
        {
            options = AgreementOptions.Parse(args);
        }
        catch (AgreementException error)
        {
            Console.Error.WriteLine(error.Message);
            return 2;
        }

        if (options.List)
        {
            foreach (AgreementRow row in AgreementRows.All)
            {
                Console.WriteLine($"{row.Name,-18}{row.Workload} against {row.Reference.Who}{(row.InGuest ? ", in a guest" : "")}");
            }

            return 0;
        }

        using var cancel = new CancellationTokenSource();
        ConsoleCancelEventHandler stop = (_, press) =>
        {
            // The run ends by itself, so that its files go.
            press.Cancel = true;
            cancel.Cancel();
        };
        Console.CancelKeyPress += stop;
        using var end = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            cancel.Cancel();
        });
        try
        {
            return options.Guest is { } machine
                ? AgreementGuest.Run(machine, Chosen(options, inGuest: true), options, args, cancel.Token)
                : Run(options, args, cancel.Token);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("The run was ended; the rows that were finished are written.");
            return 3;
        }
        catch (AgreementException error)
        {
            Console.Error.WriteLine(error.Message);
            return 3;
        }
        finally
        {
            Console.CancelKeyPress -= stop;
        }
    }

    /// <summary>Writes the page over all rows that lie below the output folder.</summary>
    public static IReadOnlyList<RowReport> WritePage(AgreementOptions options, IReadOnlyList<string> args)
    {
        IReadOnlyList<RowReport> reports = RowFiles.Read(options.Output);
        string page = AgreementText.Page(reports, "dotnet run -c Release --project benchmarks/Passthrough.Benchmarks -- agreement "
            + AgreementText.CommandLine(args.Select(word => word.Replace(AgreementOptions.Root() + "/", "", StringComparison.Ordinal))));
        File.WriteAllText(Path.Combine(options.Output, "agreement.md"), page);
        return reports;
    }

    private static int Run(AgreementOptions options, IReadOnlyList<string> args, CancellationToken cancel)
    {
        if (!File.Exists(options.Ptdiag))
        {
            throw new AgreementException($"There is no {options.Ptdiag}: ./run-bench.sh --build makes it, and --ptdiag names another.");
        }

        IReadOnlyList<AgreementRow> rows = Chosen(options, inGuest: options.LabMachine is not null);
        HostModel model = HostReader.Read(new LiveEvidence());
        using var place = new AgreementPlace(options.Ptdiag, options.Sources, options.CompiledPrograms);
        bool written = false;
        PeerServer? server = null;
        var placeholders = new Placeholders(model, () =>
        {
            if (!written)
            {
                options.Tell($"writing {options.DataMebibytes} MiB to {options.DataFile}");
                AgreementPlace.WriteDataFile(options.DataFile, options.DataMebibytes);
                written = true;
            }

            return options.DataFile;
        }, () => (server ??= PeerServer.Start(options.Ptdiag, model.Cpu.Online.IsKnown ? model.Cpu.Online.Value!.Members[0] : 0)).Address);
        var done = new List<RowReport>();
        try
        {
            if (options.LabMachine is not null)
            {
                AgreementGuest.Prepare(placeholders.Cpu);
            }

            var runner = new RowRunner(place, placeholders, model, options, cancel);
            foreach (AgreementRow row in rows)
            {
                options.Tell($"{row.Name}: {row.Workload} against {row.Reference.Who}");
                (RowReport report, ResultsDocument? runs) = runner.Run(row);
                done.Add(report);
                RowFiles.Write(options.RowFolder, report);
                if (runs is not null)
                {
                    File.WriteAllText(RowFiles.PathOf(options.RowFolder, row.Name, ".results.json"), ResultsJson.Serialize(runs));
                }
                else
                {
                    options.Tell($"{row.Name}: not run: {report.Skipped}");
                }
            }
        }
        finally
        {
            server?.Dispose();
            if (written)
            {
                File.Delete(options.DataFile);
            }

            if (options.LabMachine is null && Directory.Exists(options.Output))
            {
                WritePage(options, args);
            }
        }

        return ExitCode(done, options);
    }

    /// <summary>What the rows' verdicts come to.</summary>
    public static int ExitCode(IReadOnlyList<RowReport> done, AgreementOptions options)
    {
        Console.WriteLine(Path.Combine(options.Output, "agreement.md"));
        return done.All(report => report.Skipped is not null) ? 3
            : done.Any(report => report.Results.Any(result => result.Verdict is Results.Agreeing.AgreementVerdict.Differs or Results.Agreeing.AgreementVerdict.Below)) ? 1
            : 0;
    }

    private static AgreementRow[] Chosen(AgreementOptions options, bool inGuest) => options.Rows.Count > 0
        ? [.. options.Rows.Select(name => AgreementRows.Find(name)!)]
        : [.. AgreementRows.All.Where(row => row.InGuest == inGuest)];
}
