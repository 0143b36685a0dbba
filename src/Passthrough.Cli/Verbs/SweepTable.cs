using System.Globalization;
using Passthrough.Results;
using Passthrough.Results.Sweeps;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary>Sweeps as text: a table of cells for each curve, and what it shows in a sentence.</summary>
internal static class SweepTable
{
    /// <summary>All sweeps of a document; nothing where there is none.</summary>
    public static void Draw(IAnsiConsole console, ResultsDocument document)
    {
        foreach (Sweep sweep in Sweep.Of(document))
        {
            console.WriteLine(SweepText.Title(sweep) + Others(sweep));
            var table = new Table { Border = TableBorder.Simple };
            table.AddColumns(sweep.Parameter, "Runs", "Lower quartile", "Median", "Upper quartile");
            foreach (SweepCell cell in sweep.Cells)
            {
                string runs = cell.Values.Count.ToString(CultureInfo.InvariantCulture)
                    + (cell.Values.Count < cell.Runs.Count ? $" of {cell.Runs.Count.ToString(CultureInfo.InvariantCulture)}" : "");
                table.AddRow(new Text(cell.Text), new Text(runs), Value(cell.LowerQuartile), Value(cell.Median), Value(cell.UpperQuartile));
            }

            console.Write(table);
            console.WriteLine(SweepText.Finding(sweep, document.Design.Seed));
            console.WriteLine();

            Text Value(double? value) => new(value is { } number ? ResultsText.Value(number, sweep.Unit) : "-");
        }
    }

    private static string Others(Sweep sweep) => sweep.Others.Count == 0
        ? ""
        : " (" + string.Join(", ", sweep.Others.Select(pair => $"{pair.Key}={pair.Value}")) + ")";
}
