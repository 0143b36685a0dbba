using System.CommandLine;
using System.Globalization;
using Passthrough.Bench.Workloads.Network;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag bench serve</c>: the other side of the network workloads.</summary>
internal static class BenchServe
{
    private const int LongestSeconds = 86_400;

    public static Command Build()
    {
        Option<string> listen = new("--listen")
        {
            Description = "The one address to listen on, with its port; IPv6 in brackets.",
            DefaultValueFactory = _ => "127.0.0.1:7411",
            HelpName = "ADDRESS:PORT",
        };
        Option<int> seconds = new("--seconds") { Description = "Ends after this many seconds.", DefaultValueFactory = _ => 600 };
        var command = new Command("serve",
            "Answers the datagrams and takes the streams of net.udp.rtt and net.tcp.stream, on one address and for a bounded time.\n\nExamples:\n"
            + "  ptdiag bench serve --listen 192.0.2.7:7411 --seconds 60")
        {
            listen, seconds,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            string address = parsed.GetValue(listen)!;
            if (PeerServer.WhyNot(address) is { } reason)
            {
                throw CliException.Usage("--listen: " + reason);
            }

            int limit = parsed.GetValue(seconds);
            if (limit is < 1 or > LongestSeconds)
            {
                throw CliException.Usage(string.Create(CultureInfo.InvariantCulture, $"--seconds takes a number from 1 to {LongestSeconds}."));
            }

            using PeerServer server = PeerServer.Start(address);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Listening on {server.Address} for {limit} s."));
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(limit), cancel);
            }
            catch (OperationCanceledException)
            {
                // Ctrl-C is the ordinary end before the time is over.
            }

            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"answered {server.Answered} datagrams, took {server.Received} bytes"));
            return ExitCodes.Done;
        });
        return command;
    }
}
