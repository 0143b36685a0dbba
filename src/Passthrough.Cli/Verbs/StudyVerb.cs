using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Guests;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Results.Claims;
using Passthrough.Study;
using Passthrough.Study.Nested;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag study</c>: before and after, over guests or on this machine, ending in one report.</summary>
internal static class StudyVerb
{
    public static Command Build() => new("study", "Before and after: audits this machine, measures guests untuned and tuned, compares, and writes one report.")
    {
        Run(), StudyFileVerbs.Resume(), StudyFileVerbs.Show(), StudyFileVerbs.Step(), NestedHost(),
    };

    // Started by 'study run --nested' inside the guest that is a hypervisor.
    private static Command NestedHost()
    {
        Option<int> blocks = new("--blocks") { DefaultValueFactory = _ => 6 };
        Option<long> seed = new("--seed") { DefaultValueFactory = _ => 1 };
        Option<int> warmUp = new("--warm-up-ms") { DefaultValueFactory = _ => 150 };
        Option<int> measure = new("--measure-ms") { DefaultValueFactory = _ => 500 };
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("nested-host", "Measures a guest of this machine before and after this machine is tuned.") { blocks, seed, warmUp, measure, output };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            IEvidence evidence = EvidenceSources.Open(null, null);
            HostModel model = HostReader.Read(evidence);
            string agent = Environment.ProcessPath ?? throw CliException.CouldNotLook("The path of this program is not known, so it cannot be given to a guest.");
            ResultsDocument document = BenchVerb.UnderJournal(evidence, (session, cancel) => new Passthrough.Study.Nested.NestedHost(evidence, model, session, new Lab(new LabOptions { Accelerator = "kvm" }), agent)
                .RunAsync(new StudyOptions
                {
                    Blocks = parsed.GetValue(blocks),
                    Seed = parsed.GetValue(seed),
                    WarmUp = TimeSpan.FromMilliseconds(parsed.GetValue(warmUp)),
                    Measure = TimeSpan.FromMilliseconds(parsed.GetValue(measure)),
                    Version = ToolVersion.Text,
                    Progress = new Lines(),
                    Cancel = cancel,
                }).GetAwaiter().GetResult());
            Sink.Write(ResultsJson.Serialize(document), parsed.GetValue(output));
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>One line a step, for whoever reads the guest's output.</summary>
    private sealed class Lines : IProgress<StudyProgress>
    {
        public void Report(StudyProgress value) => Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value.Done}/{value.Total} {value.Text}"));
    }

