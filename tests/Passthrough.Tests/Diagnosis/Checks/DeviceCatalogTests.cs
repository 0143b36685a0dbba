using System.Text.RegularExpressions;
using Passthrough.Diagnosis;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed partial class DeviceCatalogTests
{
    public static TheoryData<string> Ids => [.. Catalog.Devices.Select(check => check.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void On_a_machine_of_which_nothing_is_known_no_check_passes_or_fails(string id)
    {
        IReadOnlyList<Finding> findings = DeviceCase.Run(Find(id), Models.Blank);
        Assert.NotEmpty(findings);
        Assert.All(findings, finding => Assert.Equal(Verdict.Unknown, finding.Verdict));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_function_of_which_only_the_address_is_known_neither_passes_nor_fails(string id)
    {
        HostModel model = Models.Blank.With(Models.Device("0000:01:00.0"));
        IReadOnlyList<Finding> findings = DeviceCase.Run(Find(id), model, "0000:01:00.0");
        Assert.NotEmpty(findings);
        Assert.All(findings, finding => Assert.Equal(Verdict.Unknown, finding.Verdict));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_captured_folder_in_which_everything_is_absent_neither_passes_nor_fails(string id)
    {
        // A partial capture answers "absent" for what was never captured.
        HostModel model = Models.Blank with
        {
            Source = global::Passthrough.Host.Evidence.SourceKind.Directory,
            Iommu = Models.Blank.Iommu with
            {
                Units = Models.Absent<IReadOnlyList<global::Passthrough.Host.Iommu.IommuUnit>>(),
                GroupFolder = Models.Absent<IReadOnlyList<string>>(),
            },
        };
        model = model.With(DeviceCase.Device("0000:01:00.0") with { Driver = Models.None<string>(), VendorId = Models.None<ushort>() })
            .WithParameter("vfio_iommu_type1/allow_unsafe_interrupts", null).WithParameter("iommufd/allow_unsafe_interrupts", null)
            .WithParameter("vfio/enable_unsafe_noiommu_mode", null);
        IReadOnlyList<Finding> findings = DeviceCase.Run(Find(id), model, "0000:01:00.0");
        Assert.NotEmpty(findings);
        Assert.All(findings, finding => Assert.False(finding.Verdict is Verdict.Pass or Verdict.Fail, finding.Message));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_check_explains_itself_and_names_its_sources(string id)
    {
        Check check = Find(id);
        Assert.Matches(IdPattern(), check.Id);
        Assert.True(check.Title.Length is > 10 and < 70, check.Title);
        Assert.EndsWith(".", check.Explanation, StringComparison.Ordinal);
        Assert.EndsWith(".", check.Criteria, StringComparison.Ordinal);
        Assert.NotEmpty(check.References);
    }

    [Fact]
    public void No_two_checks_share_an_id_and_each_class_is_named_after_it()
    {
        Assert.Equal(Catalog.Devices.Count, Catalog.Devices.Select(check => check.Id).Distinct().Count());
        Assert.All(Catalog.Devices, check => Assert.StartsWith(check.Id.Replace("-", "", StringComparison.Ordinal), check.GetType().Name, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Every_unknown_finding_says_what_to_do()
    {
        HostModel model = Models.Blank.With(Models.Device("0000:01:00.0"));
        foreach (Finding finding in Catalog.Devices.SelectMany(check => DeviceCase.Run(check, model, "0000:01:00.0")))
        {
            Assert.True(finding.Message.Contains("ptdiag", StringComparison.Ordinal) || finding.Message.Contains("Look", StringComparison.Ordinal)
                || finding.Message.Contains("Read", StringComparison.Ordinal) || finding.Message.Contains("again", StringComparison.Ordinal), finding.Message);
        }
    }

    private static Check Find(string id) => Catalog.Devices.Single(check => check.Id == id);

    [GeneratedRegex("^[A-Z]{3}-[0-9]{3}$")]
    private static partial Regex IdPattern();
}
