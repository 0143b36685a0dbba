using Xunit;

namespace Passthrough.Tests.Cli;

/// <summary>What writes needs two words of the user, and a server one address.</summary>
public sealed class BenchConsentTests
{
    [Theory]
    [InlineData("block.io would write to 'first'", "block.io", "--set", "rw=write", "--destructive")]
    [InlineData("block.io.latency would write to '0000:01:00.0'", "block.io.latency", "--set", "rw=mix", "--set", "device=0000:01:00.0", "--destructive")]
    [InlineData("would overwrite /dev/ptdiag-none: give --destructive too", "block.io", "--set", "rw=write", "--set", "device=/dev/ptdiag-none")]
    [InlineData("nothing of this run writes", "memory.chase", "--destructive")]
    [InlineData("nothing of this run writes", "block.io", "--set", "device=/dev/ptdiag-none", "--destructive")]
    public void A_run_that_writes_is_refused_without_both(string words, params string[] arguments)
    {
        (int exitCode, string output, string error) = Ptdiag.Run(["bench", "run", .. arguments]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_device_that_is_not_there_could_not_be_looked_at()
    {
        (int exitCode, _, string error) = Ptdiag.Run("bench", "run", "block.io", "--set", "rw=write", "--set", "device=/dev/ptdiag-none", "--destructive", "--runs", "1");

        Assert.Equal(3, exitCode);
        Assert.Contains("/dev/ptdiag-none failed with ENOENT: it does not exist", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name the one address", "--listen", "0.0.0.0:7411")]
    [InlineData("is no address with a port", "--listen", "localhost:7411")]
    [InlineData("a number from 1 to 86400", "--seconds", "0")]
    public void A_server_is_bounded_in_address_and_time(string words, params string[] arguments)
    {
        (int exitCode, _, string error) = Ptdiag.Run(["bench", "serve", .. arguments]);

        Assert.Equal(2, exitCode);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_ends_by_itself_and_tells_what_it_did()
    {
        (int exitCode, string output, string error) = Ptdiag.Run("bench", "serve", "--listen", "127.0.0.1:7499", "--seconds", "1");

        Assert.Equal((0, "answered 0 datagrams, took 0 bytes\n"), (exitCode, output));
        Assert.Equal("Listening on 127.0.0.1:7499 for 1 s.\n", error);
    }
}
