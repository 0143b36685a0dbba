using System.Text;
using CsCheck;
using Passthrough.Guests.Transports;
using Xunit;

namespace Passthrough.Tests.Guests.Transports;

public sealed class AgentReplyTests
{
    [Fact]
    public void A_value_is_read()
    {
        Assert.True(AgentReply.TryParse("""{"return": {"exited": true, "exitcode": 3, "out-data": "aGFsbG8="}}"""u8, out AgentReply reply));
        Assert.Null(reply.ErrorClass);
        Assert.Equal((true, 3L, "hallo"), (reply.Flag("exited"), reply.Number("exitcode"), Encoding.UTF8.GetString(reply.Bytes("out-data"))));
        Assert.Null(reply.Number("signal"));
        Assert.Empty(reply.Bytes("err-data"));
    }

    [Fact]
    public void An_error_is_read()
    {
        Assert.True(AgentReply.TryParse("""{"error": {"class": "CommandNotFound", "desc": "The command guest-exec has been disabled for this instance"}}"""u8, out AgentReply reply));
        Assert.Equal(("CommandNotFound", "The command guest-exec has been disabled for this instance"), (reply.ErrorClass, reply.ErrorText));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"return\": 1")]
    [InlineData("{\"return\": 1} {\"return\": 2}")]
    [InlineData("{\"error\": 1}")]
    [InlineData("GET / HTTP/1.1")]
    public void Anything_else_is_no_reply(string line)
    {
        Assert.False(AgentReply.TryParse(Encoding.UTF8.GetBytes(line), out _));
    }

    [Theory]
    [InlineData("{\"return\": \"\\ud800\"}")]
    [InlineData("{\"error\": {\"class\": \"\\ud800\"}}")]
    [InlineData("{\"return\": {\"out-data\": \"not base64!\", \"exited\": 7, \"pid\": 1e99}}")]
    public void Values_of_another_kind_are_nothing(string line)
    {
        bool read = AgentReply.TryParse(Encoding.UTF8.GetBytes(line), out AgentReply reply);
        Assert.True(!read || (reply.Number() is null && reply.Number("pid") is null && reply.Flag("exited") is null && reply.Bytes("out-data").Length == 0));
    }

    [Fact]
    public void No_bytes_make_it_throw()
    {
        Gen.Byte.Array[0, 200].Sample(bytes => Use(bytes));
        byte[] whole = """{"return": {"exited": true, "exitcode": 3, "out-data": "aGFsbG8=", "x": "\u00e4"}}"""u8.ToArray();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length]).Sample((at, value, length) =>
        {
            byte[] changed = [.. whole];
            changed[at] = value;
            Use(changed[..length]);
        });
    }

    [Fact]
    public void The_stream_gives_the_same_lines_however_it_is_cut()
    {
        byte[] whole = [.. "torn {\"a\n"u8, .. "\n"u8, 0xFF, .. "{\"return\": 5}\n"u8, .. "half"u8, 0xFF, .. "x\n"u8];
        Gen.Int[1, 9].Array[40].Sample(sizes =>
        {
            var stream = new AgentStream(1000);
            int at = 0;
            foreach (int size in sizes)
            {
                int count = Math.Min(size, whole.Length - at);
                stream.Add(whole.AsSpan(at, count));
                at += count;
            }

            var lines = new List<(string, bool)>();
            while (stream.TryTake(out byte[] line, out bool after))
            {
                lines.Add((Encoding.UTF8.GetString(line), after));
            }

            Assert.Equal([("torn {\"a", false), ("{\"return\": 5}", true), ("x", true)], lines);
        });
    }

    [Fact]
    public void A_line_without_an_end_is_noticed()
    {
        var stream = new AgentStream(10);
        stream.Add(new byte[11]);
        Assert.True(stream.Overflowed);
        Assert.False(stream.TryTake(out _, out _));
    }

    private static void Use(byte[] bytes)
    {
        if (AgentReply.TryParse(bytes, out AgentReply reply))
        {
            _ = (reply.Number(), reply.Number("pid"), reply.Flag("exited"), reply.Bytes("out-data"), reply.ErrorText);
        }
    }
}
