using Passthrough.Guests;
using Passthrough.Guests.Qemu;
using Xunit;

namespace Passthrough.Tests.Guests;

public class QemuCommandLineTests
{
    private static readonly GuestFiles s_files = new("/cache/vmlinux", "/cache/initramfs.cpio", "/tmp/x/share", "/tmp/x", "/tmp/x/console");

    public static TheoryData<string> Machines => [.. LabCatalog.All.Where(IsOwn).Select(machine => machine.Name)];

    // A fault that is planted at run time has the command line of its machine.
    private static bool IsOwn(LabMachine machine) => machine.Plant.Length == 0 && machine.CheckPrefix.Length == 0;

    [Theory]
    [MemberData(nameof(Machines))]
    public void The_command_line_is_the_approved_one(string name)
    {
        IReadOnlyList<string> arguments = QemuCommandLine.Build(LabCatalog.Find(name)!, s_files, "tcg");
        string text = Lines(arguments);
        string folder = Path.Combine(Fixtures.Repository, "tests", "Passthrough.Tests", "Guests", "Approved");
        string approved = Path.Combine(folder, name + ".verified.txt");
        string received = Path.Combine(folder, name + ".received.txt");

        if (!File.Exists(approved) || File.ReadAllText(approved) != text)
        {
            File.WriteAllText(received, text);
            Assert.Fail($"The command line of {name} is not the approved one: compare {received} with {approved}.");
        }

        File.Delete(received);
    }

    [Fact]
    public void There_is_an_approved_command_line_for_every_machine_and_no_other()
    {
        string folder = Path.Combine(Fixtures.Repository, "tests", "Passthrough.Tests", "Guests", "Approved");

        IEnumerable<string> approved = Directory.EnumerateFiles(folder, "*.verified.txt")
            .Select(path => Path.GetFileName(path)[..^".verified.txt".Length]);

        Assert.Equal(LabCatalog.All.Where(IsOwn).Select(machine => machine.Name).Order(StringComparer.Ordinal), approved.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_guest_can_be_reached_by_sshd_and_by_its_agent()
    {
        LabMachine network = LabCatalog.Find("network")!;
        IReadOnlyList<string> arguments = QemuCommandLine.Build(network with
        {
            Devices = [.. network.Devices.Select(device => device.HasUserNetwork ? device with { SshPort = 2222 } : device), LabDevice.Agent("/tmp/a,b.sock")],
        }, s_files, "tcg");

        Assert.Equal("user,id=net0,ipv6=off,hostfwd=tcp:127.0.0.1:2222-:22", After(arguments, "-netdev"));
        Assert.Equal("socket,id=agent,path=/tmp/a,,b.sock,server=on,wait=off", After(arguments, "-chardev"));
        Assert.Contains("virtserialport,name=org.qemu.guest_agent.0,chardev=agent", arguments);
    }

    [Fact]
    public void Under_KVM_the_guest_has_the_hosts_processor()
    {
        IReadOnlyList<string> arguments = QemuCommandLine.Build(LabCatalog.Find("amd-healthy")!, s_files, "kvm");

        Assert.Equal("kvm", After(arguments, "-accel"));
        Assert.Equal("host", After(arguments, "-cpu"));
    }

    [Fact]
    public void Without_a_console_file_the_console_is_the_terminal()
    {
        IReadOnlyList<string> arguments = QemuCommandLine.Build(
            LabCatalog.Find("intel-healthy")!, s_files with { Console = null }, "tcg");

        Assert.Equal("mon:stdio", After(arguments, "-serial"));
    }

    [Fact]
    public void A_comma_in_a_path_is_doubled()
    {
        GuestFiles files = s_files with { Share = "/tmp/a,b/share", Disks = "/tmp/a,b" };

        IReadOnlyList<string> arguments = QemuCommandLine.Build(LabCatalog.Find("intel-healthy")!, files, "tcg");

        Assert.Contains("local,id=share,path=/tmp/a,,b/share,security_model=mapped-file", arguments);
        Assert.Contains("file=/tmp/a,,b/disk0.img,if=none,id=disk0,format=raw,cache=unsafe", arguments);
    }

    [Fact]
    public void Several_processors_a_node_are_a_range()
    {
        LabMachine machine = LabCatalog.Find("numa")! with { Cpus = 8 };

        IReadOnlyList<string> arguments = QemuCommandLine.Build(machine, s_files, "tcg");

        Assert.Equal("8,sockets=2,cores=4,threads=1", After(arguments, "-smp"));
        Assert.Contains("node,nodeid=1,cpus=4-7,memdev=memory1", arguments);
    }

    private static string After(IReadOnlyList<string> arguments, string option) =>
        arguments[arguments.ToList().IndexOf(option) + 1];

    // An option and its value on one line, so that a difference shows as one.
    private static string Lines(IReadOnlyList<string> arguments)
    {
        var lines = new List<string>();
        foreach (string argument in arguments)
        {
            if (argument.StartsWith('-') || lines.Count == 0)
            {
                lines.Add(argument);
            }
            else
            {
                lines[^1] += " " + argument;
            }
        }

        return string.Join('\n', lines) + "\n";
    }
}
