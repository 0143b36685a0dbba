using System.CommandLine;
using Passthrough.Bench.Engine;
using Passthrough.Cli;
using Passthrough.Cli.Verbs;
using Passthrough.Guests;
using Passthrough.Guests.Transports;
using Passthrough.Host.Evidence;
using Passthrough.Study.Conducting;
using Passthrough.Tuning;

var root = new RootCommand(
    "Diagnostics and benchmarks for PCI passthrough (IOMMU / VFIO) on Linux. Read-only unless asked: only 'bench run', 'bench waterfall' and "
    + "'study' change anything, under a journal, and take it back.\n\n"
    + "Exit codes: 0 nothing failed, 1 something judged failed, 2 wrong use, 3 could not look.")
{
    CheckVerb.Build(),
    DevicesVerb.Build(),
    InterruptsVerb.Build(),
    ExplainVerb.Build(),
    LogVerb.Build(),
    AcpiVerb.Build(),
    SimulateVerb.Build(),
    DomainVerb.Build(),
    BundleVerb.Build(),
    BenchVerb.Build(),
    StudyVerb.Build(),
    TuneVerb.Build(),
    CompareVerb.Build(),
    ReportVerb.Build(),
    LabVerb.Build(),
};

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    string command = parsed.CommandResult.Command is RootCommand ? "ptdiag" : "ptdiag " + parsed.CommandResult.Command.Name;

    // The parser breaks a list of choices into lines; an error is one sentence.
    string sentence = string.Join(' ', parsed.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    Console.Error.WriteLine($"{sentence.TrimEnd('.')}. See '{command} --help'.");
    return ExitCodes.Usage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (CliException error)
{
    Console.Error.WriteLine(error.Message);
    return error.ExitCode;
}
catch (Exception error) when (error is EvidenceException or BenchException or LabException or GuestException or TuningException or StudyException)
{
    Console.Error.WriteLine(error.Message);
    return ExitCodes.CouldNotLook;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Stopped; everything that was changed has been taken back.");
    return 130;
}
