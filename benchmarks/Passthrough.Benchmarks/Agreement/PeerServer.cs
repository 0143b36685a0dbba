using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>
/// The other side of the network rows on this machine's loopback: <c>ptdiag bench serve</c>, for both programs the same one, on a CPU of its own:
/// a round trip within one CPU and one between two differ by a factor.
/// </summary>
internal sealed class PeerServer : IDisposable
{
    private const int SecondsMost = 3600;
    private const int StartMs = 5000;
    private readonly Process _process;

    private PeerServer(Process process, string address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>ADDRESS:PORT.</summary>
    public string Address { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="ptdiag">The program.</param>
    /// <param name="cpu">Its CPU.</param>
    /// <exception cref="AgreementException">It does not.</exception>
    public static PeerServer Start(string ptdiag, int cpu)
    {
        if (AgreementPlace.Missing("taskset", "util-linux") is { } missing)
        {
            throw new AgreementException(missing);
        }

        string address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort()}");
        Process process = Process.Start(new ProcessStartInfo("taskset",
            ["-c", cpu.ToString(CultureInfo.InvariantCulture), ptdiag, "bench", "serve", "--listen", address, "--seconds", SecondsMost.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        }) ?? throw new AgreementException($"{ptdiag} could not be started.");
        Task<string?> first = process.StandardError.ReadLineAsync();
        if (first.Wait(StartMs) && first.Result?.StartsWith("Listening", StringComparison.Ordinal) == true)
        {
            return new PeerServer(process, address);
        }

        process.Kill();
        process.WaitForExit();
        process.Dispose();
        throw new AgreementException($"ptdiag bench serve does not listen on {address}: {(first.IsCompleted ? first.Result : null) ?? "it said nothing"}");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    // A port that nothing uses now; the server fails with a sentence if another takes it before.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
