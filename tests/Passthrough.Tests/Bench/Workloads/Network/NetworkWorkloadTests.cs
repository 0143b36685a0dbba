using System.Net;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Network;
using Passthrough.Results;
using Passthrough.Tests.Bench.Engine;
using Passthrough.Tests.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Network;

[Collection(Measuring.Name)]
public sealed class NetworkWorkloadTests
{
    private static int _port = 20_000 + (Environment.ProcessId % 20_000);

    [Fact]
    public void Datagrams_go_round_the_loopback_and_a_stream_is_taken_whole()
    {
        using PeerServer server = Server();
        var options = new RunOptions { WarmUp = TimeSpan.FromMilliseconds(20), Measure = TimeSpan.FromMilliseconds(100) };

        WorkloadRun udp = Measuring.Undisturbed(WorkloadCatalog.Find("net.udp.rtt")!, new() { ["peer"] = server.Address }, options);
        WorkloadRun spin = Measuring.Undisturbed(WorkloadCatalog.Find("net.udp.rtt")!,
            new() { ["peer"] = server.Address, ["wait"] = "spin", ["bytes"] = "1400", ["bind"] = "127.0.0.1" }, options);
        WorkloadRun tcp = Measuring.Undisturbed(WorkloadCatalog.Find("net.tcp.stream")!, new() { ["peer"] = server.Address }, options);

        Assert.All(new[] { udp, spin, tcp }, run => Assert.Null(run.Rejected));
        Assert.True(udp.Samples > 10 && udp.Value > 1000 && spin.Samples > 10);
        Assert.Equal(("lo", 0d), (udp.Parameters["interface"], udp.Witness["lost"]));
        Assert.DoesNotContain("interrupts", udp.Witness.Keys);
        Assert.True(udp.Witness["softnetProcessed"] >= udp.Samples);
        Assert.True(tcp.Value > 1_000_000);
        Assert.Equal(0, tcp.Witness["bytesAcknowledged"] % 131_072);
        Assert.True(server.Received >= tcp.Witness["bytesAcknowledged"]);
        Assert.True(server.Answered >= udp.Samples + spin.Samples);
    }

    [Fact]
    public void Nobody_there_is_a_sentence()
    {
        foreach (string name in new[] { "net.udp.rtt", "net.tcp.stream" })
        {
            var thrown = Assert.Throws<BenchException>(() => Prepared(LinuxSystemCalls.Instance, name, new() { ["peer"] = "127.0.0.1:1" }));

            Assert.Contains("nothing listens there; start 'ptdiag bench serve", thrown.Message, StringComparison.Ordinal);
            Assert.Equal(Errno.ECONNREFUSED, thrown.ErrorNumber);
        }
    }

    [Theory]
    [InlineData("peer", "", "the address and port of 'ptdiag bench serve'")]
    [InlineData("peer", "192.0.2.1", "such as 192.0.2.1:7411")]
    [InlineData("bind", "::1", "of the same family")]
    [InlineData("bytes", "15", "from 16 to 65507")]
    [InlineData("wait", "poll", "one of block, spin")]
    public void A_wrong_parameter_says_what_it_must_be(string name, string value, string words)
    {
        using var kernel = new FakeSystemCalls();

        Assert.Contains(words, Assert.Throws<BenchException>(() => Prepared(kernel, "net.udp.rtt", new() { [name] = value })).Message, StringComparison.Ordinal);
        Assert.Empty(kernel.Calls);
    }

