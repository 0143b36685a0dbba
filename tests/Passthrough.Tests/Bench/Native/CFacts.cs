using System.Diagnostics;
using Xunit;

namespace Passthrough.Tests.Bench.Native;

/// <summary>Holds numbers of ours against C expressions, by compiling and running a program that prints them.</summary>
internal static class CFacts
{
    /// <summary>Compares each; skips the calling test without gcc.</summary>
    public static void Check(string includeFolder, string includes, IReadOnlyList<(string Expression, long Ours)> facts)
    {
        string folder = Directory.CreateTempSubdirectory("ptdiag-headers-").FullName;
        try
        {
            string source = Path.Combine(folder, "facts.c");
            File.WriteAllText(source, "#include <stddef.h>\n#include <stdio.h>\n" + includes + "int main(void) {\n"
                + string.Concat(facts.Select(fact => $"printf(\"%lld\\n\", (long long)({fact.Expression}));\n")) + "return 0; }\n");
            string program = Path.Combine(folder, "facts");
            // Headers of a source tree still carry the annotation that installing them removes.
            Skip.If(Run("gcc", "-D__user=", "-I", includeFolder, "-o", program, source) is null, "gcc is not installed");
            string[] lines = Run(program)!.Split('\n', StringSplitOptions.RemoveEmptyEntries);

            Assert.Equal(facts.Count, lines.Length);
            Assert.All(facts.Zip(lines), pair => Assert.Equal($"{pair.First.Expression} = {pair.Second}", $"{pair.First.Expression} = {pair.First.Ours}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            string output = process!.StandardOutput.ReadToEnd();
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors);
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
