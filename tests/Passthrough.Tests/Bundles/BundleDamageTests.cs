using System.Formats.Tar;
using System.Text;
using CsCheck;
using Passthrough.Host.Bundles;
using Passthrough.Host.Evidence;
using Passthrough.Tests.Evidence;
using Xunit;

namespace Passthrough.Tests.Bundles;

public class BundleDamageTests
{
    private static readonly BundleInfo Info = new("1.2.3", DateTimeOffset.UnixEpoch);

    private static readonly (Verb, string, Answer)[] Entries =
    [
        (Verb.Read, "/proc/cmdline", Answer.Of("quiet\n")), (Verb.Read, "/sys/a", Answer.Of("1\n")), (Verb.List, "/sys", Answer.Of("a")),
    ];

    [Fact]
    public void Random_bytes_are_no_bundle() => Gen.Byte.Array[0, 400].Sample(bytes => AssertRefused(bytes));

    [Theory]
    [InlineData(BundleCompression.Zstandard)]
    [InlineData(BundleCompression.Gzip)]
    [InlineData(BundleCompression.None)]
    public void A_truncated_bundle_is_one_sentence_wherever_it_is_cut(BundleCompression compression)
    {
        byte[] whole = BundleRoundTripTests.Write(BundleRoundTripTests.Record(Entries), compression);

        // The last 1024 bytes of a plain archive are its end marker: without it nothing is lost.
        int last = compression == BundleCompression.None ? whole.Length - 1024 - 512 : whole.Length - 9;
        for (int length = 0; length < last; length += Math.Max(1, last / 97))
        {
            AssertRefused(whole[..length]);
        }
    }

    [Theory]
    [InlineData(BundleCompression.Zstandard)]
    [InlineData(BundleCompression.Gzip)]
    [InlineData(BundleCompression.None)]
    public void A_flipped_byte_never_gives_other_answers(BundleCompression compression)
    {
        Recorder recorder = BundleRoundTripTests.Record(Entries);
        byte[] whole = BundleRoundTripTests.Write(recorder, compression);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte[1, 255]).Sample(change =>
        {
            byte[] altered = [.. whole];
            altered[change.Item1] ^= change.Item2;
            try
            {
                // Bytes that carry nothing (times, owners, padding) may change; the manifest is not hashed, the answers are.
                Assert.Equal(recorder.Transcript, BundleEvidence.Open(new MemoryStream(altered), "file").Transcript);
            }
            catch (EvidenceException exception)
            {
                AssertSentence(exception);
            }
        }, iter: 300);
    }

    [Fact]
    public void An_altered_member_is_named()
    {
        byte[] altered = BundleRoundTripTests.Write(BundleRoundTripTests.Record(Entries), BundleCompression.None);
        int at = altered.AsSpan().LastIndexOf("quiet\n"u8);
        altered[at] = (byte)'Q';
        Assert.Contains("root/proc/cmdline does not match its hash", AssertRefused(altered), StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_format_is_refused_with_its_version()
    {
        string message = AssertRefused(Archive(("manifest.json",
            """{"schema":"ptdiag.bundle/2","format":2,"tool":{"name":"ptdiag","version":"9.9"},"members":"another shape"}""")));
        Assert.Contains("written by a newer ptdiag (9.9, bundle format 2)", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"schema":"ptdiag.bundle/1","format":1,"members":null}""")]
    [InlineData("""{"schema":"ptdiag.bundle/1","format":1,"members":[null]}""")]
    [InlineData("""{"schema":"ptdiag.bundle/1","format":1,"members":[{"name":"gone","sha256":"","sizeBytes":0}]}""")]
    [InlineData("""{"schema":"ptdiag.bundle/1","format":1,"members":[]}""")]
    public void A_manifest_of_another_shape_is_refused(string manifest) => AssertRefused(Archive(("manifest.json", manifest)));

    [Fact]
    public void A_stranger_and_a_member_twice_are_refused()
    {
        const string Manifest = """{"schema":"ptdiag.bundle/1","format":1,"members":[]}""";
        Assert.Contains("stranger", AssertRefused(Archive(("manifest.json", Manifest), ("stranger", "x"))), StringComparison.Ordinal);
        Assert.Contains("twice", AssertRefused(Archive(("manifest.json", Manifest), ("manifest.json", Manifest))), StringComparison.Ordinal);
        Assert.Contains("no manifest.json", AssertRefused(Archive(("other", "x"))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_a_folder_and_a_text_are_one_sentence_each()
    {
        using var folder = new TemporaryTree();
        folder.File("text.tar.zst", "hello");
        foreach (string path in (string[])[folder.At("no-such.tar.zst"), folder.Root, folder.At("text.tar.zst")])
        {
            EvidenceException exception = Assert.Throws<EvidenceException>(() => BundleEvidence.Open(path));
            AssertSentence(exception);
            Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        }

        Assert.EndsWith("make one with 'ptdiag bundle create'.",
            Assert.Throws<EvidenceException>(() => BundleEvidence.Open(folder.At("text.tar.zst"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_symbolic_link_is_not_replaced_and_a_missing_folder_is_a_sentence()
    {
        using var folder = new TemporaryTree();
        folder.File("victim", "untouched").Link("link.tar.zst", "victim");
        Recorder recorder = BundleRoundTripTests.Record(Entries);
        Assert.Contains("symbolic link", Assert.Throws<EvidenceException>(
            () => BundleWriter.Write(folder.At("link.tar.zst"), recorder, Info)).Message, StringComparison.Ordinal);
        Assert.Equal("untouched", File.ReadAllText(folder.At("victim")));
        AssertSentence(Assert.Throws<EvidenceException>(() => BundleWriter.Write(folder.At("no/such/x.tar.zst"), recorder, Info)));
        AssertSentence(Assert.Throws<EvidenceException>(() => BundleWriter.Write(folder.At("x.zip"), recorder, Info)));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Root).Length);
    }

    [Fact]
    public void A_bomb_is_refused_before_it_unpacks()
    {
        using var packed = new MemoryStream();
        using (var zstd = new ZstdSharp.CompressionStream(packed, leaveOpen: true))
        {
            var header = new byte[512];
            Encoding.ASCII.GetBytes("root/big").CopyTo(header, 0);
            Encoding.ASCII.GetBytes("0000644\0").CopyTo(header, 100);
            Encoding.ASCII.GetBytes("77777777777\0").CopyTo(header, 124);
            header[156] = (byte)'0';
            Encoding.ASCII.GetBytes("ustar\0" + "00").CopyTo(header, 257);
            Encoding.ASCII.GetBytes("        ").CopyTo(header, 148);
            Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(value => value), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
            zstd.Write(header);
            zstd.Write(new byte[1 << 20]);
        }

        Assert.Contains("larger than a bundle may be", AssertRefused(packed.ToArray()), StringComparison.Ordinal);
    }

    private static byte[] Archive(params (string Name, string Text)[] members)
    {
        using var stream = new MemoryStream();
        using (var archive = new TarWriter(stream, TarEntryFormat.Gnu, leaveOpen: true))
        {
            foreach ((string name, string text) in members)
            {
                archive.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
            }
        }

        return stream.ToArray();
    }

    private static string AssertRefused(byte[] bytes)
    {
        EvidenceException exception = Assert.Throws<EvidenceException>(() => BundleEvidence.Open(new MemoryStream(bytes), "file"));
        AssertSentence(exception);
        return exception.Message;
    }

    private static void AssertSentence(EvidenceException exception)
    {
        Assert.DoesNotContain('\n', exception.Message);
        Assert.EndsWith(".", exception.Message, StringComparison.Ordinal);
    }
}
