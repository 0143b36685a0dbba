using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Cpu;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

/// <summary>IRQ-002, IRQ-003, IRQ-007 and IRQ-011.</summary>
public sealed class InterruptChecksTests
{
    private const ulong Posting = 1UL << 59;

    private static Verdict One(Check check, HostModel model) => DeviceCase.One(check, model).Verdict;

    private static HostModel Cpus(string online, string? isolated = null) => Models.Blank with
    {
        Cpu = Models.Blank.Cpu with
        {
            VendorId = Models.Known("GenuineIntel"),
            Online = Models.Known(DeviceCase.Cpus(online)),
            Isolated = isolated is null ? Models.None<CpuSet>() : Models.Known(isolated.Length == 0 ? CpuSet.Empty : DeviceCase.Cpus(isolated)),
        },
    };

    [Fact]
    public void The_log_tells_the_mode_and_the_number_of_cpus_what_it_means()
    {
        var check = new Irq002X2Apic();
        Assert.Equal(Verdict.Pass, One(check, Cpus("0-3").WithLog(DeviceCase.Event(LogEventKind.InterruptRemappingOn, "DMAR-IR: Enabled IRQ remapping in x2apic mode"))));
        LogEvent old = DeviceCase.Event(LogEventKind.InterruptRemappingOn, "DMAR-IR: Enabled IRQ remapping in xapic mode");
        Assert.Equal(Verdict.Note, One(check, Cpus("0-3").WithLog(old)));
        Assert.Equal(Verdict.Warn, One(check, Cpus("0-511").WithLog(old)));
        Assert.Equal(Verdict.Unknown, One(check, Cpus("0-3")));
        Assert.Equal(Verdict.NotApplicable, One(check, Models.Blank.WithCpu("ARM")));
    }

    [Fact]
    public void A_request_to_opt_out_is_no_error()
    {
        // Trap 25 in small: the line alone names no mode.
        HostModel model = Cpus("0-3").WithLog(DeviceCase.Event(LogEventKind.X2Apic, "DMAR-IR: x2apic is disabled because BIOS sets x2apic opt out bit."));
        Assert.Equal(Verdict.Unknown, One(new Irq002X2Apic(), model));
    }

    private static HostModel Kvm(string module, string parameter, string? value) => Models.Blank.WithParameter($"{module}/{parameter}", value) with { } is var model
        ? model with { Kernel = model.Kernel with { Modules = model.Kernel.Modules with { InSysfs = new HashSet<string> { "kvm", module } } } } : Models.Blank;

    [Fact]
    public void One_unit_without_posting_switches_it_off_for_all()
    {
        // Trap 24: the first unit alone misleads.
        HostModel kvm = Kvm("kvm_intel", "enable_apicv", "Y").WithCommandLine("quiet");
        Assert.Equal(Verdict.Note, One(new Irq003Posted(), kvm.WithUnits(DeviceCase.Unit("dmar0", Posting), DeviceCase.Unit("dmar1", 0))));
        Assert.Equal(Verdict.Pass, One(new Irq003Posted(), kvm.WithUnits(DeviceCase.Unit("dmar0", Posting), DeviceCase.Unit("dmar1", Posting))));
        Assert.Equal(Verdict.Unknown, One(new Irq003Posted(), kvm.WithUnits(DeviceCase.Unit("dmar0", Posting), DeviceCase.Unit("dmar1"))));
    }

    [Fact]
    public void Posting_that_is_switched_off_warns_and_never_fails()
    {
        HostModel off = Kvm("kvm_intel", "enable_apicv", "N").WithCommandLine("quiet").WithUnits(DeviceCase.Unit("dmar0", Posting));
        Assert.Equal(Verdict.Warn, One(new Irq003Posted(), off));
        HostModel forbidden = Kvm("kvm_intel", "enable_apicv", "Y").WithCommandLine("intremap=nopost").WithUnits(DeviceCase.Unit("dmar0", Posting));
        Assert.Equal(Verdict.Warn, One(new Irq003Posted(), forbidden));
        Assert.Equal(Verdict.Note, One(new Irq003Posted(), Kvm("kvm_amd", "avic", "N")));
        Assert.Equal(Verdict.Pass, One(new Irq003Posted(), Kvm("kvm_amd", "avic", "1")));
        Assert.Equal(Verdict.Unknown, One(new Irq003Posted(), Kvm("kvm_amd", "avic", null)));
        Assert.Equal(Verdict.NotApplicable, One(new Irq003Posted(), Kvm("virtio", "x", null)));
    }

