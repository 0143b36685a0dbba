using Xunit;

namespace Passthrough.Tests.Reports;

/// <summary>Text that a person approved, compared byte for byte. When a change is wanted, run with PTDIAG_APPROVE=1 and review the diff. What was received lies beside it when it differs.</summary>
internal static class Approved
{
    /// <summary>Compares with <c>tests/Passthrough.Tests/{name}</c>.</summary>
    public static void Check(string name, string received)
    {
        string path = Path.Combine(Fixtures.Repository, "tests", "Passthrough.Tests", name);
        string approved = File.Exists(path) ? File.ReadAllText(path) : "";
        if (Environment.GetEnvironmentVariable("PTDIAG_APPROVE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, received);
            approved = received;
        }
        else if (approved != received)
        {
            File.WriteAllText(path.Replace(".verified.", ".received.", StringComparison.Ordinal), received);
        }

        Assert.Equal(approved, received);
    }
}
