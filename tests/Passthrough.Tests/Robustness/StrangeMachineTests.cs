using System.Text;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Tests.Evidence;
using Xunit;

namespace Passthrough.Tests.Robustness;

/// <summary>Machines unlike those of the fixtures: other architectures, none at all, and views with much of it hidden.</summary>
public sealed class StrangeMachineTests
{
    public static TheoryData<Outcome, SourceKind> Nothings
    {
        get
        {
            var data = new TheoryData<Outcome, SourceKind>();
            foreach (Outcome outcome in Enum.GetValues<Outcome>().Where(outcome => outcome != Outcome.Found))
            {
                foreach (SourceKind kind in Enum.GetValues<SourceKind>())
                {
                    data.Add(outcome, kind);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Nothings))]
    public void A_machine_that_answers_nothing_is_not_ready(Outcome outcome, SourceKind kind)
    {
        var evidence = new ScriptedEvidence { Otherwise = new Answer(outcome, default), Kind = kind };
        AuditResult audit = Machines.Judge(evidence);
        Assert.NotEqual(Readiness.Yes, audit.Ready);
        NoCheckThrew(audit);
        Assert.Equal(Machines.Text(audit), Machines.Text(Machines.Judge(evidence)));
    }

    [Theory]
    [InlineData("processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd evtstrm\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd0c\n")]
    [InlineData("processor\t: 0\nhart\t\t: 0\nisa\t\t: rv64imafdc_zicsr\nmmu\t\t: sv48\nuarch\t\t: sifive,u74-mc\n")]
    [InlineData("cpu\t\t: POWER9 (architected), altivec supported\nclock\t\t: 2300.000000MHz\nrevision\t: 2.2\n")]
    [InlineData("vendor_id       : IBM/S390\n# processors    : 2\nfeatures\t: esan3 zarch stfle\n")]
    public void Another_architecture_is_judged_without_an_exception(string cpuInfo)
    {
        AuditResult audit = Machines.Judge(new ScriptedEvidence().File("/proc/cpuinfo", cpuInfo).File("/proc/cmdline", "quiet")
            .Folder("/sys/bus/pci/devices").Folder("/sys/class/iommu").Folder("/sys/kernel/iommu_groups"));
        Assert.NotEqual(Readiness.Yes, audit.Ready);
        NoCheckThrew(audit);
    }

    [Theory]
    [InlineData("intel-healthy")]
    [InlineData("amd-healthy")]
    [InlineData("shared-group")]
    public void A_view_that_hides_much_keeps_each_verdict_or_makes_it_unknown(string machine)
    {
        IEvidence whole = Machines.Open(machine);
        Dictionary<(string, string), Verdict> before = Machines.Judge(whole).Findings.ToDictionary(finding => (finding.Id, finding.Subject), finding => finding.Verdict);
        foreach (Func<Question, Answer, Answer> hide in (Func<Question, Answer, Answer>[])[FirmwareMasked, Short, Unprivileged])
        {
            AuditResult after = Machines.Judge(new Hidden(whole, hide));
            NoCheckThrew(after);
            Assert.All(after.Findings.Where(finding => finding.Verdict != Verdict.Unknown && finding.Id is not ("ENV-001" or "ENV-002")),
                finding => Assert.True(before.TryGetValue((finding.Id, finding.Subject), out Verdict verdict) && verdict == finding.Verdict,
                    $"{hide.Method.Name}: {finding.Id} {finding.Subject} {finding.Verdict}: {finding.Message}"));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0x1f, false)]
    [InlineData(0x7f, false)]
    [InlineData(0x80, false)]
    public void Text_with_one_byte_that_no_text_holds_is_a_failed_read(byte value, bool isNul)
    {
        byte[] content = [.. Encoding.UTF8.GetBytes("quiet"), value, (byte)'\n'];
        Answer seen = TextGate.Sieve(Question.Read("/proc/cmdline"), Answer.Of(content));
        Assert.Equal((Outcome.Failed, isNul), (seen.Outcome, value == 0));
        Assert.Equal(Outcome.Found, TextGate.Sieve(Question.Read("/sys/bus/pci/devices/0000:00:00.0/config"), Answer.Of(content)).Outcome);
    }

    [Fact]
    public void A_damaged_log_keeps_its_lines_and_loses_its_completeness()
    {
        byte[] log = [.. "[    0.000000] Linux version 6.1 (x)\n[    1.000000] bad \0 line\n[    2.000000] DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x7cd80000 [fault reason 0x06] x\n"u8];
        HostModel model = HostReader.Read(new ScriptedEvidence().With(Question.Read("/dev/kmsg"), Answer.Of(log)));
        Assert.True(model.Log.Content.IsKnown);
        Assert.False(model.Log.IsComplete);
        Assert.Equal(3, Assert.Single(model.Log.Content.Value!.Faults).Line);
        Assert.False(HostReader.Read(new ScriptedEvidence().With(Question.Read("/dev/kmsg"), Answer.Of(new byte[] { 0, 255, 10, 65 }))).Log.Content.IsKnown);
    }

    private static Answer FirmwareMasked(Question question, Answer answer) =>
        question.Path.StartsWith("/sys/firmware", StringComparison.Ordinal) ? question.Verb == Verb.List && question.Path == "/sys/firmware" ? Answer.Of("") : Answer.NotRecorded : answer;

    private static Answer Short(Question question, Answer answer) =>
        question.Verb == Verb.Query && question.Path.StartsWith(Queries.PciConfigPrefix, StringComparison.Ordinal) ? Answer.NotRecorded
            : question.Path.EndsWith("/config", StringComparison.Ordinal) && answer.Content.Length > 64 ? Answer.Of(answer.Content[..64]) : answer;

    private static Answer Unprivileged(Question question, Answer answer) =>
        question.Path.StartsWith("/sys/firmware/acpi/tables/", StringComparison.Ordinal) || question.Path is "/dev/kmsg" or "/var/log/dmesg" ? Answer.Denied : Short(question, answer);

    private static void NoCheckThrew(AuditResult audit) => Assert.All(audit.Findings, finding =>
        Assert.DoesNotContain("The check itself failed", finding.Message, StringComparison.Ordinal));

    private sealed class Hidden(IEvidence inner, Func<Question, Answer, Answer> hide) : IEvidence
    {
        public SourceKind Kind => inner.Kind;

        public string DisplayName => inner.DisplayName;

        public Answer Ask(Question question) => hide(question, inner.Ask(question));
    }
}
