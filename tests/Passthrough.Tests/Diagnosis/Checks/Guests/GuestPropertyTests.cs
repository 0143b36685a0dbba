using Passthrough.Diagnosis;
using Passthrough.Host.Bundles;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks.Guests;

/// <summary>
/// Takes one answer after the other away from a machine with guests: each finding keeps its verdict or becomes Unknown, and nothing
/// new appears but Unknown.
/// </summary>
public sealed class GuestPropertyTests
{
    private static readonly string[] Places =
        [GuestState.LibvirtFolder, "/run/libvirt", "/var/log/libvirt", "/sys/devices/system/node", "/sys/devices/system/cpu/isolated",
         "/sys/devices/system/cpu/online", "/sys/devices/system/cpu/nohz_full", "/sys/devices/system/cpu/cpu0/topology", "/sys/kernel/mm/hugepages", "/sys/kernel/iommu_groups", "/sys/class/iommu", "/proc/meminfo", "/dev/vfio", "memlock"];

    private static readonly string[] Attributes = ["", "/driver", "/driver_override", "/vfio-dev", "/class", "/vendor", "/uevent", "/numa_node", "/resource", "/iommu_group", "/iommu", "/config"];

    [Fact]
    public void An_answer_that_is_taken_away_changes_verdicts_to_unknown_only()
    {
        var host = new Overlay(BundleEvidence.Open(Path.Combine(Fixtures.Repository, "tests", "Hosts", "numa", "machine.tar.zst")));
        HostModel plain = HostReader.Read(host);
        string[] functions = [.. plain.Pci.All.Where(device => !device.IsBridge).Select(device => device.Address.ToString()).TakeLast(2)];
        string more = "<vcpu>2</vcpu><memoryBacking><hugepages/></memoryBacking><cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1' cpuset='1'/><emulatorpin cpuset='1'/></cputune>"
            + "<numatune><memory mode='strict' nodeset='0'/></numatune>";
        host.Files[$"{GuestState.LibvirtFolder}/win11.xml"] = GuestCase.Xml(GuestCase.Hostdev(functions[0]), more);
        host.Files[$"{GuestState.LibvirtFolder}/arch.xml"] = GuestCase.Xml(GuestCase.Hostdev(functions[0], "") + GuestCase.Hostdev(functions[1]), "<memoryBacking/>", "arch");
        host.Files["/run/libvirt/qemu/arch.xml"] = "<domstatus pid='7'>" + host.Files[$"{GuestState.LibvirtFolder}/arch.xml"] + "</domstatus>";
        host.Files["/var/log/libvirt/qemu/arch.log"] = "x: starting up libvirt version: 9\nvfio: VFIO_MAP_DMA failed: Cannot allocate memory\n";
        Dictionary<(string, string), Verdict> before = Judge(host);
        Assert.Contains(before, pair => pair.Key == ("VIRT-001", "domain:win11") && pair.Value == Verdict.Pass);
        var recorder = new Recorder(host);
        HostReader.Read(recorder);
        var problems = new List<string>();
        int turn = 0;
        foreach (Question question in recorder.Transcript.Select(entry => entry.Key).Where(question => question.Verb != Verb.Query || question.Path == "memlock"))
        {
            if (!Places.Any(place => question.Path.StartsWith(place, StringComparison.Ordinal)) && !Attributes.Any(name => functions.Any(function => question.Path.EndsWith($"{function}{name}", StringComparison.Ordinal))))
            {
                continue;
            }

            // One way of losing it each, in turn.
            Answer[] ways = [Answer.Denied, Answer.Of("\u0001\uFFFD<garbage"), Answer.NotRecorded];
            foreach (Answer instead in ways.AsSpan(turn++ % ways.Length, 1))
            {
                host.Instead = (question, instead);
                foreach (((string id, string subject), Verdict verdict) in Judge(host))
                {
                    if (verdict != Verdict.Unknown && (!before.TryGetValue((id, subject), out Verdict was) || was != verdict))
                    {
                        problems.Add($"{question.Verb} {question.Path} {instead.Outcome}: {id} {subject} {(before.TryGetValue((id, subject), out Verdict old) ? old : null)} -> {verdict}");
                    }
                }
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems.Take(40)));
    }

    // Only what rests on guests: the other checks are tested with their own evidence.
    private static Dictionary<(string, string), Verdict> Judge(IEvidence evidence)
    {
        HashSet<string> ids = [.. Catalog.Guests.Select(check => check.Id)];
        return Auditor.Judge(HostReader.Read(evidence), new AuditOptions { Today = DeviceCase.Today }).Findings
            .Where(finding => ids.Contains(finding.Id) || finding.Subject.StartsWith("domain:", StringComparison.Ordinal))
            .ToDictionary(finding => (finding.Id, finding.Subject), finding => finding.Verdict);
    }

    /// <summary>A recorded machine with files of guests added, and one answer replaced.</summary>
    private sealed class Overlay(IEvidence inner) : IEvidence
    {
        public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

        public (Question Question, Answer Answer)? Instead { get; set; }

        public SourceKind Kind => SourceKind.Bundle;

        public string DisplayName => "a machine with guests";

        public Answer Ask(Question question)
        {
            if (Instead is { } instead && instead.Question == question)
            {
                return instead.Answer;
            }

            if (!question.Path.StartsWith("/etc/libvirt", StringComparison.Ordinal) && !question.Path.StartsWith("/run/", StringComparison.Ordinal)
                && !question.Path.StartsWith("/var/log/libvirt", StringComparison.Ordinal) && !question.Path.StartsWith("/etc/pve", StringComparison.Ordinal))
            {
                return inner.Ask(question);
            }

            if (question.Verb == Verb.Read)
            {
                return Files.TryGetValue(question.Path, out string? text) ? Answer.Of(text) : Answer.Absent;
            }

            string[] names = [.. Files.Keys.Where(path => path.StartsWith(question.Path + "/", StringComparison.Ordinal)).Select(path => path[(question.Path.Length + 1)..]).Order(StringComparer.Ordinal)];
            return question.Verb == Verb.List && names.Length > 0 ? Answer.Of(string.Join('\n', names)) : Answer.Absent;
        }
    }
}
