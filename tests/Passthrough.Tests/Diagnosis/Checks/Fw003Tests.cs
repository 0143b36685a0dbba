using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw003Tests
{
    private static readonly Fw003CpuVirtualization _check = new();
    private static readonly Reading<int> _absent = Models.Absent<int>("/dev/kvm");

    [Fact]
    public void A_kvm_that_answers_passes_whatever_the_flags_say() =>
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Cpu("ARM").Kvm(Models.Known(12))).Verdict);

    [Fact]
    public void An_x86_cpu_without_either_flag_fails()
    {
        Finding finding = _check.Single(Models.Blank.Cpu("GenuineIntel", "fpu").Virtual(false).Kvm(_absent));

        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains("VT-x", Assert.Single(finding.Remedy).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_guest_the_remedy_is_nested_virtualisation() =>
        Assert.Contains("nested", Assert.Single(_check.Single(Models.Blank.Cpu("GenuineIntel", "fpu").Virtual().Kvm(_absent)).Remedy).Text, StringComparison.Ordinal);

    [Fact]
    public void A_log_that_says_disabled_by_bios_fails_in_spite_of_the_flag() => Assert.Equal(Verdict.Fail,
        _check.Single(Models.Blank.Cpu("AuthenticAMD", "svm").Kvm(_absent).Log(false, (LogEventKind.KvmDisabled, "kvm: disabled by bios"))).Verdict);

    [Fact]
    public void A_module_that_is_not_loaded_is_a_warning_not_a_failure()
    {
        Finding finding = _check.Single(Models.Blank.Cpu("AuthenticAMD", "svm").Kvm(_absent).Modules([], [], ["kvm_amd"]));

        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Equal("modprobe kvm_amd", Assert.Single(finding.Remedy).Command);
    }

    [Fact]
    public void A_static_node_that_refuses_before_the_module_is_loaded_is_a_warning() => Assert.Equal(Verdict.Warn,
        _check.Single(Models.Blank.Cpu("GenuineIntel", "vmx").Kvm(Reading.Failed<int>("/dev/kvm", "ENODEV")).Modules([], [], ["kvm_intel"])).Verdict);

    [Fact]
    public void A_built_in_kvm_that_refuses_fails() => Assert.Equal(Verdict.Fail,
        _check.Single(Models.Blank.Cpu("GenuineIntel", "vmx").Kvm(Reading.Failed<int>("/dev/kvm", "ENODEV")).Modules([], ["kvm_intel"], [])).Verdict);

    [Fact]
    public void A_kernel_without_the_module_fails() =>
        Assert.Equal(Verdict.Fail, _check.Single(Models.Blank.Cpu("GenuineIntel", "vmx").Kvm(_absent).Modules([], [], ["e1000"])).Verdict);

    [Fact]
    public void A_loaded_vendor_module_proves_it_where_kvm_was_not_asked() =>
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Cpu("GenuineIntel", "vmx").Modules(["kvm_intel"], null, null)).Verdict);

    [Fact]
    public void The_flag_alone_is_no_proof() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Cpu("GenuineIntel", "vmx")).Verdict);

    [Fact]
    public void A_container_without_the_node_says_nothing_about_the_host() =>
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Cpu("GenuineIntel", "vmx").Kvm(_absent).Container("/.dockerenv")).Verdict);

    [Fact]
    public void Denied_is_unknown_and_names_root() => Assert.Contains("root",
        _check.Single(Models.Blank.Cpu("GenuineIntel", "vmx").Kvm(Reading.Missing<int>(Outcome.Denied, "/dev/kvm"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Arm_flags_say_nothing() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank with
    {
        Cpu = Models.Blank.Cpu with { VendorId = Models.Known("ARM"), Flags = Reading.Of<IReadOnlySet<string>>(new HashSet<string> { "fp", "asimd" }, "/proc/cpuinfo") },
    }).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
