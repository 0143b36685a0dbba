using Passthrough.Diagnosis;
using Passthrough.Tests.Diagnosis.Checks;
using Passthrough.Tests.Robustness;
using Xunit;

namespace Passthrough.Tests.Diagnosis;

public sealed class NarrowingTests
{
    [Fact]
    public void Of_other_devices_groups_and_nodes_nothing_is_told()
    {
        AuditResult audit = Auditor.Judge(Host, new AuditOptions { Today = DeviceCase.Today, Devices = [DeviceCase.Address("0000:01:00.0")] }, [new EverySubject()]);
        Assert.Equal(["host", "0000:01:00.0", "0000:01:00.1", "group:1", "domain:vm", "token:x"], audit.Findings.Select(finding => finding.Subject));
    }

    [Fact]
    public void Without_a_device_everything_is_told() =>
        Assert.Equal(9, Auditor.Judge(Host, new AuditOptions { Today = DeviceCase.Today }, [new EverySubject()]).Findings.Count);

    [Fact]
    public void The_port_above_and_the_device_beside_in_the_group_stay()
    {
        AuditResult audit = Machines.Judge(Machines.Open("shared-group"), [DeviceCase.Address("0000:02:01.0")]);
        Assert.Contains(audit.Findings, finding => finding is { Id: "GRP-001", Subject: "group:5" });
        Assert.All(audit.Findings, finding => Assert.False(finding.Subject.StartsWith("group:", StringComparison.Ordinal) && finding.Subject != "group:5", finding.Subject));
    }

    private static Passthrough.Host.Model.HostModel Host => Models.Blank
        .With(DeviceCase.Device("0000:01:00.0", group: "1"), DeviceCase.Device("0000:01:00.1", group: "1"), DeviceCase.Device("0000:02:00.0", group: "11"))
        .WithGroups(Models.Group("1", "0000:01:00.0", "0000:01:00.1"), Models.Group("11", "0000:02:00.0"));

    private sealed class EverySubject : Check
    {
        public override string Id => "DEV-001";

        public override string Title => "title";

        public override Section Section => Section.Devices;

        public override Severity Severity => Severity.Low;

        public override string Explanation => "";

        public override string Criteria => "";

        public override IReadOnlyList<string> References => [];

        public override IReadOnlyList<Remedy> Remedies => [];

        public override IEnumerable<Finding> Examine(Subjects subjects) =>
            ((string[])["host", "0000:01:00.0", "0000:01:00.1", "0000:02:00.0", "group:1", "group:11", "node:0", "domain:vm", "token:x"])
                .Select(subject => Make(Verdict.Note, subject, "message", []));
    }
}