    private static HostModel Balanced(bool? running, string isolated, params string[]? settings) => Cpus("0-7", isolated) with
    {
        Interrupts = Models.Blank.Interrupts with
        {
            IrqBalanceRunning = running is { } known ? Models.Known(known) : Models.None<bool>(),
            IrqBalanceSettings = settings is null ? Models.None<IReadOnlyList<string>>() : Models.Known<IReadOnlyList<string>>(settings),
        },
    };

    [Fact]
    public void A_banned_list_must_hold_every_isolated_cpu()
    {
        var check = new Irq007IrqBalance();
        Assert.Equal(Verdict.NotApplicable, One(check, Balanced(true, "")));
        Assert.Equal(Verdict.Pass, One(check, Balanced(false, "2-7")));
        Assert.Equal(Verdict.Pass, One(check, Balanced(true, "2-7", [])));
        Assert.Equal(Verdict.Pass, One(check, Balanced(true, "2-7", ["IRQBALANCE_BANNED_CPULIST=\"2-7\""])));
        Assert.Equal(Verdict.Warn, One(check, Balanced(true, "2-7", ["IRQBALANCE_BANNED_CPULIST=2-5"])));
        Assert.Equal(Verdict.Unknown, One(check, Balanced(true, "2-7", null)));
        Assert.Equal(Verdict.Unknown, One(check, Balanced(null, "2-7", [])));
    }

    [Fact]
    public void The_older_banned_setting_is_a_hex_mask()
    {
        Assert.Equal(Verdict.Pass, One(new Irq007IrqBalance(), Balanced(true, "3", ["IRQBALANCE_BANNED_CPUS=8"])));
        Assert.Equal(Verdict.Warn, One(new Irq007IrqBalance(), Balanced(true, "3", ["IRQBALANCE_BANNED_CPUS=3"])));
    }

    private static HostModel Steered(string? mask, string? isolated)
    {
        CpuSet? cpus = mask is null ? null : CpuSet.TryParseMask(mask, out CpuSet parsed) ? parsed : throw new ArgumentException(mask);
        return Cpus("0-63", isolated) with
        {
            Interrupts = Models.Blank.Interrupts with
            {
                ReceiveQueues = [new ReceiveQueue("eth0", "rx-0", cpus is null ? Models.None<CpuSet>() : Models.Known(cpus), null)],
            },
        };
    }

    [Fact]
    public void A_steering_mask_is_hex_with_commas_and_8_is_cpu_3()
    {
        // Trap 32.
        var check = new Irq011ReceiveSteering();
        Assert.Equal(Verdict.Warn, One(check, Steered("8", "3")));
        Assert.Equal(Verdict.Pass, One(check, Steered("8", "8")));
        Assert.Equal(Verdict.Warn, One(check, Steered("00000001,00000000", "32")));
        Assert.Equal(Verdict.Pass, One(check, Steered("00000000,00000000", null)));
        Assert.Equal(Verdict.Unknown, One(check, Steered("8", null)));
        Assert.Equal(Verdict.Unknown, One(check, Steered(null, "3")));
    }

    [Fact]
    public void Node_minus_one_on_a_machine_of_two_nodes_is_not_node_0()
    {
        // Trap 15.
        PciDevice nic = DeviceCase.Device("0000:01:00.0", "ixgbe", 0x020000) with { NumaNode = Models.Known(-1L) };
        HostModel model = Steered("8", "60").With(nic).WithNodes(2);
        model = model with { Interrupts = model.Interrupts with { ReceiveQueues = [model.Interrupts.ReceiveQueues[0] with { Device = nic.Address }] } };
        Assert.Equal(Verdict.Unknown, One(new Irq011ReceiveSteering(), model));
        HostModel known = model.With(nic with { NumaNode = Models.Known(0L) });
        Assert.Equal(Verdict.Note, One(new Irq011ReceiveSteering(), known));
    }
}
