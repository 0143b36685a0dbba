using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Pci;

public class PciFolderTests
{
    [Fact]
    public void A_listing_in_any_order_holds_its_names()
    {
        var folder = new PciFolder(new Listing("uevent\nconfig\nsubsystem\nirq\nresource\nphysfn"), "/sys/bus/pci/devices/0000:00:01.0");
        Assert.True(folder.IsListed("physfn"));
        Assert.True(folder.Exists("config").Value);
        Assert.Equal(Outcome.Absent, folder.ReadText("numa_node").Outcome);
    }

    [Fact]
    public void What_is_missing_names_its_path()
    {
        var folder = new PciFolder(new Listing("config\nirq\nresource\nsubsystem\nuevent"), "/sys/bus/pci/devices/0000:00:01.0");
        Reading<long> node = folder.ReadNumber("numa_node");
        Assert.Equal("/sys/bus/pci/devices/0000:00:01.0/numa_node", node.Source);
        Assert.Equal(new Reading<long>(0, Outcome.Absent, "/sys/bus/pci/devices/0000:00:01.0/numa_node"), node);
    }

    private sealed class Listing(string names) : IEvidence
    {
        public SourceKind Kind => SourceKind.Bundle;

        public string DisplayName => "a listing";

        public Answer Ask(Question question) => question.Verb == Verb.List ? Answer.Of(names) : Answer.NotRecorded;
    }
}
