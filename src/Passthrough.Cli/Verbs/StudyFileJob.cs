using System.Diagnostics;
using System.Globalization;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Guests;
using Passthrough.Guests.Transports;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Results.Claims;
using Passthrough.Study;
using Passthrough.Study.Conducting;
using Passthrough.Study.Files;
using Passthrough.Tuning;

namespace Passthrough.Cli.Verbs;

/// <summary>Conducts the rest of a study and writes its report; whatever stops it, says how to go on.</summary>
internal sealed class StudyFileJob(StudyFolder study, string accelerator, IReadOnlyList<DeclaredClaim> claims)
{
    private static readonly TimeSpan s_longestLab = TimeSpan.FromHours(24);
    private readonly Lazy<byte[]> _program = new(() => File.ReadAllBytes(Environment.ProcessPath
        ?? throw CliException.CouldNotLook("The path of this program is not known, so it cannot be given to a guest.")));

    private bool _clean = true;

    /// <summary>Exit code of the verb.</summary>
    public int Run()
    {
        Console.Out.WriteLine($"study: {study.Path}");
        IEvidence evidence = EvidenceSources.Open(null, null);
        HostModel model = HostReader.Read(evidence);
        AuditResult audit = Auditor.Judge(model, new AuditOptions { Today = DateOnly.FromDateTime(DateTime.UtcNow) });
        long start = Stopwatch.GetTimestamp();
        int before = study.Record.Done;
        try
        {
            _ = study.File.ChangesHere
                ? BenchVerb.UnderJournal(evidence, (session, cancel) => Conduct(model, evidence, session, cancel))
                : BenchVerb.Interruptible(cancel => Conduct(model, evidence, null, cancel));
        }
        catch (CliException error) when (error.ExitCode > 128)
        {
            throw new CliException(error.ExitCode, GoOn(_clean ? error.Message : "Stopped; not everything that was changed could be taken back."));
        }
        catch (Exception error) when (error is GuestException or LabException or StudyException or TuningException)
        {
            throw CliException.CouldNotLook(GoOn(error.Message));
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{study.Record.Done - before} run(s): {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"));
        Report(audit);
        return _clean ? ExitCodes.Done : ExitCodes.CouldNotLook;
    }

    private bool Conduct(HostModel model, IEvidence evidence, TuningSession? session, CancellationToken cancel)
    {
        using var status = new StatusLine();
        var conductor = new Conductor(study, (guest, stop) => OpenAsync(guest, model, evidence, session, status, stop))
        {
            Session = session,
            Now = evidence,
            Progress = new BenchVerb.InlineProgress(status),
            Remains = sentence =>
            {
                _clean = false;
                Console.Error.WriteLine(sentence);
            },
        };
        conductor.RunAsync(cancel).GetAwaiter().GetResult();
        return true;
    }

    private async Task<IStudySite> OpenAsync(StudyGuest guest, HostModel model, IEvidence evidence, TuningSession? session, StatusLine status, CancellationToken cancel)
    {
        switch (guest.Place)
        {
            case GuestPlace.Here:
                return new HereSite(study.File, evidence, session!, ToolVersion.Text);
            case GuestPlace.Lab lab:
                LabGuest booted = await LabVerb.Open(accelerator, status).StartAsync(LabVerb.Machine(lab.Machine), s_longestLab, cancel);
                return await GuestSite.OpenAsync(guest.Name, booted, study, _program.Value,
                    machine => MachineSummaries.OfGuest(machine, lab.Machine, booted.Accelerator, model.IsVirtualMachine), cancel);
            case GuestPlace.Ssh ssh:
                return await GuestSite.OpenAsync(guest.Name, await SshGuest.ConnectAsync(ssh.Target, cancel), study, _program.Value, machine => machine, cancel);
            case GuestPlace.Agent agent:
                return await GuestSite.OpenAsync(guest.Name, AgentGuest.OfSocket(agent.Socket), study, _program.Value, machine => machine, cancel);
            case GuestPlace.Domain domain:
                return await GuestSite.OpenAsync(guest.Name, AgentGuest.OfDomain(domain.Name), study, _program.Value, machine => machine, cancel);
            default:
                throw new UnreachableException();
        }
    }

    private void Report(AuditResult audit)
    {
        (string?, ResultsDocument)[] named = [.. study.Record.Results(study.File).Select(result => ((string?)result.Guest, result.Document))];
        if (named.Length == 0)
        {
            string reason = study.Record.Lines.Select(line => line.Skipped?.Reason).OfType<string>().FirstOrDefault() ?? "no run was made";
            throw CliException.CouldNotLook($"Nothing could be measured: {reason.TrimEnd('.')}.");
        }

        var own = new DirectoryInfo(study.Path);
        StudyReport.Write([own, (own.Parent ?? own).CreateFolder(StudyReport.Latest)], study.File.Name, audit, named, claims);
    }

    private string GoOn(string because)
    {
        string rest = string.Create(CultureInfo.InvariantCulture,
            $"{study.Record.Done} of {study.Header.Schedule.Count} runs are done and kept, and 'ptdiag study resume {study.Path}' goes on.");

        // The last words of a console have lines of their own.
        return because.Contains('\n', StringComparison.Ordinal) ? $"{because}\n{rest}" : $"{because.TrimEnd('.')}; {rest}";
    }
}
