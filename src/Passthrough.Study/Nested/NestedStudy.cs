using System.Globalization;
using System.Text;
using Passthrough.Guests;
using Passthrough.Results;

namespace Passthrough.Study.Nested;

/// <summary>
/// Boots a lab guest as a hypervisor (AMD, KVM inside) and has it measure a guest of its own, with an edu device and an NVMe drive passed through, before and after that hypervisor
/// is tuned. Needs no virtualisation of this machine.
/// </summary>
/// <param name="lab">The lab.</param>
/// <param name="agentPath">The single file <c>ptdiag</c> that is copied into both guests.</param>
public sealed class NestedStudy(Lab lab, string agentPath)
{
    // The definition that a libvirt host would run the inner guest by is made there and judged by libvirt's own schema.
    private const string Script = """
        set -e
        mkdir -p /dev/hugepages
        mount -t hugetlbfs none /dev/hugepages
        ptdiag domain generate --device 0000:00:05.0 --vcpus 1 --memory 512M --name nested-guest --output /out/nested-guest.xml
        if command -v virt-xml-validate >/dev/null; then virt-xml-validate /out/nested-guest.xml domain >/out/validate 2>&1 && echo valid >>/out/validate; fi
        exec ptdiag study nested-host "$@" --output /out/results.json
        """;

    /// <summary>Runs it.</summary>
    /// <exception cref="LabException">The hypervisor did not boot, hung, or left no result.</exception>
    public async Task<NestedOutcome> RunAsync(StudyOptions options, Action<string>? onOutput, CancellationToken cancel)
    {
        LabRun run = await lab.RunAsync(LabCatalog.Find("nested-bench")!, new LabCommand
        {
            Arguments =
            [
                "/bin/sh", "nested.sh",
                "--blocks", options.Blocks.ToString(CultureInfo.InvariantCulture),
                "--seed", options.Seed.ToString(CultureInfo.InvariantCulture),
                "--warm-up-ms", options.WarmUp.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
                "--measure-ms", options.Measure.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
            ],
            Files = new Dictionary<string, byte[]> { ["nested.sh"] = Encoding.UTF8.GetBytes(Script + "\n") },
            AgentPath = agentPath,
            Timeout = TimeSpan.FromMinutes(3 + (6 * options.Blocks)),
            OnOutput = onOutput,
        }, cancel).ConfigureAwait(false);
        if (run.ExitCode != 0 || !run.Files.TryGetValue("results.json", out byte[]? content))
        {
            throw new LabException(string.Create(CultureInfo.InvariantCulture,
                $"The study in the nested host ended with exit code {run.ExitCode} and left no result: {(run.Error.Trim() is { Length: > 0 } error ? error : run.Output.Trim())}"));
        }

        if (!ResultsJson.TryParseResults(content, out ResultsDocument? document, out string? sentence))
        {
            throw new LabException($"The nested host left a result that cannot be read: {sentence}");
        }

        string Text(string name) => run.Files.TryGetValue(name, out byte[]? file) ? Encoding.UTF8.GetString(file) : "";
        string validate = Text("validate").Trim();
        return new NestedOutcome(document, Text("nested-guest.xml"), validate.Length == 0 ? null : validate.EndsWith("\nvalid", StringComparison.Ordinal) || validate == "valid", validate, run.Wall);
    }
}

/// <summary>What the study of a nested guest left.</summary>
/// <param name="Results">The figures.</param>
/// <param name="DomainXml">The definition that <c>ptdiag domain generate</c> made on the nested host.</param>
/// <param name="IsValid">What libvirt's schema says of it; null where virt-xml-validate is not installed.</param>
/// <param name="Validation">Its words.</param>
/// <param name="Wall">How long the nested host ran.</param>
public sealed record NestedOutcome(ResultsDocument Results, string DomainXml, bool? IsValid, string Validation, TimeSpan Wall);
