using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Results.Numa;
using Passthrough.Study.Numa;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag bench numa</c>: what nodes cost, those shown and those hidden.</summary>
internal static class BenchNuma
{
    public static Command Build()
    {
        Option<bool> hidden = new("--find-hidden") { Description = "Look for nodes that the machine does not show: latency of every CPU with several blocks of memory." };
        Option<long?> size = new("--size") { Description = "Bytes chased and of each array of the triad; with --find-hidden, bytes of a block.", HelpName = "BYTES" };
        Option<int?> blocks = new("--blocks") { Description = "Randomised blocks, each measuring every pair once; 5, and 16 with --find-hidden (14 at least)." };
        Option<long> seed = new("--seed") { Description = "Seed of the order.", DefaultValueFactory = _ => 1 };
        Option<int?> measure = new("--measure-ms") { Description = "Measured stage of each run, milliseconds; 300, and 20 with --find-hidden." };
        Option<string?> cpus = new("--cpus") { Description = "With --find-hidden: these CPUs instead of all, or of sixteen of more.", HelpName = "LIST" };
        Option<int> memoryBlocks = new("--memory-blocks") { Description = "With --find-hidden: how many blocks of memory.", DefaultValueFactory = _ => 8 };
        Option<int> spread = new("--spread-percent")
        {
            Description = "With --find-hidden: share of the free memory that is touched for a moment so that the blocks lie apart; 0 for none.",
            DefaultValueFactory = _ => 50,
        };
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("numa",
            "Measures latency and bandwidth between the CPUs and the memory of every NUMA node, or looks for nodes that the machine does not show. Where pages "
            + "lie is verified. In a guest, a hidden node shows only if the host pins the guest's CPUs and keeps its memory in place. Changes nothing.\n\nExamples:\n"
            + "  ptdiag bench numa\n  ptdiag bench numa --size 536870912 --blocks 10 --format json -o numa.json\n"
            + "  ptdiag bench numa --find-hidden\n  ptdiag bench numa --find-hidden --cpus 0,8 --memory-blocks 16")
        {
            hidden, size, blocks, seed, measure, cpus, memoryBlocks, spread, format, output,
        };
        command.SetAction(parsed =>
        {
            int? asked = parsed.GetValue(blocks);
            int? measureMs = parsed.GetValue(measure);
            if (asked < 1 || measureMs < 1 || parsed.GetValue(size) < 1 || parsed.GetValue(memoryBlocks) is < 2 or > 1024 || parsed.GetValue(spread) is < 0 or > 90)
            {
                throw CliException.Usage("--size, --blocks and --measure-ms take numbers above zero, --memory-blocks 2 to 1024, --spread-percent 0 to 90.");
            }

            HostModel model = HostReader.Read(EvidenceSources.Open(null, null));
            using var status = new StatusLine();
            var progress = new BenchVerb.InlineProgress(status);
            if (!parsed.GetValue(hidden))
            {
                ResultsDocument matrix = NumaStudy.Run(model, new NumaOptions
                {
                    Blocks = asked ?? 5,
                    Seed = parsed.GetValue(seed),
                    SizeBytes = Rounded(parsed.GetValue(size)),
                    Measure = TimeSpan.FromMilliseconds(measureMs ?? 300),
                    Version = ToolVersion.Text,
                    Progress = progress,
                });
                status.Dispose();
                Show(matrix, parsed.GetValue(format), parsed.GetValue(output), console => NumaText.Draw(console, matrix));
                return ExitCodes.Done;
            }

            ResultsDocument document = HiddenNodeStudy.Run(model, new HiddenNodeOptions
            {
                Rounds = asked ?? 16,
                Seed = parsed.GetValue(seed),
                Cpus = Cpus(parsed.GetValue(cpus)),
                MemoryBlocks = parsed.GetValue(memoryBlocks),
                SizeBytes = Rounded(parsed.GetValue(size)),
                SpreadPercent = parsed.GetValue(spread),
                Measure = TimeSpan.FromMilliseconds(measureMs ?? 20),
                Version = ToolVersion.Text,
                Progress = progress,
            });
            status.Dispose();
            HiddenNodeAnswer answer = HiddenNodes.Find(HiddenNodeStudy.Cells(document));
            Show(document, parsed.GetValue(format), parsed.GetValue(output), console => NumaText.Draw(console, document, answer));
            if (parsed.GetValue(format) == "json")
            {
                // The document holds the runs; what they show follows from them and is told beside it.
                Console.Error.WriteLine(answer.Sentence);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Show(ResultsDocument document, string? format, FileInfo? output, Action<Spectre.Console.IAnsiConsole> draw)
    {
        if (format == "json")
        {
            Sink.Write(ResultsJson.Serialize(document), output);
        }
        else
        {
            Terminal.Show(output, draw);
        }
    }

    // Memory is taken in pages of 2 MiB.
    private static long? Rounded(long? bytes) => (bytes + (2L << 20) - 1) / (2L << 20) * (2L << 20);

    private static IReadOnlyList<int>? Cpus(string? list) => list is null ? null
        : CpuSet.TryParse(list, out CpuSet set) && set.Count > 0 ? set.Members
        : throw CliException.Usage($"'{list}' is no list of CPUs: write it as 0-3,8.");
}
