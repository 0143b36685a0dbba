using System.Globalization;

namespace Passthrough.Study.Files;

/// <summary>The factor in which the knobs of the other factors of a workload are turned at once.</summary>
internal static class Together
{
    /// <summary>Joins them; two that turn the same thing cannot be joined.</summary>
    /// <exception cref="StudyFileException">There is nothing to join, or it cannot be.</exception>
    public static StudyItem Of(TableReader table, string name, string? title, string workload, IReadOnlyList<string> guests, IReadOnlyList<StudyItem> others)
    {
        if (others.Count < 2)
        {
            throw table.Error("together", string.Create(CultureInfo.InvariantCulture, $"joins the other factors of {workload}, and there {(others.Count == 1 ? "is one" : "are none")}"));
        }

        return others[0] with
        {
            Factor = others[0].Factor with
            {
                Name = name,
                Title = title ?? $"{workload}: nothing tuned against {string.Join(", ", others.Select(item => item.Factor.Name))} at once",
                Standing = [.. others.SelectMany(item => item.Factor.Standing).Distinct()],
                Untuned = Join(table, [.. others.Select(item => item.Factor.Untuned)]),
                Tuned = Join(table, [.. others.Select(item => item.Factor.Tuned)]),
            },
            Guests = guests,
            HostStanding = [.. others.SelectMany(item => item.HostStanding).Distinct()],
            HostUntuned = Join(table, others.SelectMany(item => item.HostUntuned)),
            HostTuned = Join(table, others.SelectMany(item => item.HostTuned)),
        };
    }

    private static Setting Join(TableReader table, IReadOnlyList<Setting> sides)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in sides.SelectMany(side => side.Parameters))
        {
            if (!parameters.TryAdd(name, value) && parameters[name] != value)
            {
                throw table.Error("together", $"two factors set the parameter {name}, to {parameters[name]} and to {value}");
            }
        }

        return new Setting(parameters, Join(table, sides.SelectMany(side => side.Knobs)));
    }

    private static List<Knob> Join(TableReader table, IEnumerable<Knob> knobs)
    {
        List<Knob> distinct = [.. knobs.Distinct()];
        return distinct.GroupBy(KnobReader.SubjectOf).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw table.Error("together", $"two factors turn {twice.Key} to different settings")
            : distinct;
    }
}
