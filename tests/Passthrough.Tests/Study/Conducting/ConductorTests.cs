using System.Text;
using CsCheck;
using Passthrough.Guests.Transports;
using Passthrough.Results;
using Passthrough.Study.Conducting;
using Passthrough.Study.Files;
using Passthrough.Tests.Study.Files;
using Xunit;

namespace Passthrough.Tests.Study.Conducting;

public sealed class ConductorTests : IDisposable
{
    private static readonly string _text = StudyFileTests.Least
        .Replace("name = \"least\"", "name = \"least\"\nblocks = 3\nseed = 9", StringComparison.Ordinal)
        .Replace("[[workload]]", "[[guest]]\nname = \"vm2\"\ndomain = \"vm2\"\n[[workload]]", StringComparison.Ordinal)
        + "\n[[factor]]\nname = \"cpu\"\nuntuned.parameters.cpu = \"any\"\ntuned.parameters.cpu = 0\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-conductor-").FullName;
    private readonly string _origin;
    private readonly StudyFile _file = StudyFileTests.Parse(_text);

    public ConductorTests()
    {
        _origin = Path.Combine(_folder, "study.toml");
        File.WriteAllText(_origin, _text);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_study_that_was_stopped_again_and_again_ends_in_the_same_data_set()
    {
        List<(string, string?, string, int)> whole;
        using (StudyFolder study = Begin("whole"))
        {
            await ConductAsync(study, guest => new FakeSite(_file));
            whole = Runs(study);
            Assert.Equal(36, whole.Count);
        }

        Begin("parts").Dispose();
        int starts = 0;
        while (true)
        {
            using StudyFolder study = StudyFolder.Open(Path.Combine(_folder, "parts"), "1");
            starts++;
            try
            {
                // Each start of a guest dies at its sixth run.
                await ConductAsync(study, guest => new FakeSite(_file, (slot, runs) => runs == 5 ? new GuestException("gone.") : null));
                Assert.Equal(whole, Runs(study));
                break;
            }
            catch (GuestException)
            {
                // What a kill in the middle of a write leaves.
                study.Dispose();
                File.AppendAllText(Path.Combine(_folder, "parts", "runs.jsonl"), "{\"kind\":\"run\",\"gue");
            }
        }

        Assert.True(starts > 4);
    }

    [Fact]
    public async Task Documents_are_those_of_each_guest_with_its_machine()
    {
        using StudyFolder study = Begin("out");
        await ConductAsync(study, guest => new FakeSite(_file));
        IReadOnlyList<ResultsDocument> documents = study.Record.Documents(_file);
        Assert.Equal(["vm1", "vm2"], documents.Select(document => document.Machine.Kernel));
        Assert.All(documents, document => Assert.Equal((18, 3), (document.Workloads.Count, document.Design.Blocks)));
        Assert.Equal([9L, 10L], documents.Select(document => document.Design.Seed));
    }

    [Fact]
    public async Task What_cannot_run_is_tried_once_and_the_rest_goes_on()
    {
        using StudyFolder study = Begin("out");
        var sites = new List<FakeSite>();
        await ConductAsync(study, guest =>
        {
            sites.Add(new FakeSite(_file, skips: slot => slot.Factor == "cpu" ? "no CPU 0" : null));
            return sites[^1];
        });
        Assert.Equal([10, 10], sites.Select(site => site.Runs));
        Assert.Equal(36, study.Record.Done);
        Assert.All(study.Record.Documents(_file), document =>
        {
            Assert.Equal(9, document.Workloads.Count);
            Assert.Equal([new SkippedWorkload("chase (cpu)", "no CPU 0", "cpu")], document.Skipped);
        });
    }

    [Fact]
    public async Task Cancelled_it_leaves_the_guest_as_it_was_and_keeps_what_is_done()
    {
        using StudyFolder study = Begin("out");
        using var cancel = new CancellationTokenSource();
        FakeSite? site = null;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new Conductor(study, (guest, _) => Task.FromResult<IStudySite>(site = new FakeSite(_file, (_, runs) =>
        {
            if (runs == 3)
            {
                cancel.Cancel();
            }

            return runs == 3 ? new OperationCanceledException() : null;
        }))).RunAsync(cancel.Token));
        Assert.True(site!.IsLeft);
        Assert.Equal(3, study.Record.Done);
    }

    [Fact]
    public void A_changed_file_another_version_and_a_second_process_are_refused_in_a_sentence()
    {
        string path = Path.Combine(_folder, "out");
        using (StudyFolder study = Begin("out"))
        {
            Assert.Contains("another ptdiag may be running this study", Refusal(path, "1"), StringComparison.Ordinal);
            Assert.Equal(0, StudyFolder.Look(path).Record.Done);
        }

        Assert.Equal($"{path} was begun by ptdiag 1, and this is 2: go on with that version, or begin anew with 'ptdiag study run'.", Refusal(path, "2"));
        File.AppendAllText(_origin, "# a thought\n");
        Assert.StartsWith($"{_origin} has changed since the study was begun: restore it", Refusal(path, "1"), StringComparison.Ordinal);
        File.Delete(_origin);
        StudyFolder.Open(path, "1").Dispose();
        File.AppendAllText(Path.Combine(path, "study.toml"), "# a thought\n");
        Assert.StartsWith($"{path}/study.toml has changed since", Refusal(path, "1"), StringComparison.Ordinal);
        Assert.Equal($"{_folder} is no study: there is no runs.jsonl in it.", Refusal(_folder, "1"));
        Assert.Contains("is not empty", Assert.Throws<StudyException>(() => Begin("out")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}\n")]
    [InlineData("{\"schema\":\"ptdiag.study/2\"}\n")]
    [InlineData("\u0000\n")]
    public void Runs_that_are_none_are_named(string content)
    {
        string path = Path.Combine(_folder, "out");
        Begin("out").Dispose();
        File.WriteAllText(Path.Combine(path, "runs.jsonl"), content);
        Assert.StartsWith($"{path}/runs.jsonl is not the runs of a study: ", Refusal(path, "1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_of_another_run_is_refused_and_a_torn_end_is_cut_off()
    {
        string path = Path.Combine(_folder, "out");
        string runs = Path.Combine(path, "runs.jsonl");
        using (StudyFolder study = Begin("out"))
        {
            await ConductAsync(study, guest => new FakeSite(_file));
        }

        string[] lines = File.ReadAllLines(runs);
        string whole = string.Join('\n', lines) + "\n";
        for (int cut = 1; cut < 400; cut += 7)
        {
            Assert.True(StudyRecord.TryParse(Encoding.UTF8.GetBytes(whole[..^cut]), out StudyRecord? record, out string? sentence), sentence);
            Assert.InRange(record.Done, 34, 36);
        }

        byte[] bytes = Encoding.UTF8.GetBytes(whole);
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte, Gen.Int[0, bytes.Length]).Sample((at, value, length) =>
        {
            byte[] changed = [.. bytes];
            changed[at] = value;
            if (StudyRecord.TryParse(changed.AsSpan(0, length), out StudyRecord? read, out _))
            {
                _ = read.Documents(_file).Select(ResultsJson.Serialize).Count();
            }
        }, iter: 300);
        Gen.Byte.Array[0, 200].Sample(foreign =>
        {
            bool read = StudyRecord.TryParse(foreign, out _, out string? why);
            Assert.Equal(read, why is null);
        });

        (lines[3], lines[4]) = (lines[4], lines[3]);
        File.WriteAllLines(runs, lines);
        Assert.Equal($"{runs} is not the runs of a study: line 4 is not the next run of the schedule.", Refusal(path, "1"));
    }

    [Fact]
    public async Task A_full_disk_is_a_sentence_and_nothing_half_written_stays()
    {
        using StudyFolder first = Begin("out");
        using var disk = new SmallDisk(2000);
        using var study = new StudyFolder("/full", disk, _file, first.Record with { WholeBytes = 0 }) { Text = first.Text };
        StudyException error = await Assert.ThrowsAsync<StudyException>(() => ConductAsync(study, guest => new FakeSite(_file)));
        Assert.Equal("/full/runs.jsonl cannot be written (No space left on device): make room on that disk.", error.Message);
        Assert.True(study.Record.Done > 0);
        string kept = Encoding.UTF8.GetString(disk.ToArray());
        Assert.EndsWith("}\n", kept, StringComparison.Ordinal);
        Assert.Equal(study.Record.Done, kept.Count(character => character == '\n'));
    }

    private StudyFolder Begin(string name) =>
        StudyFolder.Create(Path.Combine(_folder, name), Encoding.UTF8.GetBytes(_text), _origin, _file, "1", DateTimeOffset.UnixEpoch);

    private static string Refusal(string path, string version) => Assert.Throws<StudyException>(() => StudyFolder.Open(path, version)).Message;

    private static Task ConductAsync(StudyFolder study, Func<StudyGuest, IStudySite> open) =>
        new Conductor(study, (guest, _) => Task.FromResult(open(guest))).RunAsync(CancellationToken.None);

    private static List<(string, string?, string, int)> Runs(StudyFolder study) =>
        [.. study.Record.Lines.Where(line => line.Run is not null).Select(line => (line.Guest, line.Run!.Factor, line.Run.Variant, line.Run.Block))];

    /// <summary>Takes so many bytes; a write that does not fit is written in part, as write(2) does.</summary>
    private sealed class SmallDisk(int room) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            int fits = (int)Math.Min(buffer.Length, room - Length);
            Write(buffer[..fits].ToArray(), 0, fits);
            if (fits < buffer.Length)
            {
                throw new IOException("No space left on device");
            }
        }
    }
}
