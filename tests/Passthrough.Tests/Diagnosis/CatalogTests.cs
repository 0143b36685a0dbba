using Passthrough.Diagnosis;
using Xunit;

namespace Passthrough.Tests.Diagnosis;

public class CatalogTests
{
    [Fact]
    public void Every_check_of_the_assembly_stands_in_the_catalogue() => Assert.Equal(
        typeof(Check).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Check)) && !type.IsAbstract).Select(type => type.Name).Order(StringComparer.Ordinal),
        Catalog.All.Select(check => check.GetType().Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Ids_are_unique_and_reserved()
    {
        Assert.Equal(Catalog.All.Count, Catalog.All.Select(check => check.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(Catalog.All, check => Assert.True(ReservedIds.Titles.ContainsKey(check.Id), check.Id));
    }

    [Fact]
    public void A_hundred_and_eighty_ids_are_reserved_and_each_has_a_title()
    {
        Assert.Equal(180, ReservedIds.Titles.Count);
        Assert.All(ReservedIds.Titles, pair =>
        {
            Assert.Matches("^[A-Z]{2,4}-[0-9]{3}$", pair.Key);
            Assert.NotEmpty(pair.Value);
        });
    }

    [Theory]
    [InlineData("FW-001")]
    [InlineData("fw-001")]
    [InlineData("fw001")]
    [InlineData(" Fw_001 ")]
    public void A_check_is_found_whatever_the_case_and_the_dash(string id) => Assert.Equal("FW-001", Catalog.Find(id)?.Id);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("FW-0001")]
    public void What_is_no_id_finds_nothing(string? id) => Assert.Null(Catalog.Find(id));

    [Fact]
    public void Every_check_explains_itself() => Assert.All(Catalog.All, check =>
    {
        Assert.NotEmpty(check.Title);
        Assert.True(check.Explanation.Length > 80, check.Id);
        Assert.True(check.Criteria.Length > 40, check.Id);
        Assert.NotEmpty(check.References);

        // What only informs has nothing to mend.
        Assert.True(check.Remedies.Count > 0 || check.Severity == Severity.Info, check.Id);
    });

    [Fact]
    public void Class_names_begin_with_the_id() => Assert.All(Catalog.All, check =>
        Assert.StartsWith(check.Id.Replace("-", "", StringComparison.Ordinal), check.GetType().Name, StringComparison.OrdinalIgnoreCase));

    [Fact]
    public void No_remedy_repeats_folklore() => Assert.All(Catalog.All, check =>
    {
        string advice = string.Join('\n', check.Remedies.Select(remedy => remedy.Text + remedy.Command));
        Assert.DoesNotContain("Add amd_iommu=on", advice, StringComparison.Ordinal);
        Assert.DoesNotContain("iommu=1", advice, StringComparison.Ordinal);
        Assert.DoesNotContain("modprobe vfio_virqfd", advice, StringComparison.Ordinal);
    });
}
