using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Passthrough.Guests;
using Passthrough.Guests.Transports;
using Xunit;

namespace Passthrough.LabTests.Study;

/// <summary>One lab guest that stays up for all tests: sshd answers at a port of this machine's loopback, a guest agent behind a unix socket.</summary>
public sealed class StudyGuest : IAsyncLifetime
{
    private static readonly string _program = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", "artifacts", "ptdiag", "ptdiag"));
    private LabGuest? _guest;

    /// <summary>Keys, configuration and what studies write.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("ptdiag-study-").FullName;

    /// <summary>Why there is no guest; null when there is.</summary>
    public string? WhyNot { get; private set; }

    /// <summary>The agent's socket on this machine.</summary>
    public string Socket => Path.Combine(Folder, "agent.sock");

    /// <summary>The guest, by the way that the lab itself has into it.</summary>
    public LabGuest Guest => _guest!;

    private string Config => Path.Combine(Folder, "ssh_config");

    public async Task InitializeAsync()
    {
        WhyNot = Lab.WhyNot()
            ?? (File.Exists("/usr/sbin/sshd") && File.Exists("/usr/sbin/qemu-ga") ? null : "needs openssh-server and qemu-guest-agent; on Debian: apt-get install openssh-server qemu-guest-agent")
            ?? (File.Exists(_program) ? null : "artifacts/ptdiag/ptdiag is not built: run ./run-bench.sh --build");
        if (WhyNot is not null)
        {
            return;
        }

        int port = FreePort();
        await KeyAsync("host");
        await KeyAsync("user");
        await KeyAsync("other");
        File.WriteAllText(Config,
            string.Create(CultureInfo.InvariantCulture, $"Host lab stranger\n  HostName 127.0.0.1\n  Port {port}\n  User root\n  IdentityFile {Folder}/user\n  IdentitiesOnly yes\n  IdentityAgent none\n")
            + $"Host lab\n  UserKnownHostsFile {Folder}/known\nHost stranger\n  UserKnownHostsFile {Folder}/stranger\n");
        string address = string.Create(CultureInfo.InvariantCulture, $"[127.0.0.1]:{port} ");
        File.WriteAllText(Path.Combine(Folder, "known"), address + File.ReadAllText(Path.Combine(Folder, "host.pub")));
        File.WriteAllText(Path.Combine(Folder, "stranger"), address + File.ReadAllText(Path.Combine(Folder, "other.pub")));

        LabMachine network = LabCatalog.Find("network")!;
        LabMachine machine = network with
        {
            Devices = [.. network.Devices.Select(device => device.HasUserNetwork ? device with { SshPort = port } : device), LabDevice.Agent(Socket)],
        };
        _guest = await new Lab(new LabOptions()).StartAsync(machine, TimeSpan.FromMinutes(15), CancellationToken.None);
        await SayAsync("mkdir -p -m 700 /run/study && mkdir -p /run/sshd");
        await _guest.PutAsync("/run/study/host", File.ReadAllBytes(Path.Combine(Folder, "host")), false, CancellationToken.None);
        await _guest.PutAsync("/run/study/authorized", File.ReadAllBytes(Path.Combine(Folder, "user.pub")), false, CancellationToken.None);
        await SayAsync(
            """
            # The guest's root is this machine's: what its login shell does for a person here costs seconds in an emulated guest.
            rm -f ~root/.bashrc ~root/.profile ~root/.bash_profile
            # An account whose password begins with "!" is let in by no key either.
            sed -i 's/^root:[^:]*/root:*/' /etc/shadow
            for card in /sys/class/net/e*; do /run/busybox ifconfig "${card##*/}" 10.0.2.15 netmask 255.255.255.0 up; done
            /usr/sbin/sshd -f /dev/null -o HostKey=/run/study/host -o AuthorizedKeysFile=/run/study/authorized -o StrictModes=no -o PidFile=none -o UsePAM=no
            for port in /sys/class/virtio-ports/*; do
                if [ "$(cat "$port/name")" = org.qemu.guest_agent.0 ]; then /usr/sbin/qemu-ga -d -m virtio-serial -p "/dev/${port##*/}" -t /run -l /run/qemu-ga.log; fi
            done
            """);
    }

    public async Task DisposeAsync()
    {
        if (_guest is not null)
        {
            await _guest.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A shell script in the guest, which must succeed; its output.</summary>
    public async Task<string> SayAsync(string script)
    {
        GuestRun run = await Guest.RunAsync(new GuestCommand("/bin/sh", "-c", script), CancellationToken.None);
        Assert.True(run.ExitCode == 0, $"{run.ExitCode}: {run.Output}{run.Error}");
        return run.Output;
    }

    /// <summary>What a conductor could have left in the guest: folders, processes, huge pages and the driver of the edu device.</summary>
    public Task<string> TracesAsync() => SayAsync(
        "ls -d /tmp/ptdiag-* 2>/dev/null; pgrep -l '^ptdiag'; cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages; basename $(readlink /sys/bus/pci/devices/0000:01:00.0/driver)");

    /// <summary>Writes a study file whose guest is reached in the given way.</summary>
    public string Study(string name, int blocks, string way)
    {
        string path = Path.Combine(Folder, name + ".toml");
        File.WriteAllText(path,
            string.Create(CultureInfo.InvariantCulture, $"[study]\nname = \"{name}\"\nblocks = {blocks}\nseed = 5\nwarmUpMs = 10\nmeasureMs = 50\n[[guest]]\nname = \"vm1\"\n{way}\n")
            + """
            [[workload]]
            id = "chase"
            name = "memory.chase"
            parameters = { sizeBytes = 4194304, cpu = 0 }
            [[workload]]
            id = "irq"
            name = "irq.edu.msi"
            parameters = { device = "0000:01:00.0", threadCpu = 0, wait = "block" }
            [[factor]]
            name = "hugepages"
            workload = "chase"
            standing = [{ knob = "hugePages", count = 4 }]
            untuned.parameters.pages = "4k"
            tuned.parameters.pages = "2m"
            [[factor]]
            name = "irqCpu"
            workload = "irq"
            standing = [{ knob = "bind", device = "0000:01:00.0", driver = "vfio-pci" }]
            untuned.knobs = [{ knob = "interruptCpu", cpu = 1 }]
            tuned.knobs = [{ knob = "interruptCpu", cpu = 0 }]
            """);
        return path;
    }

    /// <summary>How a study file names the guest behind sshd.</summary>
    public string Ssh(string host = "lab") => $"ssh = \"{host}\"\nconfig = \"{Config}\"";

    /// <summary>Starts the published program.</summary>
    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(_program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PTDIAG_STATE"] = Path.Combine(Folder, "state");
        return Process.Start(start)!;
    }

    /// <summary>Runs the published program to its end.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        return await EndAsync(process);
    }

    /// <summary>Waits for a start's end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> EndAsync(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }

    private async Task KeyAsync(string name)
    {
        using Process process = Process.Start(new ProcessStartInfo("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", Path.Combine(Folder, name)]))!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
