using Passthrough.Guests;
using Xunit;

namespace Passthrough.LabTests.Guests;

/// <summary>Each machine shows the state its record claims.</summary>
public class MachineTests
{
    [SkippableFact]
    public async Task The_healthy_Intel_machine_has_a_viable_candidate_and_remapped_interrupts()
    {
        Observed guest = await Observed.OfAsync("intel-healthy");

        Assert.Contains("DMAR\n", guest["tables"], StringComparison.Ordinal);
        Assert.Equal("dmar0\n", guest["units"]);
        Assert.Contains("DMAR-IR: Enabled IRQ remapping", guest["dmesg"], StringComparison.Ordinal);
        Assert.Contains("IR-PCI-MSI", guest["interrupts"], StringComparison.Ordinal);
        Assert.Contains(" DMA 0000:01:00.0\n", guest["groups"], StringComparison.Ordinal);
        Assert.Contains("0000:01:00.0 driver=vfio-pci override=vfio-pci", guest["devices"], StringComparison.Ordinal);
        Assert.Contains("0000:02:00.0 driver=nvme override=(null)", guest["devices"], StringComparison.Ordinal);
        Assert.Matches(@"(?m)^\d+$", guest["vfio"]);
        AssertModules(guest, "vfio_pci", "vfio_iommu_type1", "kvm_amd", "nvme");
    }

    [SkippableFact]
    public async Task The_healthy_AMD_machine_has_a_viable_candidate_and_remapped_interrupts()
    {
        Observed guest = await Observed.OfAsync("amd-healthy");

        Assert.Contains("IVRS\n", guest["tables"], StringComparison.Ordinal);
        Assert.Equal("ivhd0\n", guest["units"]);
        Assert.Contains("AMD-Vi: Interrupt remapping enabled", guest["dmesg"], StringComparison.Ordinal);
        Assert.Contains(" DMA 0000:00:06.0\n", guest["groups"], StringComparison.Ordinal);
        Assert.Contains("0000:00:06.0 driver=vfio-pci override=vfio-pci", guest["devices"], StringComparison.Ordinal);
        Assert.Equal(256 * 1024, guest.Run.Files["disk"].Length);
    }

    [SkippableFact]
    public async Task Without_modules_VFIO_is_neither_loaded_nor_to_be_found()
    {
        Observed guest = await Observed.OfAsync("no-modules");

        Assert.DoesNotContain("vfio", guest["modules"], StringComparison.Ordinal);
        Assert.Equal("1\n", guest["modprobe"]);
        Assert.Contains("Module vfio-pci not found", guest["errors"], StringComparison.Ordinal);
        Assert.Contains("0000:01:00.0 driver= override=vfio-pci", guest["devices"], StringComparison.Ordinal);
        Assert.Contains(" DMA 0000:01:00.0\n", guest["groups"], StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_NUMA_machine_has_a_candidate_near_each_node()
    {
        Observed guest = await Observed.OfAsync("numa");

        Assert.Contains("0000:41:00.0 driver=vfio-pci override=vfio-pci node=0\n", guest["devices"], StringComparison.Ordinal);
        Assert.Contains("0000:81:00.0 driver=vfio-pci override=vfio-pci node=1\n", guest["devices"], StringComparison.Ordinal);
        Assert.Contains(" DMA 0000:41:00.0\n", guest["groups"], StringComparison.Ordinal);
        Assert.Contains(" DMA 0000:81:00.0\n", guest["groups"], StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("bench-intel", "DMA-FQ", "0000:02:00.0")]
    [InlineData("bench-amd", "DMA", "0000:00:06.0")]
    public async Task The_measuring_machines_have_candidates_alone_in_their_groups_and_a_disk(string machine, string type, string disk)
    {
        Observed guest = await Observed.OfAsync(machine);

        foreach (string candidate in LabCatalog.Find(machine)!.Candidates)
        {
            Assert.Contains($" {type} {candidate}\n", guest["groups"], StringComparison.Ordinal);
            Assert.Contains($"{candidate} driver=vfio-pci", guest["devices"], StringComparison.Ordinal);
        }

        Assert.Contains($"{disk} driver=nvme", guest["devices"], StringComparison.Ordinal);
        Assert.Equal(256 * 1024, guest.Run.Files["disk"].Length);
    }

    private static void AssertModules(Observed guest, params string[] names)
    {
        string[] loaded = guest["modules"].Split('\n');
        Assert.All(names, name => Assert.Contains(name, loaded));
    }
}
