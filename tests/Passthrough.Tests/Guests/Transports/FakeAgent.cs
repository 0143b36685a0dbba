using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Passthrough.Tests.Guests.Transports;

/// <summary>A guest agent behind a unix socket: this machine is its guest. It can be silent, talk rubbish or refuse commands.</summary>
internal sealed class FakeAgent : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<long, (Process Process, Task<byte[]> Output, Task<byte[]> Error)> _processes = [];
    private readonly Dictionary<long, FileStream> _files = [];
    private long _next = 1000;

    public FakeAgent(string folder)
    {
        Path = System.IO.Path.Combine(folder, "agent.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        _ = Task.Run(ServeAsync);
    }

    public string Path { get; }

    /// <summary>Never answers.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Sent before the answer to guest-sync-delimited, as what an earlier client left unread.</summary>
    public byte[] Stale { get; set; } = [];

    /// <summary>Answers in pieces of so many bytes.</summary>
    public int PieceBytes { get; set; } = int.MaxValue;

    /// <summary>Commands that were switched off.</summary>
    public HashSet<string> Disabled { get; } = [];

    /// <summary>In place of the real answer to a command.</summary>
    public Dictionary<string, string> Instead { get; } = [];

    /// <summary>Commands in the order they came.</summary>
    public List<string> Asked { get; } = [];

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        foreach ((Process process, _, _) in _processes.Values)
        {
            process.Dispose();
        }

        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using Socket client = await _listener.AcceptAsync(_end.Token);
                await TalkAsync(client);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(Socket client)
    {
        using var stream = new NetworkStream(client);
        var line = new List<byte>();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, _end.Token) > 0)
        {
            if (one[0] != (byte)'\n')
            {
                line.Add(one[0]);
                continue;
            }

            byte[] request = [.. line.SkipWhile(value => value == 0xFF)];
            line.Clear();
            if (IsSilent)
            {
                continue;
            }

            byte[] answer = Answer(request);
            for (int at = 0; at < answer.Length; at += Math.Min(PieceBytes, answer.Length - at))
            {
                await stream.WriteAsync(answer.AsMemory(at, Math.Min(PieceBytes, answer.Length - at)), _end.Token);
            }
        }
    }

    private byte[] Answer(byte[] request)
    {
        using JsonDocument json = JsonDocument.Parse(request);
        string command = json.RootElement.GetProperty("execute").GetString()!;
        JsonElement arguments = json.RootElement.GetProperty("arguments");
        lock (Asked)
        {
            Asked.Add(command);
        }

        if (command == "guest-sync-delimited")
        {
            return [.. Stale, 0xFF, .. Encoding.UTF8.GetBytes($"{{\"return\": {arguments.GetProperty("id").GetInt64()}}}\n")];
        }

        string text = Disabled.Contains(command) ? Error("CommandNotFound", $"The command {command} has been disabled for this instance")
            : Instead.TryGetValue(command, out string? instead) ? instead
            : Do(command, arguments);
        return Encoding.UTF8.GetBytes(text + "\n");
    }

    private string Do(string command, JsonElement arguments)
    {
        try
        {
            switch (command)
            {
                case "guest-exec":
                    return Return($"{{\"pid\": {Start(arguments)}}}");
                case "guest-exec-status":
                    return Return(Status(arguments.GetProperty("pid").GetInt64()));
                case "guest-file-open":
                    bool writes = arguments.GetProperty("mode").GetString() == "w";
                    _files[++_next] = new FileStream(arguments.GetProperty("path").GetString()!, writes ? FileMode.Create : FileMode.Open);
                    return Return($"{_next}");
                case "guest-file-write":
                    byte[] content = arguments.GetProperty("buf-b64").GetBytesFromBase64();
                    // Takes less than it is given, as it may.
                    int taken = Math.Max(1, content.Length * 2 / 3);
                    _files[arguments.GetProperty("handle").GetInt64()].Write(content, 0, taken);
                    return Return($"{{\"count\": {taken}, \"eof\": false}}");
                case "guest-file-read":
                    byte[] buffer = new byte[arguments.GetProperty("count").GetInt32()];
                    FileStream file = _files[arguments.GetProperty("handle").GetInt64()];
                    int read = file.Read(buffer);
                    return Return($"{{\"count\": {read}, \"buf-b64\": \"{Convert.ToBase64String(buffer, 0, read)}\", \"eof\": {(file.Position == file.Length ? "true" : "false")}}}");
                default:
                    _files.Remove(arguments.GetProperty("handle").GetInt64(), out FileStream? closed);
                    closed!.Dispose();
                    return Return("{}");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return Error("GenericError", error.Message.Split('\n')[0]);
        }
    }

    private long Start(JsonElement arguments)
    {
        var start = new ProcessStartInfo(arguments.GetProperty("path").GetString()!) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (JsonElement argument in arguments.GetProperty("arg").EnumerateArray())
        {
            start.ArgumentList.Add(argument.GetString()!);
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        _processes[process.Id] = (process, ReadAsync(process.StandardOutput.BaseStream), ReadAsync(process.StandardError.BaseStream));
        return process.Id;
    }

    private string Status(long pid)
    {
        (Process process, Task<byte[]> output, Task<byte[]> error) = _processes[pid];
        if (!process.HasExited)
        {
            return "{\"exited\": false}";
        }

        string how = process.ExitCode > 128 ? $"\"signal\": {process.ExitCode - 128}" : $"\"exitcode\": {process.ExitCode}";
        return $"{{\"exited\": true, {how}, \"out-data\": \"{Convert.ToBase64String(output.Result)}\", \"err-data\": \"{Convert.ToBase64String(error.Result)}\"}}";
    }

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return memory.ToArray();
    }

    private static string Return(string value) => $"{{\"return\": {value}}}";

    private static string Error(string kind, string text) => $"{{\"error\": {{\"class\": \"{kind}\", \"desc\": {JsonSerializer.Serialize(text)}}}}}";
}