    [Fact]
    public void An_interface_that_is_not_there_is_refused_and_the_socket_closed()
    {
        using var kernel = new FakeSystemCalls();

        Assert.Contains("parameter interface", Assert.Throws<BenchException>(() => Prepared(kernel, "net.udp.rtt", new() { ["interface"] = "eth9" })).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void The_line_that_the_answers_came_in_on_is_the_workloads_interrupt()
    {
        using FakeSystemCalls kernel = Answering(out _);
        int answers = 0;
        Func<byte[], int> receive = kernel.OnReceive;
        kernel.OnReceive = buffer =>
        {
            answers++;
            kernel.Files["/proc/interrupts"] = $"      CPU0 CPU1\n 30:  5  0  IR-PCI-MSIX eth0-tx-0\n 31:  {answers}  {2 * answers}  IR-PCI-MSIX eth0-rx-0\n";
            return receive(buffer);
        };
        using UdpRoundTripWorkload workload = Udp(kernel, new() { ["cpu"] = "1" });
        workload.Prepare();
        workload.MarkWitness();
        workload.Execute(new Stage(TimeSpan.FromMinutes(1), 10));

        IReadOnlyDictionary<string, double> witness = workload.Witness();

        Assert.Equal(("31", "eth0"), (workload.Interrupt, workload.Parameters["interface"]));
        Assert.Equal((30d, 2 / 3d, 2 / 3d), (witness["interrupts"], witness["interruptShareCpu1"], witness["onThreadCpu"]));
        Assert.Equal(2, witness["rpsCpus"]);
        Assert.DoesNotContain("softnetProcessed", witness.Keys);
    }

    [Fact]
    public void A_lost_datagram_is_counted_and_its_late_answer_is_not_taken_for_the_next()
    {
        using FakeSystemCalls kernel = Answering(out Queue<byte[]> answers);
        int sent = 0;
        Func<byte[], int> send = kernel.OnSend;
        byte[]? held = null;
        kernel.OnSend = request =>
        {
            send(request);
            if (++sent == 40)
            {
                held = answers.Dequeue();
            }
            else if (held is not null)
            {
                byte[] newest = answers.Dequeue();
                answers.Enqueue(held);
                answers.Enqueue(newest);
                held = null;
            }

            return request.Length;
        };
        using UdpRoundTripWorkload workload = Udp(kernel, new() { ["timeoutMs"] = "1" });
        workload.Prepare();
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMinutes(1), 20);

        workload.Execute(stage);

        IReadOnlyDictionary<string, double> witness = workload.Witness();
        Assert.Equal((20, 1d, 1d), (stage.Operations, witness["lost"], witness["late"]));
    }

    [Fact]
    public void A_peer_that_falls_silent_ends_the_run()
    {
        using FakeSystemCalls kernel = Answering(out Queue<byte[]> answers);
        using UdpRoundTripWorkload workload = Udp(kernel, new() { ["timeoutMs"] = "1" });
        workload.Prepare();
        kernel.OnSend = request => request.Length;
        answers.Clear();

        Assert.Contains("left 10 datagrams in a row unanswered for 1 ms each",
            Assert.Throws<BenchException>(() => workload.Execute(new Stage(TimeSpan.FromMinutes(1)))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Errno.EMSGSIZE, "ask for fewer bytes")]
    [InlineData(Errno.EHOSTUNREACH, "cannot be reached")]
    public void A_datagram_that_can_not_be_sent_is_a_sentence(int errno, string words)
    {
        using FakeSystemCalls kernel = Answering(out _);
        kernel.OnSend = _ => -errno;
        using UdpRoundTripWorkload workload = Udp(kernel, []);

        Assert.Contains(words, Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Errno.EAGAIN, "the peer took nothing for 5000 ms")]
    [InlineData(Errno.ECONNRESET, "the peer closed the connection")]
    public void A_stream_that_breaks_is_a_sentence(int errno, string words)
    {
        using FakeSystemCalls kernel = Answering(out _);
        kernel.OnIoctl = (_, _, _) => 0;
        int calls = 0;
        kernel.OnSend = content => ++calls > 20 ? -errno : content.Length;
        WorkloadInfo info = WorkloadCatalog.Find("net.tcp.stream")!;
        using var workload = new TcpStreamWorkload(kernel, new ParameterSet(info.Name, info.Parameters, new Dictionary<string, string> { ["peer"] = "192.0.2.9:7411" }));
        workload.Prepare();

        var thrown = Assert.Throws<BenchException>(() => workload.Execute(new Stage(TimeSpan.FromMinutes(1))));

        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
        Assert.Equal(("send", errno), (thrown.Call, thrown.ErrorNumber));
    }

    [Fact]
    public void Last_bytes_that_nobody_acknowledges_end_the_run()
    {
        using FakeSystemCalls kernel = Answering(out _);
        kernel.OnIoctl = (_, _, address) =>
        {
            System.Runtime.InteropServices.Marshal.WriteInt32(address, 1);
            return 0;
        };
        WorkloadInfo info = WorkloadCatalog.Find("net.tcp.stream")!;
        using var workload = new TcpStreamWorkload(kernel, new ParameterSet(info.Name, info.Parameters,
            new Dictionary<string, string> { ["peer"] = "192.0.2.9:7411", ["timeoutMs"] = "20" }));

        Assert.Contains("did not acknowledge the last bytes within 20 ms", Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:7411", "name the one address")]
    [InlineData("[::]:7411", "name the one address")]
    [InlineData("example.org:7411", "is no address with a port")]
    public void A_server_listens_on_no_address_that_was_not_named(string address, string words)
    {
        using var kernel = new FakeSystemCalls();

        Assert.Contains(words, Assert.Throws<BenchException>(() => PeerServer.Start(kernel, address)).Message, StringComparison.Ordinal);
        Assert.Empty(kernel.Calls);
    }

    [Fact]
    public void An_address_that_is_taken_is_a_sentence()
    {
        using PeerServer server = Server();

        Assert.Contains("another program listens there", Assert.Throws<BenchException>(() => PeerServer.Start(server.Address)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_requests_are_answered()
    {
        byte[] request = new byte[32];
        Message.WriteRequest(request, 7);

        Assert.Null(Message.AnsweredBy(request));
        Assert.True(Message.TryAnswer(request));
        Assert.Equal(7ul, Message.AnsweredBy(request));
        Assert.False(Message.TryAnswer(request));
        Assert.False(Message.TryAnswer(new byte[32]));
        Assert.False(Message.TryAnswer(request.AsSpan(0, 15)));
    }

    private static PeerServer Server()
    {
        while (true)
        {
            try
            {
                return PeerServer.Start($"127.0.0.1:{Interlocked.Increment(ref _port)}");
            }
            catch (BenchException error) when (error.ErrorNumber == Errno.EADDRINUSE)
            {
                // Another program has this port: the next one.
            }
        }
    }

    private static UdpRoundTripWorkload Udp(ISystemCalls system, Dictionary<string, string> given)
    {
        WorkloadInfo info = WorkloadCatalog.Find("net.udp.rtt")!;
        given.TryAdd("peer", "192.0.2.9:7411");
        return new UdpRoundTripWorkload(system, new ParameterSet(info.Name, info.Parameters, given));
    }

    private static void Prepared(ISystemCalls system, string name, Dictionary<string, string> given)
    {
        WorkloadInfo info = WorkloadCatalog.Find(name)!;
        given.TryAdd("peer", "192.0.2.9:7411");
        var parameters = new ParameterSet(name, info.Parameters, given);
        using IWorkload workload = name == "net.udp.rtt" ? new UdpRoundTripWorkload(system, parameters) : new TcpStreamWorkload(system, parameters);
        workload.Prepare();
    }

    /// <summary>A kernel whose peer answers every request at once, behind eth0 with two vectors and steering to two CPUs.</summary>
    private static FakeSystemCalls Answering(out Queue<byte[]> answers)
    {
        var queue = new Queue<byte[]>();
        answers = queue;
        var kernel = new FakeSystemCalls
        {
            LocalAddressBytes = Endpoint.Bytes(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 40_000)),
            OnSend = request =>
            {
                if (Message.TryAnswer(request))
                {
                    queue.Enqueue(request);
                }

                return request.Length;
            },
            OnReceive = buffer =>
            {
                if (!queue.TryDequeue(out byte[]? answer))
                {
                    return -Errno.EAGAIN;
                }

                answer.CopyTo(buffer, 0);
                return answer.Length;
            },
        };
        kernel.Files["/proc/net/route"] = "Iface\neth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0\n";
        kernel.Folders["/sys/class/net/eth0/device/msi_irqs"] = ["30", "31"];
        kernel.Folders["/sys/class/net/eth0/queues"] = ["rx-0", "rx-1", "tx-0"];
        kernel.Files["/sys/class/net/eth0/queues/rx-0/rps_cpus"] = "1\n";
        kernel.Files["/sys/class/net/eth0/queues/rx-1/rps_cpus"] = "00000000,00000003\n";
        kernel.Files["/proc/interrupts"] = "      CPU0 CPU1\n 30:  5  0  IR-PCI-MSIX eth0-tx-0\n 31:  0  0  IR-PCI-MSIX eth0-rx-0\n";
        return kernel;
    }
}