    private static Command Run()
    {
        Argument<string?> file = new("FILE") { Description = "A study file (TOML, docs/study-files.md); without it the main job.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> quick = new("--quick") { Description = "One boot of one guest, 6 paired blocks (the default)." };
        Option<bool> full = new("--full") { Description = "An Intel and an AMD guest, 3 boots each, 8 paired blocks a boot, longer runs." };
        Option<bool> here = new("--here") { Description = "Measure this machine without the lab, what applies to it." };
        Option<bool> nested = new("--nested") { Description = "A guest that is a hypervisor itself (AMD, KVM inside) tunes itself, and a guest of it with devices passed through is measured before and after." };
        Option<long> seed = new("--seed") { Description = "Seed of the block order; a study file has its own.", DefaultValueFactory = _ => 1 };
        Option<DirectoryInfo> output = new("--output", "-o")
        {
            Description = "Folder for the report; a dated folder and 'latest' are written in it.",
            DefaultValueFactory = _ => new DirectoryInfo("reports"),
            HelpName = "DIR",
        };
        Option<string> accelerator = LabVerb.Accelerator();
        Option<string?> claims = CompareVerb.Claims();
        var command = new Command("run",
            "Runs the main job, or the study that a file describes: over ssh, over the QEMU guest agent, in the lab and on this machine. Writes index.html, "
            + "results.json, comparison.json, results.csv and findings.json; of a study file each run is written down as it ends, so that 'study resume' can go "
            + "on after whatever stopped it.\n\nExamples:\n  ptdiag study run --quick\n  ptdiag study run --here -o /tmp/reports\n  ptdiag study run vm-study.toml")
        {
            file, quick, full, here, nested, seed, output, accelerator, claims,
        };
        command.SetAction(parsed =>
        {
            int modes = new[] { parsed.GetValue(quick), parsed.GetValue(full), parsed.GetValue(here), parsed.GetValue(nested) }.Count(chosen => chosen);
            if (modes > 1)
            {
                throw CliException.Usage("--quick, --full, --here and --nested exclude each other.");
            }

            IReadOnlyList<DeclaredClaim> declared = CompareVerb.Load(parsed.GetValue(claims), []);
            DirectoryInfo folder = parsed.GetValue(output)!;
            if (parsed.GetValue(file) is { } path)
            {
                return modes > 0 || parsed.GetResult(seed) is { Implicit: false }
                    ? throw CliException.Usage("A study file says itself where it is measured and in which order: leave out --quick, --full, --here, --nested and --seed.")
                    : StudyFileVerbs.Begin(path, folder, parsed.GetValue(accelerator)!, declared);
            }

            var study = new MainJob(parsed.GetValue(full), parsed.GetValue(here), parsed.GetValue(nested), parsed.GetValue(seed), parsed.GetValue(accelerator)!, declared);

            // What changes this machine hears signals itself.
            return parsed.GetValue(here) ? study.RunAsync(folder, CancellationToken.None).GetAwaiter().GetResult()
                : BenchVerb.Interruptible(cancel => study.RunAsync(folder, cancel).GetAwaiter().GetResult());
        });
        return command;
    }

    /// <summary>The phases of the main job; each prints its time.</summary>
    private sealed class MainJob(bool full, bool here, bool nested, long seed, string accelerator, IReadOnlyList<DeclaredClaim> claims)
    {
        private string? _domain;

        public async Task<int> RunAsync(DirectoryInfo output, CancellationToken cancel)
        {
            IEvidence evidence = EvidenceSources.Open(null, null);
            (HostModel model, AuditResult audit) = await PhaseAsync("audit of this machine", () =>
            {
                HostModel read = HostReader.Read(evidence);
                return Task.FromResult((read, Auditor.Judge(read, new AuditOptions { Today = DateOnly.FromDateTime(DateTime.UtcNow) })));
            });
            Console.Out.WriteLine($"  ready: {audit.Ready.ToString().ToLowerInvariant()}{(audit.Cause is { } cause ? $"; {cause.Sentence}" : "")}");
            List<ResultsDocument> documents = nested ? [await NestedAsync(cancel)]
                : here ? [await PhaseAsync("measuring this machine", () => Task.FromResult(Here(evidence, model)))]
                : await GuestsAsync(model.IsVirtualMachine, cancel);
            await PhaseAsync("report", () =>
            {
                string title = nested ? "Passthrough audit, and a guest of a guest before and after its host was tuned" : here ? "Passthrough audit and measurements of this machine" : "Passthrough audit, and guests before and after tuning";
                (string?, ResultsDocument)[] named = [.. documents.Select(document => (document.Machine.LabMachine, document))];
                DirectoryInfo[] folders = [output.CreateFolder(StudyReport.Stamp(DateTimeOffset.UtcNow)), output.CreateFolder(StudyReport.Latest)];
                foreach (DirectoryInfo folder in _domain is { Length: > 0 } ? folders : [])
                {
                    Sink.WriteFile(Path.Combine(folder.FullName, "nested-guest.xml"), Encoding.UTF8.GetBytes(_domain!));
                }

                StudyReport.Write(folders, title, audit, named, claims);
                return Task.FromResult(true);
            });
            return ExitCodes.Done;
        }

        private static async Task<T> PhaseAsync<T>(string name, Func<Task<T>> work)
        {
            long start = Stopwatch.GetTimestamp();
            T result = await work();
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"));
            return result;
        }

        private StudyOptions Options(IProgress<StudyProgress>? progress) => new()
        {
            Blocks = full ? 8 : 6,
            Seed = seed,
            WarmUp = TimeSpan.FromMilliseconds(full ? 300 : 150),
            Measure = TimeSpan.FromMilliseconds(full ? 1000 : 400),
            Version = ToolVersion.Text,
            Progress = progress,
        };

        private ResultsDocument Here(IEvidence evidence, HostModel model)
        {
            using var status = new StatusLine();
            return BenchVerb.UnderJournal(evidence, (session, cancel) => new LocalStudy(evidence, model, session)
                .Run(BeforeAfter.For(model), Options(new BenchVerb.InlineProgress(status)) with { Cancel = cancel }));
        }

        private async Task<ResultsDocument> NestedAsync(CancellationToken cancel) => await PhaseAsync("guest of a guest, a boot for each run", async () =>
        {
            using var status = new StatusLine();
            string agent = Environment.ProcessPath ?? throw CliException.CouldNotLook("The path of this program is not known, so it cannot be given to a guest.");
            NestedOutcome outcome = await new NestedStudy(LabVerb.Open(accelerator, status), agent).RunAsync(Options(null), status.Report, cancel);
            _domain = outcome.DomainXml;
            Console.Out.WriteLine(outcome.IsValid switch
            {
                true => "  the inner guest's domain XML is valid by libvirt's schema",
                null => "  the inner guest's domain XML was not validated: virt-xml-validate (libvirt-clients) is not installed",
                false => $"  the inner guest's domain XML is NOT valid: {outcome.Validation}",
            });
            return outcome.Results;
        });

        private async Task<List<ResultsDocument>> GuestsAsync(bool? hostIsVirtual, CancellationToken cancel)
        {
            var documents = new List<ResultsDocument>();
            foreach (string name in full ? new[] { "bench-intel", "bench-amd" } : ["bench-intel"])
            {
                LabMachine machine = LabVerb.Machine(name);
                int boots = full ? 3 : 1;
                documents.Add(await PhaseAsync(string.Create(CultureInfo.InvariantCulture, $"guest {name}, {boots} boot(s)"), async () =>
                {
                    using var status = new StatusLine();
                    Lab lab = LabVerb.Open(accelerator, status);
                    string agent = Environment.ProcessPath ?? throw CliException.CouldNotLook("The path of this program is not known, so it cannot be given to a guest.");
                    return await new LabStudy(lab, agent, hostIsVirtual).RunAsync(machine, boots, Options(null), status.Report, cancel);
                }));
            }

            return documents;
        }
    }
}
