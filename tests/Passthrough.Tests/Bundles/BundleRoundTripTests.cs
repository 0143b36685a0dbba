using System.Text;
using CsCheck;
using Passthrough.Host.Bundles;
using Passthrough.Host.Evidence;
using Passthrough.Tests.Evidence;
using Xunit;

namespace Passthrough.Tests.Bundles;

public class BundleRoundTripTests
{
    private static readonly BundleInfo Info = new("1.2.3", new DateTimeOffset(2026, 11, 23, 5, 6, 7, TimeSpan.Zero));

    private static readonly Gen<string> Names =
        Gen.OneOf(Pick("a", "b", "..", ".", "", "0000:01:00.0", "a b", "100%", "back\\slash", "ümlaut", "new\nline", new string('n', 300)),
            Gen.String[Gen.Char[' ', '~'], 0, 12]);

    private static readonly Gen<Answer> Answers = Gen.OneOf(
        Gen.Byte.Array[0, 40].Select(bytes => Answer.Of(bytes)),
        Pick(Answer.Absent, Answer.Denied, Answer.NotRecorded, Answer.Failed("EIO"), Answer.Withheld("asleep"), Answer.Of("text\n"), Answer.Of("")));

    private static readonly Gen<(Verb, string, Answer)> Entries =
        Gen.Select(Gen.Enum<Verb>(), Names.Array[1, 4].Select(parts => "/" + string.Join('/', parts)), Answers);

    [Theory]
    [InlineData(BundleCompression.Zstandard)]
    [InlineData(BundleCompression.Gzip)]
    [InlineData(BundleCompression.None)]
    public void Any_answers_come_back_as_they_were(BundleCompression compression) => Entries.Array[0, 12].Sample(entries =>
    {
        Recorder recorder = Record(entries);
        BundleEvidence bundle = BundleEvidence.Open(new MemoryStream(Write(recorder, compression)), "test");
        Assert.Equal(recorder.Transcript, bundle.Transcript);
    }, iter: 150);

    [Fact]
    public void The_same_transcript_gives_the_same_bytes()
    {
        (Verb, string, Answer)[] entries = [(Verb.Read, "/a/b", Answer.Of("x")), (Verb.Link, "/a/l", Answer.Of("b")), (Verb.List, "/a", Answer.Of("b\nl"))];
        Assert.Equal(Write(Record(entries), BundleCompression.Zstandard), Write(Record([.. entries.Reverse()]), BundleCompression.Zstandard));
        Assert.Equal(Write(Record(entries), BundleCompression.Gzip), Write(Record(entries), BundleCompression.Gzip));
    }

    [Fact]
    public void A_path_that_is_a_file_and_a_folder_keeps_both_answers()
    {
        Recorder recorder = Record([(Verb.Read, "/a", Answer.Of("file")), (Verb.Read, "/a/b", Answer.Of("below")), (Verb.Link, "/a", Answer.Of("x"))]);
        BundleEvidence bundle = BundleEvidence.Open(new MemoryStream(Write(recorder, BundleCompression.None)), "test");
        Assert.Equal("file", bundle.Ask(Question.Read("/a")).Text);
        Assert.Equal("below", bundle.Ask(Question.Read("/a/b")).Text);
        Assert.Equal("x", bundle.Ask(Question.Link("/a")).Text);
        Assert.False(bundle.TryGetMember("root/a", out _));
        Assert.True(bundle.TryGetMember("root/a/b", out _));
    }

    [Fact]
    public void What_was_not_asked_is_not_recorded()
    {
        BundleEvidence bundle = BundleEvidence.Open(new MemoryStream(Write(Record([(Verb.List, "/a", Answer.Of(""))]), BundleCompression.None)), "test");
        Assert.Equal(Answer.NotRecorded, bundle.Ask(Question.Read("/a/b")));
        Assert.Equal(SourceKind.Bundle, bundle.Kind);
    }

    [Fact]
    public void Manifest_and_additional_members_come_along()
    {
        using var stream = new MemoryStream();
        BundleWriter.Write(stream, Record([]), Info, new Dictionary<string, ReadOnlyMemory<byte>> { ["findings.json"] = Encoding.UTF8.GetBytes("{}") });
        BundleEvidence bundle = BundleEvidence.Open(new MemoryStream(stream.ToArray()), "test");
        Assert.Equal("1.2.3", bundle.Manifest.Tool!.Version);
        Assert.Equal(Info.Created, bundle.Manifest.Created);
        Assert.Equal("live", bundle.Manifest.Source);
        Assert.Equal(["findings.json"], bundle.AdditionalMembers);
        Assert.True(bundle.TryGetMember("findings.json", out ReadOnlyMemory<byte> findings));
        Assert.Equal("{}", Encoding.UTF8.GetString(findings.Span));
        Assert.Throws<ArgumentException>(() => BundleWriter.Write(new MemoryStream(), Record([]), Info,
            new Dictionary<string, ReadOnlyMemory<byte>> { ["index.json"] = default }));
    }

    [Theory]
    [InlineData("host.tar.zst")]
    [InlineData("host.tar.gz")]
    [InlineData("host.tar")]
    public void This_machine_gives_the_same_answers_from_its_bundle(string name)
    {
        using var folder = new TemporaryTree();
        var recorder = new Recorder(new LiveEvidence());
        foreach (string path in (string[])["/proc/cmdline", "/proc/cpuinfo", "/proc/meminfo", "/proc/interrupts", "/proc/self/status", "/dev/kmsg", "/no/such"])
        {
            _ = recorder.Ask(Question.Read(path));
        }

        foreach (string query in (string[])[Queries.User, Queries.MemoryLock, Queries.Kvm, Queries.VfioContainer, "stat:/dev/null"])
        {
            _ = recorder.Ask(Question.Query(query));
        }

        BundleCollector.AskBeyondModel(recorder);
        string file = folder.At(name);
        BundleWriter.Write(file, recorder, Info);
        BundleEvidence bundle = BundleEvidence.Open(file);

        Assert.Equal(recorder.Transcript, bundle.Transcript);
        int functions = recorder.Ask(Question.List("/sys/bus/pci/devices")).Names.Length;
        int found = recorder.Transcript.Count(entry => entry.Value.IsFound);
        Assert.True(found >= 7 + (functions * 15), $"only {found} answers were found for {functions} functions");
        Assert.DoesNotContain(recorder.Transcript, entry => entry.Key.Verb == Verb.Read
            && (entry.Key.Path.EndsWith("/rom", StringComparison.Ordinal) || entry.Key.Path.EndsWith("/resource0", StringComparison.Ordinal)
                || entry.Key.Path.EndsWith("/remove", StringComparison.Ordinal)));
        Assert.StartsWith("mode=600\n", new LiveEvidence().Ask(Question.Query("stat:" + file)).Text, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder.Root));
    }

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    internal static Recorder Record(IEnumerable<(Verb Verb, string Path, Answer Answer)> entries)
    {
        var script = new ScriptedEvidence();
        var questions = new List<Question>();
        foreach ((Verb verb, string path, Answer answer) in entries)
        {
            questions.Add(new Question(verb, path));
            script.With(questions[^1], answer);
        }

        var recorder = new Recorder(script);
        questions.ForEach(question => recorder.Ask(question));
        return recorder;
    }

    internal static byte[] Write(Recorder recorder, BundleCompression compression)
    {
        using var stream = new MemoryStream();
        BundleWriter.Write(stream, recorder, Info, null, compression);
        return stream.ToArray();
    }
}
