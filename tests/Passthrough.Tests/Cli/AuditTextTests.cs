using Passthrough.Cli.Output;
using Passthrough.Cli.Verbs;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Waivers;
using Passthrough.Host.Evidence;
using Passthrough.Tests.Reports;
using Passthrough.Tests.Robustness;
using Spectre.Console;
using Xunit;

namespace Passthrough.Tests.Cli;

/// <summary>The audit as a person reads it.</summary>
public sealed class AuditTextTests
{
    [Theory]
    [InlineData("shared-group")]
    [InlineData("no-iommu")]
    [InlineData("intel-healthy")]
    public void The_text_is_the_approved_one(string machine)
    {
        AuditResult audit = Machines.Judge(Machines.Open(machine));
        Approved.Check($"Cli/Approved/{machine}.verified.txt", Text(audit, everything: false));
    }

    [Fact]
    public void What_only_root_can_see_is_one_line()
    {
        IEvidence open = Machines.Open("intel-healthy");
        AuditResult audit = Machines.Judge(new WithoutRoot(open));
        string text = Text(audit, everything: false);
        Assert.Single(text.Split('\n'), line => line.Contains("run ptdiag as root", StringComparison.Ordinal));
        Assert.True(text.Split('\n').Length < 40, text);
    }

    [Fact]
    public void Everything_is_listed_where_it_is_asked_for()
    {
        AuditResult audit = Machines.Judge(Machines.Open("shared-group"));
        string text = Text(audit, everything: true);
        Assert.All(audit.Findings, finding => Assert.Contains(finding.Id, text, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_waived_is_told_with_its_reason()
    {
        AuditResult audit = WaiverRules.Apply(Machines.Judge(Machines.Open("shared-group")), [new Waiver("RST-001", "*", "one tenant", new DateOnly(2030, 1, 1))]);
        string text = Text(audit, everything: false);
        Assert.Contains("(one tenant)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("FAIL    RST-001", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_narrow_terminal_gets_lines_that_fit()
    {
        AuditResult audit = Machines.Judge(Machines.Open("shared-group"));
        using var written = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(written) });
        console.Profile.Width = 60;
        AuditText.Draw(Page.On(console), audit, "a machine", everything: false);
        string[] lines = written.ToString().Split('\n');
        Assert.True(lines.Length > 20);
        Assert.All(lines, line => Assert.True(line.TrimEnd().Length <= 60, line));
    }

    [Theory]
    [InlineData("ab: ", "one two three", 9, "ab: one\n   two\n   three\n")]
    [InlineData("", "one two", 80, "one two\n")]
    [InlineData("  ", "", 40, "  \n")]
    public void A_line_is_broken_at_blanks(string lead, string text, int width, string expected)
    {
        // Narrower than 30 nothing is broken.
        string wrapped = Wrapping.Indented(lead, text, width);
        Assert.Equal(width < 30 ? lead + text + "\n" : expected, wrapped);
    }

    private static string Text(AuditResult audit, bool everything) =>
        Terminal.PlainPage(page => AuditText.Draw(page, audit, "a machine", everything));

    /// <summary>The machine as another user than root sees it: firmware tables, the log and config space beyond 64 bytes are refused.</summary>
    private sealed class WithoutRoot(IEvidence inner) : IEvidence
    {
        public SourceKind Kind => SourceKind.Live;

        public string DisplayName => "this machine";

        public Answer Ask(Question question)
        {
            Answer answer = inner.Ask(question);
            return question.Path.StartsWith("/sys/firmware/acpi/tables/", StringComparison.Ordinal) || question.Path is "/dev/kmsg" or "/var/log/dmesg" ? Answer.Denied
                : question.Path.EndsWith("/config", StringComparison.Ordinal) && answer.Content.Length > 64 ? Answer.Of(answer.Content[..64])
                : answer;
        }
    }
}
