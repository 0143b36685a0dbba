using System.Formats.Tar;
using System.IO.Compression;
using Passthrough.Host.Bundles;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Host.Usage;
using Xunit;

namespace Passthrough.Tests.Evidence;

/// <summary>The sources and readers over this machine and over captured ones.</summary>
public class RealMachinesTests
{
    private static readonly PciInventory NoFunctions = new() { Devices = Reading.Of<IReadOnlyList<PciDevice>>([], "/sys/bus/pci/devices") };

    [Fact]
    public void The_readers_know_this_machine()
    {
        var recorder = new Recorder(new LiveEvidence());
        HostUsage usage = UsageReader.Read(recorder, NoFunctions);
        Privilege privilege = PrivilegeReader.Read(recorder);
        MemoryLockLimits limits = LimitsReader.Read(recorder);
        _ = VfioReader.Read(recorder);
        Assert.True(privilege.EffectiveCapabilities.IsKnown && privilege.EffectiveUser.IsKnown && privilege.ContainerSigns.IsKnown);
        Assert.True(limits.SoftBytes.IsKnown && limits.HardBytes.IsKnown);
        Assert.DoesNotContain(usage.Unresolved, text => text.Contains("could not be read", StringComparison.Ordinal));
        Assert.DoesNotContain(recorder.Transcript, entry => entry.Value.Outcome == Outcome.Failed && entry.Key.Verb != Verb.Query);
    }

    [SkippableFact]
    public void The_root_disk_and_the_default_route_of_this_machine_lead_to_functions()
    {
        string mounts = File.ReadAllText("/proc/self/mounts");
        Skip.IfNot(mounts.Split('\n').Any(line => line.StartsWith("/dev/vd", StringComparison.Ordinal) && line.Contains(" / ", StringComparison.Ordinal)),
            "the root file system is not on a virtio disk");
        Skip.IfNot(Directory.Exists("/sys/bus/pci/devices") && Directory.GetFileSystemEntries("/sys/bus/pci/devices").Length > 0, "no PCI functions");
        HostUsage usage = UsageReader.Read(new LiveEvidence(), NoFunctions);
        Assert.Single(usage.Uses, entry => entry.Value.Contains("mounted at /"));
    }

    [SkippableFact]
    public void Every_captured_tree_is_read_without_an_exception_and_absence_is_not_invented()
    {
        Skip.If(Fixtures.Captures is null, "no captured machines beside the checkout");
        string[] archives = [.. Directory.GetFiles(Fixtures.Captures, "root.tar.gz", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Assert.True(archives.Length > 50, $"only {archives.Length} captures");
        foreach (string archive in archives)
        {
            using var tree = new TemporaryTree();
            using (var unpacked = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress))
            {
                Extract(unpacked, tree.Root);
            }

            var recorder = new Recorder(new DirectoryEvidence(tree.Root));
            _ = UsageReader.Read(recorder, NoFunctions);
            _ = PrivilegeReader.Read(recorder);
            _ = LimitsReader.Read(recorder);
            BundleCollector.AskBeyondModel(recorder);
            _ = GapFinder.Find(recorder);
            foreach ((Question question, Answer answer) in recorder.Transcript)
            {
                Assert.True(answer.Outcome != Outcome.Failed, $"{archive}: {question} failed: {answer.Why}");
                Assert.False(answer.Outcome == Outcome.Absent && question.Path.EndsWith("/driver", StringComparison.Ordinal), $"{archive}: {question}");
            }
        }
    }

    /// <summary>Links are made as they stand, absolute and dangling ones too, which the runtime's own extraction refuses.</summary>
    private static void Extract(Stream stream, string root)
    {
        using var archive = new TarReader(stream);
        while (archive.GetNextEntry() is { } entry)
        {
            string path = Path.Combine(root, entry.Name.TrimEnd('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (entry.EntryType == TarEntryType.Directory)
            {
                Directory.CreateDirectory(path);
            }
            else if (entry.EntryType == TarEntryType.SymbolicLink)
            {
                File.CreateSymbolicLink(path, entry.LinkName);
            }
            else if (entry.DataStream is { } data)
            {
                using FileStream file = File.Create(path);
                data.CopyTo(file);
            }
            else if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            {
                File.WriteAllText(path, "");
            }
        }
    }
}
