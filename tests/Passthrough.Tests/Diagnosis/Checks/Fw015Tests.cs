using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw015Tests
{
    private static readonly Fw015Uefi _check = new();

    private static Finding Judge(bool uefi, bool? isVirtual, Profile? profile, params PciDevice[] candidates)
    {
        HostModel model = Models.Blank.Devices(Cmd010Tests.Gpu("vfio-pci")) with { IsVirtualMachine = isVirtual, BootedByUefi = Models.Known(uefi) };
        return Assert.Single(_check.Examine(new Subjects(model, candidates, profile, PlatformModels.Today)));
    }

    [Fact]
    public void Uefi_passes() => Assert.Equal(Verdict.Pass, Judge(true, false, null).Verdict);

    [Fact]
    public void Legacy_boot_is_a_note_and_a_warning_for_a_gpu_on_hardware()
    {
        Assert.Equal(Verdict.Note, Judge(false, false, null).Verdict);
        Assert.Equal(Verdict.Warn, Judge(false, false, Profile.Gpu, Cmd010Tests.Gpu("vfio-pci")).Verdict);
        Assert.Equal(Verdict.Unknown, Judge(false, null, Profile.Gpu, Cmd010Tests.Gpu("vfio-pci")).Verdict);
    }

    [Fact]
    public void A_guest_booted_directly_is_a_note() => Assert.Equal(Verdict.Note, Judge(false, true, Profile.Gpu, Cmd010Tests.Gpu("vfio-pci")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
