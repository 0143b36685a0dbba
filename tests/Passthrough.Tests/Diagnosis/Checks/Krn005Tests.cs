using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.KernelBuild;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Krn005Tests
{
    private static readonly Krn005InterruptRemapping _check = new();

    [Fact]
    public void Both_options_pass() => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Config("X86_64=y", "IRQ_REMAP=y", "X86_X2APIC=y")).Verdict);

    [Fact]
    public void Without_irq_remap_it_fails() => Assert.Equal(Verdict.Fail, _check.Single(Models.Blank.Config("X86_64=y", "X86_X2APIC=y")).Verdict);

    [Fact]
    public void Without_x2apic_it_is_a_note() => Assert.Equal(Verdict.Note, _check.Single(Models.Blank.Config("X86_64=y", "IRQ_REMAP=y")).Verdict);

    [Fact]
    public void Arm_needs_none() => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.Config("ARM64=y").Cpu("ARM")).Verdict);

    [Fact]
    public void What_was_not_seen_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Config("ARM64=y")).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
    }
}
