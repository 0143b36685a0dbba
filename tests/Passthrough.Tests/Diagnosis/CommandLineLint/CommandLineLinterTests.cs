using Passthrough.Diagnosis;
using Passthrough.Diagnosis.CommandLineLint;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.CommandLineLint;

public class CommandLineLinterTests
{
    private static readonly HostModel _amd = Models.Blank.Cpu("AuthenticAMD", "svm", "pdpe1gb").Virtual(false).Tables("FACP", "IVRS");
    private static readonly HostModel _intel = PlatformModels.HealthyIntel.Config("INTEL_IOMMU=y", "NO_HZ_FULL=y");

    private static TokenJudgement One(HostModel model, string token) => Assert.Single(CommandLineLinter.Lint(model.CommandLine("root=/dev/sda1 quiet " + token)));

    [Theory]
    [InlineData("intel_iommu=on", TokenEffect.Effective)]
    [InlineData("intel_iommu=on,sm_on", TokenEffect.Effective)]
    [InlineData("intel-iommu=on", TokenEffect.Effective)]
    [InlineData("intel_iommu=pt", TokenEffect.NoEffect)]
    [InlineData("intel_iommu=1", TokenEffect.NoEffect)]
    [InlineData("intel_iommu", TokenEffect.NoEffect)]
    [InlineData("intel_iommu=on,strict", TokenEffect.Deprecated)]
    [InlineData("amd_iommu=on", TokenEffect.NoEffect)]
    [InlineData("amd_iommu=pgtbl_v2", TokenEffect.NoEffect)]
    [InlineData("iommu=on", TokenEffect.NoEffect)]
    [InlineData("iommu=1", TokenEffect.NoEffect)]
    [InlineData("iommu=pt", TokenEffect.Effective)]
    [InlineData("iommu=soft", TokenEffect.Harmful)]
    [InlineData("iommu.passthrough=1", TokenEffect.Effective)]
    [InlineData("iommu.passthrough=maybe", TokenEffect.NoEffect)]
    [InlineData("iommu.strict=on", TokenEffect.Effective)]
    [InlineData("iommu_pt", TokenEffect.NoEffect)]
    [InlineData("intremap=off", TokenEffect.Harmful)]
    [InlineData("nointremap", TokenEffect.Harmful)]
    [InlineData("intremap=nosid", TokenEffect.Harmful)]
    [InlineData("intremap=enable", TokenEffect.NoEffect)]
    [InlineData("vfio_iommu_type1.allow_unsafe_interrupts=1", TokenEffect.Harmful)]
    [InlineData("vfio_iommu_type1.allow_unsafe_interrupt=1", TokenEffect.NoEffect)]
    [InlineData("vfio_iommu_type1.allow_unsafe_interrupts=0", TokenEffect.Effective)]
    [InlineData("vfio-pci.ids=10de:1b80,10de:10f0", TokenEffect.Effective)]
    [InlineData("vfio-pci.ids=GPU", TokenEffect.NoEffect)]
    [InlineData("vfio_pci_ids=10de:1b80", TokenEffect.NoEffect)]
    [InlineData("vfio_pci.disable_idle_d3=1", TokenEffect.Effective)]
    [InlineData("vfio.enable_unsafe_noiommu_mode=1", TokenEffect.Harmful)]
    [InlineData("pci=nomsi", TokenEffect.Harmful)]
    [InlineData("pci=nommconf", TokenEffect.Harmful)]
    [InlineData("pci=realloc", TokenEffect.Effective)]
    [InlineData("pci=assign-busses", TokenEffect.Effective)]
    [InlineData("pci=pcie_bus_perf", TokenEffect.Effective)]
    [InlineData("pci=relloc", TokenEffect.NoEffect)]
    [InlineData("pcie_bus_perf", TokenEffect.NoEffect)]
    [InlineData("pcie_aspm=off", TokenEffect.Effective)]
    [InlineData("hugepagez=2M", TokenEffect.NoEffect)]
    [InlineData("hugepages=8", TokenEffect.Effective)]
    [InlineData("hugepagesz=3M", TokenEffect.NoEffect)]
    [InlineData("isolcpus=2-7", TokenEffect.Effective)]
    [InlineData("isolcpus=managed_irq,domain,2-7", TokenEffect.Effective)]
    [InlineData("isolcpus=", TokenEffect.NoEffect)]
    [InlineData("isolcpu=2-7", TokenEffect.NoEffect)]
    [InlineData("managed_irq", TokenEffect.NoEffect)]
    [InlineData("nohz_full=2-7", TokenEffect.Effective)]
    [InlineData("kvm_amd.avic=1", TokenEffect.NoEffect)]
    [InlineData("video=simpledrm:off", TokenEffect.NoEffect)]
    [InlineData("initcall_blacklist=sysfb_init", TokenEffect.Effective)]
    [InlineData("acpi=off", TokenEffect.Harmful)]
    public void A_token_is_judged_on_a_healthy_intel_host(string token, TokenEffect expected)
    {
        TokenJudgement judgement = One(_intel, token);
        Assert.Equal((token, expected), (judgement.Token, judgement.Effect));
        Assert.EndsWith(".", judgement.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("amd_iommu=on")]
    [InlineData("amd_iommu=enable")]
    public void No_value_switches_amd_on(string token) => Assert.Equal(TokenEffect.NoEffect, One(_amd, token).Effect);

    [Fact]
    public void The_other_vendors_token_does_nothing_although_the_parser_speaks()
    {
        TokenJudgement judgement = One(_amd.Log(true, (LogEventKind.IommuTokenParsed, "DMAR: IOMMU enabled")), "intel_iommu=on");

        Assert.Equal((TokenEffect.NoEffect, "CMD-004"), (judgement.Effect, judgement.CheckId));
        Assert.Contains("proves nothing", judgement.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_virtual_machine_on_amd_may_have_an_intel_iommu() => Assert.Equal(TokenEffect.Effective,
        One(Models.Blank.Cpu("AuthenticAMD", "svm").Virtual().Tables("FACP", "DMAR"), "intel_iommu=on").Effect);

    [Fact]
    public void Without_tables_the_vendor_of_the_iommu_is_not_known() => Assert.Equal(TokenEffect.Unknown,
        One(Models.Blank.Cpu("GenuineIntel", "vmx"), "intel_iommu=on").Effect);

    [Fact]
    public void Only_the_last_ids_count()
    {
        IReadOnlyList<TokenJudgement> all = CommandLineLinter.Lint(_intel.CommandLine("vfio-pci.ids=10de:1b80 vfio_pci.ids=10de:10f0"));
        Assert.Equal([TokenEffect.NoEffect, TokenEffect.Effective], all.Select(item => item.Effect));
        Assert.Equal("CMD-008", all[0].CheckId);
    }

    [Fact]
    public void Comma_lists_of_several_tokens_add_up() => Assert.Equal([TokenEffect.Effective, TokenEffect.Effective],
        CommandLineLinter.Lint(_intel.CommandLine("intel_iommu=on intel_iommu=sm_on")).Select(item => item.Effect));

    [Fact]
    public void Every_token_of_the_families_is_listed_exactly_once_and_no_other()
    {
        const string text = "BOOT_IMAGE=/vmlinuz root=/dev/sda1 intel_iommu=on iommu=pt vfio-pci.ids=10de:1b80 pci=realloc hugepagesz=1G hugepages=4 isolcpus=2-3 kvm.ignore_msrs=1 quiet intel_idle.max_cstate=1";
        Assert.Equal(["intel_iommu=on", "iommu=pt", "vfio-pci.ids=10de:1b80", "pci=realloc", "hugepagesz=1G", "hugepages=4", "isolcpus=2-3", "kvm.ignore_msrs=1"],
            CommandLineLinter.Lint(_intel.CommandLine(text)).Select(item => item.Token));
    }

    [Theory]
    [InlineData("hugepagesz=3M hugepages=4", "01")]
    [InlineData("hugepagesz=2M hugepages=4 hugepages=8", "2")]
    [InlineData("hugepages=4 hugepagesz=2M hugepages=8", "")]
    [InlineData("default_hugepagesz=2M hugepages=4", "")]
    [InlineData("hugepagesz=1G hugepages=0:1,1:2", "")]
    [InlineData("hugepagesz=2M hugepages=many", "1")]
    [InlineData("hugepagesz=2M hugepages=4 hugepagesz=2M hugepages=8", "23")]
    public void Huge_page_tokens_are_read_in_the_kernels_order(string text, string ignored)
    {
        IReadOnlyList<TokenJudgement> all = CommandLineLinter.Lint(_amd.CommandLine(text));
        Assert.Equal(ignored, string.Concat(all.Select((item, index) => item.Effect == TokenEffect.NoEffect ? index.ToString(System.Globalization.CultureInfo.InvariantCulture) : "")));
    }

    [Fact]
    public void A_gigabyte_page_needs_the_cpus_flag() => Assert.Equal([TokenEffect.NoEffect, TokenEffect.NoEffect],
        CommandLineLinter.Lint(_intel.CommandLine("hugepagesz=1G hugepages=4")).Select(item => item.Effect));

    [Theory]
    [InlineData(true, false, TokenEffect.NoEffect)]
    [InlineData(false, false, TokenEffect.Unknown)]
    [InlineData(false, true, TokenEffect.Harmful)]
    public void An_acs_override_is_ignored_by_stock_kernels_and_obeyed_by_patched_ones(bool complete, bool patched, TokenEffect expected)
    {
        HostModel model = patched
            ? _intel.Log(complete, (LogEventKind.AcsOverride, "Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA"))
            : _intel.Log(complete);
        Assert.Equal(expected, One(model, "pcie_acs_override=downstream,multifunction").Effect);
    }

    [Fact]
    public void Harm_and_failed_findings_agree()
    {
        foreach (string token in (string[])["intel_iommu=off", "iommu=off", "intremap=off"])
        {
            HostModel model = PlatformModels.IdleIntel.CommandLine(token);
            Assert.Equal(TokenEffect.Harmful, Assert.Single(CommandLineLinter.Lint(model)).Effect);
            Assert.Contains(Catalog.All.SelectMany(check => check.Examine(model.Subjects())), finding => finding.Subject == "token:" + token && finding.Verdict == Verdict.Fail);
        }
    }

    [Fact]
    public void No_command_line_gives_no_judgement() => Assert.Empty(CommandLineLinter.Lint(Models.Blank));

    [Theory]
    [InlineData("= == =x intel_iommu== pci=,,, pci== hugepages=999999999999999999999 hugepagesz=9999999999999999T isolcpus=,,, vfio.= vfio_pci. iommu.=")]
    [InlineData("hugepagesz=\uFFFD pci=\u0001 vfio\u0000 isolcpus=999999999")]
    public void Nothing_throws(string text) => Assert.NotEmpty(CommandLineLinter.Lint(Models.Blank with
    {
        Kernel = Models.Blank.Kernel with { CommandLine = Reading.Of(CommandLineParser.Parse(text), "/proc/cmdline") },
    }));
}
