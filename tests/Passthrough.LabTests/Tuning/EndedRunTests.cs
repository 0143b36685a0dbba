using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Passthrough.Guests;
using Passthrough.Results;
using Xunit;

namespace Passthrough.LabTests.Tuning;

/// <summary>Runs of the published program that a signal ends in the middle of a measured stage, all in one boot of one guest.</summary>
public sealed partial class EndedRunTests
{
    private const string Script =
        """
        # Jobs of their own: otherwise a shell starts what runs in the background with SIGINT ignored.
        set -m
        edu=0000:01:00.0; drive=0000:02:00.0
        driver() { d=$(readlink "/sys/bus/pci/devices/$1/driver"); echo "${d##*/}"; }
        # $1 function, $2 workload, $3 signal: starts a long run, and ends it once the function is on vfio-pci and the run has begun.
        ended() {
            ptdiag bench run "$2" --bind "$1" --set "device=$1" --runs 100 --warm-up-ms 0 --measure-ms 5000 >"$3.out" 2>"$3.err" &
            run=$!
            for i in $(seq 200); do
                if [ "$(driver "$1")" = vfio-pci ] && ls -l /proc/$run/fd 2>/dev/null | grep -q 'anon_inode:\[vfio-device\]'; then break; fi
                sleep 0.1
            done
            sleep 0.5
            kill "-$3" $run
            wait $run
            echo "$3 $? $(driver "$1")" >>ends
        }
        # The edu device begins with no driver, the drive with the host's.
        echo >/sys/bus/pci/devices/$edu/driver_override; echo $edu >/sys/bus/pci/drivers/vfio-pci/unbind
        ended $edu irq.edu.msi INT
        ended $edu irq.edu.msi TERM
        ended $drive irq.vfio.trigger HUP
        ptdiag tune status >status-clean; echo $? >>status-clean
        ended $drive irq.vfio.trigger KILL
        ptdiag tune status >status-killed; echo $? >>status-killed
        ptdiag bench run irq.vfio.trigger --bind $drive --set device=$drive --runs 1 --measure-ms 100 --format json >next.json; echo "$? $(driver $drive)" >next
        ended $edu irq.edu.msi KILL
        ptdiag tune undo >undo; echo "$? $(driver $edu)" >>undo
        ptdiag tune status >status-undone; echo $? >>status-undone
        # What the whole table of /proc/interrupts says beside what the run says.
        ptdiag bench run irq.edu.msi --bind $edu --runs 2 --measure-ms 300 --format json >counts.json
        ptdiag bench run irq.edu.poll --bind $edu --runs 1 --warm-up-ms 50 --measure-ms 200 --format json >poll.json
        # Exit quietly whatever the last command said.
        true
        """;

    private static readonly string _agent = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", "artifacts", "ptdiag", "ptdiag"));

    private static readonly Lazy<Task<LabRun>> _run = new(() => new Lab(new LabOptions()).RunAsync(LabCatalog.Find("intel-healthy")!, new LabCommand
    {
        Arguments = ["/bin/bash", "-c", Script],
        AgentPath = _agent,
        Timeout = TimeSpan.FromMinutes(4),
    }, CancellationToken.None));

    [SkippableFact]
    public async Task A_signal_ends_a_run_with_its_exit_code_and_the_device_back_where_it_was()
    {
        LabRun run = await GuestAsync();

        Assert.Equal(["INT 130 ", "TERM 143 ", "HUP 129 nvme", "KILL 137 vfio-pci", "KILL 137 vfio-pci"], Text(run, "ends").TrimEnd('\n').Split('\n'));
        Assert.All((string[])["INT", "TERM", "HUP"], signal =>
            Assert.Equal("Stopped; everything that was changed has been taken back.\n", Text(run, signal + ".err")));
        Assert.All((string[])["INT", "TERM", "HUP"], signal => Assert.Equal("", Text(run, signal + ".out")));
    }

    [SkippableFact]
    public async Task What_a_killed_run_left_is_shown_and_taken_back_by_the_next_run()
    {
        LabRun run = await GuestAsync();

        Assert.Matches(@"^Nothing is left to take back in .+\n0\n$", Text(run, "status-clean"));
        Assert.StartsWith("Left by a run that was killed: ", Text(run, "status-killed"), StringComparison.Ordinal);
        Assert.Matches(@"'ptdiag tune undo' takes back what stands above, newest first; the record is .+\n1\n$", Text(run, "status-killed"));
        Assert.Contains("drivers_probe", Text(run, "status-killed"), StringComparison.Ordinal);
        Assert.Equal("0 nvme\n", Text(run, "next"));
        Assert.True(ResultsJson.TryParseResults(run.Files["next.json"], out _, out string? sentence), sentence);
    }

    [SkippableFact]
    public async Task What_a_killed_run_left_is_taken_back_on_demand()
    {
        LabRun run = await GuestAsync();

        Match undo = Undone().Match(Text(run, "undo"));
        Assert.True(undo.Success, Text(run, "undo"));
        Assert.NotEqual("0", undo.Groups[1].Value);
        Assert.Matches(@"^Nothing is left to take back in .+\n0\n$", Text(run, "status-undone"));
    }

    [SkippableFact]
    public async Task Interrupts_are_as_many_as_were_answered()
    {
        LabRun run = await GuestAsync();

        Assert.True(ResultsJson.TryParseResults(run.Files["counts.json"], out ResultsDocument? document, out string? sentence), sentence);
        Assert.Equal(2, document.Workloads.Count);
        Assert.All(document.Workloads, item =>
        {
            Assert.True(item.Rejected is null || item.Rejected.Contains("clock source", StringComparison.Ordinal), item.Rejected);
            Assert.True(item.Samples > 0);
            Assert.InRange(item.Witness["interrupts"], item.Witness["completions"] * 0.99, item.Witness["completions"] * 1.01);
            Assert.Equal(item.Witness["completions"], item.Samples + item.Witness["merged"]);
        });
    }

    [SkippableFact]
    public async Task A_register_is_read_whole()
    {
        LabRun run = await GuestAsync();

        // The device answers 32-bit reads alone: a narrower one would poll for ever.
        Assert.True(ResultsJson.TryParseResults(run.Files["poll.json"], out ResultsDocument? document, out string? sentence), sentence);
        Assert.True(document.Workloads[0].Samples > 0);
        Assert.Equal(document.Workloads[0].Witness["completions"], document.Workloads[0].Witness["polls"]);
    }

    private static Task<LabRun> GuestAsync()
    {
        Skip.If(Lab.WhyNot() is not null, Lab.WhyNot());
        Skip.IfNot(File.Exists(_agent), "artifacts/ptdiag/ptdiag is not built: run ./run-bench.sh --build");
        return _run.Value;
    }

    private static string Text(LabRun run, string file) => run.Files.TryGetValue(file, out byte[]? content) ? Encoding.UTF8.GetString(content) : "";

    // Example: "3 change(s) taken back.", then the exit code and no driver.
    [GeneratedRegex(@"^(\d+) change\(s\) taken back\.\n0 \n$")]
    private static partial Regex Undone();

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
