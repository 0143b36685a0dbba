using System.Globalization;
using System.Text.Json;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Host.Logs;

public class LogCaptureTests
{
    private const string NoCaptures = "the captures are not beside the checkout";

    [SkippableFact]
    public void Mail_excerpts_are_classified_as_their_truth_says()
    {
        Skip.If(Fixtures.Captures is null, NoCaptures);
        var score = new CaptureScore();
        foreach ((string folder, JsonElement truth) in CaptureScore.Cases("dmesg-excerpts"))
        {
            string name = Path.GetFileName(folder);
            ClassifiedLog log = LogClassifier.Classify(File.ReadAllText(Path.Combine(folder, "dmesg.txt")));
            CompareCommon(score, name, truth, log);
            score.Check(name + " lines", truth.GetProperty("lines").GetInt32(), log.Lines);
            score.Check(name + " SMMU faults", truth.GetProperty("smmu_context_faults").GetInt32(), log.Of(LogEventKind.SmmuFault).Count());
            score.Check(name + " AMD types", Text(truth.GetProperty("amdvi_event_types")),
                Text(log.Of(LogEventKind.AmdEvent).Select(item => item.Reason!)));
            score.Check(name + " AMD units", Text(truth.GetProperty("amd_iommus")), Text(log.AmdUnits.Select(unit => unit.ToString())));
            score.Check(name + " DRHD", Numbers(truth.GetProperty("drhd")), Hex(log.Drhd));
            score.Check(name + " RMRR", Ranges(truth.GetProperty("rmrr")), Ranges(log));
        }

        score.AssertShare(0.99, 500);
    }

    [SkippableFact]
    public void Boot_logs_of_machines_are_classified_as_their_truth_says()
    {
        Skip.If(Fixtures.Captures is null, NoCaptures);
        var score = new CaptureScore();
        foreach ((string folder, JsonElement truth) in CaptureScore.Cases("machines"))
        {
            string name = Path.GetFileName(folder);
            TreeEvidence tree = TreeEvidence.FromArchive(Path.Combine(folder, "root.tar.gz"));
            KernelLog kernelLog = KernelLogReader.Read(tree);
            Assert.True(kernelLog.Content.IsKnown, name);
            ClassifiedLog log = kernelLog.Content.Value!;
            CompareCommon(score, name, truth, log);
            score.Check(name + " AMD units", Text(truth.GetProperty("amdvi").GetProperty("iommus")),
                Text(log.AmdUnits.Select(unit => unit.ToString())));
            score.Check(name + " DRHD", Numbers(truth.GetProperty("dmar").GetProperty("drhd")), Hex(log.Drhd));
            score.Check(name + " RMRR", Ranges(truth.GetProperty("dmar").GetProperty("rmrr")), Ranges(log));
            score.Check(name + " reaches boot", truth.GetProperty("boots_in_log").GetInt32() > 0, log.ReachesBoot);
            score.Check(name + " AMD remapping", truth.GetProperty("amdvi").GetProperty("irq_remapping").GetBoolean(),
                log.Of(LogEventKind.InterruptRemappingOn).Any(item => item.Text.Contains("AMD-Vi", StringComparison.Ordinal)));
            score.Check(name + " default domain", truth.GetProperty("default_domain").GetString() is not null,
                log.Of(LogEventKind.DefaultDomain).Any());

            KernelInfo kernel = KernelReader.Read(tree, kernelLog);
            score.Check(name + " release", truth.GetProperty("kernel").GetString(), kernel.Release.Or(null));
            score.Check(name + " command line", truth.GetProperty("cmdline").GetString(), kernel.CommandLine.Or(null)?.Text);
        }

        score.AssertShare(0.99, 350);
    }

    private static void CompareCommon(CaptureScore score, string name, JsonElement truth, ClassifiedLog log)
    {
        List<LogEvent> intel = [.. log.Events.Where(item => item.Kind is LogEventKind.DmarFault or LogEventKind.InterruptRemapFault)];
        score.Check(name + " DMAR faults", truth.GetProperty("dmar_fault_lines").GetInt32(), intel.Count);
        score.Check(name + " DMAR devices", Devices(truth.GetProperty("dmar_fault_devices")),
            Text(intel.Where(item => item.Device is not null).Select(item => item.Device!.Value.ToString())));
        score.Check(name + " AMD events", truth.GetProperty("amdvi_event_lines").GetInt32(), log.Of(LogEventKind.AmdEvent).Count());
        score.Check(name + " AMD devices", Devices(truth.GetProperty("amdvi_event_devices")),
            Text(log.Of(LogEventKind.AmdEvent).Where(item => item.Device is not null).Select(item => item.Device!.Value.ToString())));
        score.Check(name + " firmware lines", truth.GetProperty("firmware_bug_lines").GetInt32(), log.Of(LogEventKind.FirmwareBug).Count());
        score.Check(name + " groups", Groups(truth.GetProperty("groups")),
            Text(log.Groups.SelectMany(group => group.Value.Select(device => group.Key + "=" + device))));
    }

    private static string Groups(JsonElement groups) =>
        Text(groups.EnumerateObject().SelectMany(group => group.Value.EnumerateArray().Select(item => group.Name + "=" + item.GetString())));

    private static string Text(JsonElement list) => Text(list.EnumerateArray().Select(item => item.GetString()!));

    private static string Text(IEnumerable<string> items) => string.Join(' ', items.Distinct().Order(StringComparer.Ordinal));

    // Truths write a device as it stands in the line: with a domain, without, and with 0x.
    private static string Devices(JsonElement list) => Text(list.EnumerateArray().Select(item =>
    {
        string text = item.GetString()!.Replace("0x", "", StringComparison.Ordinal);
        return text.Count(letter => letter == ':') == 1 ? "0000:" + text : text;
    }));

    private static string Numbers(JsonElement list) =>
        Hex(list.EnumerateArray().Select(item => ulong.Parse(item.GetString()!.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));

    private static string Hex(IEnumerable<ulong> numbers) =>
        string.Join(' ', numbers.Order().Select(number => number.ToString("x", CultureInfo.InvariantCulture)));

    private static string Ranges(JsonElement list) => Text(list.EnumerateArray().Select(item =>
        string.Join('-', item.GetString()!.Split('-').Select(part =>
            ulong.Parse(part.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture).ToString("x", CultureInfo.InvariantCulture)))));

    private static string Ranges(ClassifiedLog log) =>
        Text(log.Rmrr.Select(range => string.Create(CultureInfo.InvariantCulture, $"{range.Base:x}-{range.Limit:x}")));
}
