using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Modules;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Mod003Tests
{
    private static readonly Mod003Cdev _check = new();

    private static Finding Judge(Reading<bool> folder, Reading<string>? number)
    {
        PciDevice device = Cmd010Tests.Gpu("vfio-pci") with { HasVfioFolder = folder };
        HostModel model = Models.Blank.Devices(device);
        model = number is { } known ? model with { Vfio = model.Vfio with { CdevNumbers = new Dictionary<PciAddress, Reading<string>> { [device.Address] = known } } } : model;
        return _check.Single(model, device);
    }

    [Fact]
    public void A_device_number_passes() => Assert.Equal(Verdict.Pass, Judge(Models.Known(true), Models.Known("511:0")).Verdict);

    [Fact]
    public void The_folder_without_a_number_is_no_character_device() => Assert.Equal(Verdict.Note, Judge(Models.Known(true), Models.Absent<string>()).Verdict);

    [Fact]
    public void What_was_not_seen_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, Judge(Models.Known(true), Models.None<string>()).Verdict);
        Assert.Equal(Verdict.Unknown, Judge(Models.Known(true), null).Verdict);
        Assert.Equal(Verdict.Unknown, Judge(Models.None<bool>(), null).Verdict);
        Assert.Equal(Verdict.Unknown, Judge(Models.Known(true), Models.Known("garbage")).Verdict);
    }

    [Fact]
    public void A_function_without_vfio_is_a_note() => Assert.Equal(Verdict.Note, Judge(Models.Known(false), null).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
