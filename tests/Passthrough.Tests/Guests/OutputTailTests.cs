using Passthrough.Guests.Qemu;
using Xunit;

namespace Passthrough.Tests.Guests;

public sealed class OutputTailTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("output-tail-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Lines_come_while_the_file_grows_and_the_rest_at_the_end()
    {
        string path = Path.Combine(_folder, "stdout");
        var lines = new List<string>();
        var ended = new TaskCompletionSource();
        Task following = new OutputTail([path], line =>
        {
            lock (lines)
            {
                lines.Add(line);
            }
        }).FollowAsync(ended.Task);

        await File.WriteAllTextAsync(path, "first\nsec");
        await UntilAsync(() => lines.Count == 1);
        await File.AppendAllTextAsync(path, "ond ü\n\nlast");
        await UntilAsync(() => lines.Count == 3);
        ended.SetResult();
        await following;

        Assert.Equal(["first", "second ü", "", "last"], lines);
    }

    [Fact]
    public async Task A_file_that_never_comes_gives_no_line()
    {
        var lines = new List<string>();

        await new OutputTail([Path.Combine(_folder, "none")], lines.Add).FollowAsync(Task.CompletedTask);

        Assert.Empty(lines);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int tries = 0; tries < 300 && !condition(); tries++)
        {
            await Task.Delay(20);
        }
    }
}
