using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Passthrough.Diagnosis;
using Passthrough.Reports.Html;
using Passthrough.Results;
using Passthrough.Tests.Results;
using Xunit;

namespace Passthrough.Tests.Reports.Html;

public sealed class HtmlReportTests
{
    private static readonly Lazy<IDocument> Plain = new(() => Parse(HtmlReport.Render(Samples.Input())));
    private static readonly Lazy<IDocument> Hostile = new(() => Parse(HtmlReport.Render(Samples.Input(Samples.Hostile))));

    [Fact]
    public void A_report_of_nothing_is_a_page_with_a_title()
    {
        IDocument page = Parse(HtmlReport.Render(new ReportInput { Title = "Empty", Created = DateTimeOffset.UnixEpoch, Tool = Documents.Tool }));
        Assert.Equal("Empty", page.QuerySelector("h1")!.TextContent);
        Assert.Empty(page.QuerySelectorAll("section"));
        Assert.Null(page.QuerySelector(".label"));
        Assert.Contains("1970-01-01 00:00:00 UTC", page.Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_outside_the_file_is_loaded()
    {
        Assert.Empty(Plain.Value.QuerySelectorAll("script, link, iframe, object, embed, img, base, form, image, use, style:not(head > style)"));
        Assert.DoesNotContain(Plain.Value.All.SelectMany(element => element.Attributes), attribute =>
            attribute.Name is "src" or "srcset" or "xlink:href" or "action" or "data" || attribute.Name.StartsWith("on", StringComparison.Ordinal));
        string[] links = [.. Plain.Value.QuerySelectorAll("[href]").Select(element => element.LocalName + " " + element.GetAttribute("href"))];
        Assert.All(links, link => Assert.True(link.StartsWith("a #", StringComparison.Ordinal) || link == "a https://docs.kernel.org/driver-api/vfio.html", link));
        Assert.DoesNotContain("url(", StyleSheet.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", StyleSheet.Text, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'", Plain.Value.QuerySelector("meta[http-equiv=Content-Security-Policy]")!.GetAttribute("content"), StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_text_stays_text()
    {
        Assert.Empty(Hostile.Value.QuerySelectorAll("script, img"));
        Assert.DoesNotContain(Hostile.Value.All.SelectMany(element => element.Attributes), attribute => attribute.Name.StartsWith("on", StringComparison.Ordinal));
        Assert.EndsWith(Samples.Hostile, Hostile.Value.QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
        Assert.Contains(Samples.Hostile, Hostile.Value.QuerySelector("#devices")!.TextContent, StringComparison.Ordinal);
        Assert.Contains(Hostile.Value.QuerySelectorAll("svg > title"), title => title.TextContent.Contains(Samples.Hostile, StringComparison.Ordinal));
        Assert.Equal(Elements(Plain.Value), Elements(Hostile.Value));
        static int Elements(IDocument page) => page.All.Length;
    }

    [Fact]
    public void Every_link_inside_the_page_has_its_target_and_no_id_stands_twice()
    {
        string[] ids = [.. Plain.Value.QuerySelectorAll("[id]").Select(element => element.Id!)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(Plain.Value.QuerySelectorAll("a[href^='#']"), link => Assert.Contains(link.GetAttribute("href")![1..], ids));
        string[] clips = [.. Plain.Value.QuerySelectorAll("[clip-path]").Select(element => element.GetAttribute("clip-path")![5..^1])];
        Assert.NotEmpty(clips);
        Assert.All(clips, clip => Assert.Contains(clip, ids));
    }

    [Fact]
    public void The_answer_comes_first_and_says_cause_and_next_step()
    {
        IElement answer = Plain.Value.QuerySelector("main > section")!;
        Assert.Equal("answer", answer.Id);
        Assert.Equal("✕ Not ready", answer.QuerySelector(".verdict")!.TextContent);
        Assert.Contains("intel_iommu=off", answer.QuerySelector(".cause")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("Remove the option.", answer.QuerySelector("ol.remedy")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("denied", answer.QuerySelector("table")!.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Readiness.Yes, "✓ Ready")]
    [InlineData(Readiness.Unknown, "? Unknown")]
    public void Unknown_is_never_called_ready(Readiness ready, string expected)
    {
        ReportInput input = Samples.Input();
        IDocument page = Parse(HtmlReport.Render(input with { Audit = input.Audit! with { Ready = ready, Cause = null }, Results = [], Comparison = null }));
        Assert.Equal(expected, page.QuerySelector(".verdict")!.TextContent);
    }

    [Fact]
    public void Every_finding_is_shown_with_verdict_evidence_and_remedy_in_words()
    {
        IElement[] findings = [.. Plain.Value.QuerySelectorAll("article.finding")];
        Assert.Equal(6, findings.Length);
        Assert.Equal(["✕ fail", "! warning", "? unknown", "i note", "✓ pass", "– does not apply"],
            new[] { "CMD-001", "GRP-001", "IOM-001", "NUM-001", "KRN-001", "SRV-001" }.Select(id => Plain.Value.GetElementById("finding-" + id)!.QuerySelector(".badge")!.TextContent));
        Assert.Contains("/proc/cmdline:1", findings[0].TextContent, StringComparison.Ordinal);
        Assert.NotNull(Plain.Value.GetElementById("finding-KRN-001")!.Closest("details.folded"));
    }

    [Fact]
    public void What_is_not_known_of_a_device_is_called_unknown_and_what_is_absent_none()
    {
        IElement[] rows = [.. Plain.Value.QuerySelectorAll("#devices table")[0].QuerySelectorAll("tbody tr")];
        Assert.Equal(["0000:00:02.0", "plain [8086:3e92]", "0300", "i915", "none", "unknown", "unknown", ""], rows[0].Children.Select(cell => cell.TextContent));
        Assert.Equal(["10000:e1:00.0", "????:????", "unknown", "unknown", "unknown", "unknown", "unknown", ""], rows[1].Children.Select(cell => cell.TextContent));
    }

    [Fact]
    public void Every_chart_has_a_title_a_name_axes_and_its_numbers()
    {
        IElement[] charts = [.. Plain.Value.QuerySelectorAll("figure.chart")];
        Assert.Equal(["forest", "runs1-order1", "runs1-distribution1", "runs1-order2", "runs1-order3", "runs1-order4"], charts.Select(chart => chart.Id));
        Assert.All(charts, chart =>
        {
            IElement svg = chart.QuerySelector(".drawing > svg")!;
            Assert.Equal("img", svg.GetAttribute("role"));
            Assert.Equal(svg.GetAttribute("aria-labelledby"), svg.QuerySelector("title")!.Id);
            Assert.StartsWith("0 0 640 ", svg.GetAttribute("viewBox"), StringComparison.Ordinal);
            Assert.NotEqual("", chart.QuerySelector(".charttitle")!.TextContent);
            Assert.NotEmpty(chart.QuerySelectorAll("details tbody tr"));
            Assert.All(chart.QuerySelectorAll("details tbody tr"), row => Assert.Equal(chart.QuerySelectorAll("details thead th").Length, row.Children.Length));
            Assert.NotEmpty(svg.QuerySelectorAll("path"));
            Assert.True(svg.QuerySelectorAll("text").Length >= 4);
        });
    }

    [Fact]
    public void Every_comparison_is_stated_with_interval_verdict_runs_and_noise_floor()
    {
        IElement[] rows = [.. Plain.Value.QuerySelectorAll("#comparison > .scroll > table > tbody > tr:not(.how)")];
        Assert.Equal(["▲ better", "= no practical difference", "▼ worse", "… too few runs"], rows.Select(row => row.QuerySelector(".badge")!.TextContent));
        Assert.Contains("hugePageBytes: 0\u00a0B → 512\u00a0MiB, moved", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("left out: 0 + 1", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("not measured", rows[2].TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Claims_are_a_table_with_answer_interval_and_reason()
    {
        ReportInput input = Samples.Input();
        IDocument page = Parse(HtmlReport.Render(input with
        {
            Comparison = input.Comparison! with
            {
                Claims =
                [
                    new Claim("a", "supported", "Why a.", "mem.chase, hugepages, latency") { ClaimedGain = 0.2, Gain = 0.25, Low = 0.2, High = 0.3, FunctionalOnly = true },
                    new Claim("b", "contradicted", "Why b.", null),
                    new Claim("c", "inconclusive", "Why c.", null),
                    new Claim("d", "notTestable", "Why d.", null),
                ],
            },
        }));
        IElement[] rows = [.. page.QuerySelectorAll("#claims tbody tr")];
        Assert.Equal(["✓ supported", "✕ contradicted", "? inconclusive", "– not testable here"], rows.Select(row => row.QuerySelector(".badge")!.TextContent));
        Assert.Equal(["✓ supported (functional only)", "+20\u00a0%", "+25\u00a0%", "+20\u00a0% to +30\u00a0%", "mem.chase, hugepages, latency", "Why a."],
            rows[0].QuerySelectorAll("td").Select(cell => cell.TextContent.Trim()));
    }

    [Theory]
    [InlineData(64, "log scale")]
    [InlineData(7, "")]
    public void A_sweep_is_one_chart_with_its_finding_and_its_cells_are_folded(int most, string scale)
    {
        int[] sizes = most == 64 ? [1, 2, 4, 8, 16, 32, 64] : [1, 2, 3, 4, 5, 6, 7];
        IDocument page = Parse(HtmlReport.Render(new ReportInput
        {
            Title = "Sweep",
            Created = DateTimeOffset.UnixEpoch,
            Tool = Documents.Tool,
            Results = [Documents.Of(sizes.SelectMany(size => Documents.Runs("only", Documents.Around(size <= sizes[3] ? 100 : 160, 8), factor: null,
                name: "memory.chase", parameters: new Dictionary<string, string> { ["size"] = $"{size}" })))],
        }));
        IElement chart = page.GetElementById("runs1-sweep1")!;
        Assert.Equal("memory.chase: latency by size", chart.QuerySelector(".charttitle")!.TextContent);
        Assert.StartsWith($"The value steps after size = {sizes[3]} [95 %:", chart.QuerySelector("figcaption")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("steps after", chart.QuerySelector("svg > title")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(7, chart.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(scale.Length > 0, chart.QuerySelectorAll("svg text").Any(text => text.TextContent == "size (log scale)"));
        Assert.All(page.QuerySelectorAll("figure.chart").Where(figure => figure != chart), figure => Assert.NotNull(figure.ParentElement!.Closest("details")));
        string[] ids = [.. page.QuerySelectorAll("[id]").Select(element => element.Id!)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void An_emulated_machine_is_labelled_with_the_reason()
    {
        IElement label = Plain.Value.QuerySelector("header .label")!;
        Assert.Equal("functional only: emulated machine", label.QuerySelector("strong")!.TextContent);
        Assert.Contains("tcg", label.QuerySelector("span")!.TextContent, StringComparison.Ordinal);
        Assert.Null(Parse(HtmlReport.Render(Samples.Input(emulated: false))).QuerySelector(".label"));
    }

    [Fact]
    public void Headings_never_skip_a_level_and_tables_have_heads()
    {
        int last = 0;
        foreach (IElement heading in Plain.Value.QuerySelectorAll("h1, h2, h3, h4"))
        {
            int level = heading.LocalName[1] - '0';
            Assert.True(level <= last + 1, heading.TextContent);
            last = level;
        }

        Assert.All(Plain.Value.QuerySelectorAll("table"), table => Assert.NotEmpty(table.QuerySelectorAll("th[scope=col]")));
        Assert.All(Plain.Value.QuerySelectorAll("table"), table => Assert.NotNull(table.Closest(".scroll")));
    }

    [Fact]
    public void The_text_of_the_report_is_as_approved()
    {
        string text = string.Join('\n', Plain.Value.QuerySelectorAll("h1, h2, h3, h4, .verdict, .cause, .label, .remark, .effects li, figcaption, svg > title, #comparison tbody td, dt, dd")
            .Select(element => string.Join(' ', element.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))) + "\n";
        Approved.Check("Reports/Html/Report.verified.txt", text);
    }

    private static IDocument Parse(string html) => new HtmlParser().ParseDocument(html);
}
