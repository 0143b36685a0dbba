using NJsonSchema;
using NJsonSchema.Validation;
using Passthrough.Tests.Cli;
using Xunit;

namespace Passthrough.Tests.Reports.Json;

/// <summary>What the tool prints on this machine is what the published schemas promise.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-schema-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("findings", "check")]
    [InlineData("devices", "devices")]
    [InlineData("interrupts", "interrupts")]
    public async Task A_look_at_this_machine_follows_the_schema(string kind, string verb)
    {
        (_, string output, string error) = Ptdiag.Run(verb, "--format", "json");
        Assert.True(output.Length > 0, error);
        await Validate(kind, output);
    }

    [Fact]
    public async Task A_log_follows_the_schema()
    {
        (_, string output, _) = Ptdiag.RunWith(
            "[    0.1] DMAR: DRHD base: 0x000000fed90000 flags: 0x1\n"
            + "[    9.9] DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x7cd80000 [fault reason 0x06] PTE Read access is not set\n",
            "log", "-", "--format", "json");
        Assert.Contains("0000:00:02.0", output, StringComparison.Ordinal);
        await Validate("log", output);
    }

    [Fact]
    public async Task A_linted_domain_follows_the_schema()
    {
        (int code, string output, string error) = Ptdiag.RunWith(
            "<domain type='kvm'><name>win11</name><memory unit='GiB'>4</memory><os><type machine='q35'>hvm</type></os><cputune><vcpupin vcpu='0' cpuset='0'/></cputune>"
            + "<numatune><memory mode='strict' nodeset='0'/></numatune><devices><iommu model='intel'/><hostdev mode='subsystem' type='pci'><source><address domain='0xfffe' "
            + "bus='0x7f' slot='0x1f' function='0x7'/></source></hostdev></devices></domain>", "domain", "lint", "-", "--format", "json");
        Assert.True(output.Contains("\"address\": \"fffe:7f:1f.7\"", StringComparison.Ordinal), output + error);
        Assert.Equal(1, code);
        await Validate("findings", output);
    }

    [Fact]
    public async Task A_pasted_listing_follows_the_schema()
    {
        (_, string output, string error) = Ptdiag.RunWith(
            "00:02.0 VGA compatible controller [0300]: Intel Corporation Device [8086:3e92] (rev 02)\n\tKernel driver in use: i915\n",
            "devices", "--text", "-", "--format", "json");
        Assert.True(output.Contains("\"driver\": \"i915\"", StringComparison.Ordinal), output + error);
        await Validate("devices", output);
    }

    [Theory]
    [InlineData("shared-group", "0000:02:01.0", 0)]
    [InlineData("shared-group", "0000:01:00.0", 1)]
    [InlineData("no-iommu", null, 1)]
    public async Task A_simulation_follows_the_schema(string machine, string? address, int expected)
    {
        string bundle = Path.Combine(Fixtures.Repository, "tests", "Hosts", machine, "machine.tar.zst");
        address ??= global::Passthrough.Host.Model.HostReader.Read(global::Passthrough.Host.Bundles.BundleEvidence.Open(bundle)).Pci.All.Last(device => !device.IsBridge).Address.ToString();
        (int code, string output, string error) = Ptdiag.Run("simulate", address, "--bundle", bundle, "--format", "json");
        Assert.True(output.Length > 0, error);
        Assert.Equal(expected, code);
        await Validate("simulation", output);
    }

    [Fact]
    public async Task A_schema_refuses_a_document_without_a_key()
    {
        (_, string output, _) = Ptdiag.Run("check", "--format", "json");
        JsonSchema schema = await Load("findings");
        Assert.NotEmpty(schema.Validate(output.Replace("\"ready\":", "\"raedy\":", StringComparison.Ordinal)));
    }

    private static async Task Validate(string kind, string document)
    {
        JsonSchema schema = await Load(kind);
        ICollection<ValidationError> errors = schema.Validate(document);
        Assert.True(errors.Count == 0, string.Join('\n', errors.Take(10)));
    }

    private static Task<JsonSchema> Load(string kind) =>
        JsonSchema.FromFileAsync(Path.Combine(Fixtures.Repository, "docs", "schemas", $"ptdiag.{kind}-1.schema.json"));
}
