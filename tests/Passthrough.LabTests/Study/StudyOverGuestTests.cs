using System.Diagnostics;
using Passthrough.Results;
using Passthrough.Study.Conducting;
using Xunit;
using Xunit.Abstractions;

namespace Passthrough.LabTests.Study;

/// <summary>Studies of the published program over real guests: sshd, and Debian's guest agent.</summary>
public sealed class StudyOverGuestTests(StudyGuest guest, ITestOutputHelper log) : IClassFixture<StudyGuest>
{
    private const string Untouched = "0\nvfio-pci\n";

    [SkippableFact]
    public async Task A_study_over_ssh_that_was_ended_and_killed_goes_on_to_the_data_set_of_one_that_was_not()
    {
        Skip.If(guest.WhyNot is not null, guest.WhyNot);
        string file = guest.Study("ssh", 2, guest.Ssh());

        string whole = Path.Combine(guest.Folder, "whole");
        (int code, string output, string error) = await guest.RunAsync("study", "run", file, "-o", whole);
        log.WriteLine(output + error);
        Assert.Equal((0, ""), (code, error));
        string first = FolderOf(output);
        (string, string, string, int)[] expected = Runs(first);
        log.WriteLine(Took(first));
        Assert.Equal(12, expected.Length);
        foreach (string name in (string[])["index.html", "results.json", "comparison.json", "results.csv", "findings.json"])
        {
            Assert.True(File.Exists(Path.Combine(first, name)), name);
            Assert.True(File.Exists(Path.Combine(whole, "latest", name)), name);
        }

        Assert.Equal(Untouched, await guest.TracesAsync());

        // SIGINT in the middle: its exit code, and nothing stays in the guest.
        string parts = Path.Combine(guest.Folder, "parts");
        using (Process process = guest.Start("study", "run", file, "-o", parts))
        {
            await UntilDoneAsync(parts, 3);
            await KillAsync(process, "INT");
            (code, output, error) = await StudyGuest.EndAsync(process);
        }

        log.WriteLine(output + error);
        string second = FolderOf(output);
        Assert.Equal(130, code);
        Assert.Matches(@"^Stopped; everything that was changed has been taken back; \d+ of 12 runs are done and kept, and 'ptdiag study resume .+' goes on\.\n$", error);
        Assert.Equal(Untouched, await guest.TracesAsync());
        int kept = Runs(second).Length;
        Assert.InRange(kept, 3, 11);

        // SIGKILL: nothing of this side can act any more, and the run in the guest ends itself.
        using (Process process = guest.Start("study", "resume", second))
        {
            await UntilDoneAsync(parts, kept + 2);
            process.Kill();
            await StudyGuest.EndAsync(process);
        }

        await SettledAsync();
        Assert.Contains("/tmp/ptdiag-", await guest.TracesAsync(), StringComparison.Ordinal);
        (code, output, error) = await guest.RunAsync("study", "show", second);
        log.WriteLine(output + error);
        Assert.Equal(0, code);
        Assert.Matches(@" of 12 runs done, about \d+ s left\n  vm1, lab by ssh: \d+ of 12\n    /tmp/ptdiag-\S+ is in the guest", output);

        (code, output, error) = await guest.RunAsync("study", "resume", second);
        log.WriteLine(output + error);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(expected, Runs(second));
        Assert.Equal(Untouched, await guest.TracesAsync());
    }

    [SkippableFact]
    public async Task A_host_key_that_is_not_the_known_one_is_refused()
    {
        Skip.If(guest.WhyNot is not null, guest.WhyNot);

        (int code, _, string error) = await guest.RunAsync("study", "run", guest.Study("stranger", 2, guest.Ssh("stranger")), "-o", Path.Combine(guest.Folder, "out-stranger"));
        Assert.Equal(3, code);
        Assert.StartsWith("The host key of stranger is not the one that known_hosts holds, so nothing was sent: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.Equal(Untouched, await guest.TracesAsync());
    }

    [SkippableFact]
    public async Task A_study_over_the_guest_agent_needs_neither_network_nor_account()
    {
        Skip.If(guest.WhyNot is not null, guest.WhyNot);

        (int code, string output, string error) = await guest.RunAsync("study", "run", guest.Study("agent", 1, $"agent = \"{guest.Socket}\""), "-o", Path.Combine(guest.Folder, "out-agent"));
        log.WriteLine(output + error);
        Assert.Equal((0, ""), (code, error));
        log.WriteLine(Took(FolderOf(output)));
        Assert.Equal(6, Runs(FolderOf(output)).Length);
        Assert.True(ResultsJson.TryParseResults(File.ReadAllBytes(Path.Combine(FolderOf(output), "results.json")), out ResultsDocument? document, out string? sentence), sentence);
        Assert.True(document.Machine.Emulated);
        Assert.All(document.Workloads, run => Assert.True(run.Samples > 0));
        Assert.Equal(Untouched, await guest.TracesAsync());
    }

    private static (string, string, string, int)[] Runs(string folder) => [.. StudyFolder.Look(folder).Record.Lines.Where(line => line.Run is not null)
        .Select(line => (line.Guest, line.Run!.Factor!, line.Run.Variant, line.Run.Block))];

    private static string Took(string folder) => "milliseconds a run: " + string.Join(' ', StudyFolder.Look(folder).Record.Lines.Select(line => line.ElapsedMs).OfType<long>());

    // Example: "study: /tmp/x/2026-01-31T120000Z".
    private static string FolderOf(string output) => output.Split('\n')[0]["study: ".Length..];

    private static async Task UntilDoneAsync(string folder, int runs)
    {
        for (int tries = 0; tries < 600; tries++)
        {
            string? study = Directory.Exists(folder) ? Directory.GetDirectories(folder).FirstOrDefault(path => File.Exists(Path.Combine(path, "runs.jsonl"))) : null;
            if (study is not null && StudyFolder.Look(study).Record.Done >= runs)
            {
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail($"no {runs} runs within a minute");
    }

    private async Task SettledAsync()
    {
        for (int tries = 0; tries < 100 && (await guest.SayAsync("pgrep -l ptdiag || true")).Length > 0; tries++)
        {
            await Task.Delay(100);
        }
    }

    private static async Task KillAsync(Process process, string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
