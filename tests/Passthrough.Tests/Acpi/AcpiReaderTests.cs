using Passthrough.Host.Acpi;
using Passthrough.Host.Evidence;
using Passthrough.Tests.Pci;
using Xunit;

namespace Passthrough.Tests.Acpi;

public class AcpiReaderTests
{
    private const string Folder = "/sys/firmware/acpi/tables";

    [Fact]
    public void A_machine_without_tables_has_none()
    {
        AcpiTables tables = AcpiReader.Read(new TreeEvidence());
        Assert.Equal(Outcome.Absent, tables.Names.Outcome);
        Assert.True(tables.Dmar.IsAbsent);
        Assert.Null(tables.Has("DMAR"));
    }

    [Fact]
    public void A_table_that_may_not_be_read_is_denied_and_still_named()
    {
        AcpiTables tables = AcpiReader.Read(new DeniedFile(new TreeEvidence().Text(Folder + "/DMAR", ""), Folder + "/DMAR"));
        Assert.True(tables.Has("DMAR"));
        Assert.Equal(Outcome.Denied, tables.Dmar.Outcome);
        Assert.False(tables.Has("IVRS"));
    }

    [Fact]
    public void A_table_of_another_kind_is_a_failed_reading()
    {
        AcpiTables tables = AcpiReader.Read(new TreeEvidence().Bytes(Folder + "/DMAR", TableBuilder.Ivrs()).Bytes(Folder + "/IVRS", [1, 2]));
        Assert.Equal(Outcome.Failed, tables.Dmar.Outcome);
        Assert.Equal(Outcome.Failed, tables.Ivrs.Outcome);
    }

    private sealed class DeniedFile(IEvidence inner, string path) : IEvidence
    {
        public SourceKind Kind => inner.Kind;

        public string DisplayName => inner.DisplayName;

        public Answer Ask(Question question) =>
            question == Question.Read(path) ? Answer.Denied : inner.Ask(question);
    }
}
