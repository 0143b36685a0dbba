using System.Text;
using CsCheck;
using Passthrough.Study;
using Passthrough.Study.Files;
using Xunit;

namespace Passthrough.Tests.Study.Files;

public sealed class StudyFileTests
{
    /// <summary>The least that a study file has.</summary>
    internal const string Least =
        """
        [study]
        name = "least"
        [[guest]]
        name = "vm1"
        ssh = "root@vm1"
        [[workload]]
        name = "memory.chase"
        id = "chase"
        [[factor]]
        name = "pages"
        untuned.parameters.pages = "4k"
        tuned.parameters.pages = "2m"
        """;

    public static TheoryData<string> Examples => [.. Directory.GetFiles(Path.Combine(Fixtures.Repository, "docs", "examples"), "*.toml").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_is_a_study(string name)
    {
        byte[] text = File.ReadAllBytes(Path.Combine(Fixtures.Repository, "docs", "examples", name));
        Assert.True(StudyFile.TryParse(text, name, out StudyFile? file, out string? sentence), sentence);
        Assert.NotEmpty(file.Schedule());
    }

    [Fact]
    public void Every_key_arrives_where_it_belongs()
    {
        StudyFile file = Parse(
            """
            [study]
            name = "all of it"
            blocks = 4
            seed = -7
            warmUpMs = 0
            measureMs = 25
            [[guest]]
            name = "vm1"
            ssh = "root@vm1"
            port = 2222
            config = "/etc/ssh/other"
            identity = "/root/key"
            [[guest]]
            name = "vm2"
            agent = "/run/vm2.sock"
            [[guest]]
            name = "vm3"
            domain = "vm3"
            [[guest]]
            name = "lab"
            lab = "bench-intel"
            [[guest]]
            name = "me"
            here = true
            [[workload]]
            name = "memory.chase"
            parameters = { sizeBytes = 4194304 }
            [[factor]]
            name = "pages"
            standing = [{ knob = "hugePages", count = 3 }, { knob = "bind", device = "0000:01:00.0", driver = "vfio-pci" }]
            hostStanding = [{ knob = "hugePages", sizeBytes = 1073741824, count = 1, node = 1 }]
            untuned.parameters.pages = "4k"
            tuned.parameters.pages = "2m"
            [[factor]]
            name = "group"
            guests = ["vm2", "me"]
            untuned = { knobs = [{ knob = "groupType", device = "0000:02:00.0", type = "DMA" }] }
            tuned = { knobs = [{ knob = "groupType", device = "0000:02:00.0", type = "identity" }] }
            [[factor]]
            name = "irq"
            guests = "vm1"
            [factor.untuned]
            knobs = [{ knob = "interruptCpu", cpu = 1 }]
            [factor.tuned]
            knobs = [{ knob = "interruptCpu", cpu = 0 }]
            [[factor]]
            name = "rps"
            guests = ["vm1"]
            tuned = { host = [{ knob = "receivePacketSteering", interface = "eth0", cpus = "1-2" }] }
            [[factor]]
            name = "host"
            guests = ["vm1"]
            untuned = { host = [{ knob = "interruptCpu", device = "0000:03:00.0", cpu = 2 }] }
            tuned = { host = [{ knob = "interruptCpu", device = "0000:03:00.0", cpu = 3 }] }
            [[factor]]
            name = "all"
            guests = ["vm1"]
            together = true
            """);
        Assert.Equal(("all of it", 4, -7L, 0.0, 25.0), (file.Name, file.Blocks, file.Seed, file.WarmUp.TotalMilliseconds, file.Measure.TotalMilliseconds));
        Assert.Equal(["vm1", "vm2", "vm3", "lab", "me"], file.Guests.Select(guest => guest.Name));
        GuestPlace.Ssh ssh = Assert.IsType<GuestPlace.Ssh>(file.Guests[0].Place);
        Assert.Equal(("root@vm1", 2222, "/etc/ssh/other", "/root/key"), (ssh.Target.Destination, ssh.Target.Port, ssh.Target.ConfigPath, ssh.Target.IdentityPath));
        Assert.Equal([new GuestPlace.Agent("/run/vm2.sock"), new GuestPlace.Domain("vm3"), new GuestPlace.Lab("bench-intel"), new GuestPlace.Here()], file.Guests.Skip(1).Select(guest => guest.Place));
        Assert.Equal(["pages", "group", "irq", "rps", "host", "all"], file.Items.Select(item => item.Factor.Name));
        Assert.Equal(3, file.Items[0].Factor.Standing.OfType<Knob.HugePages>().Single().Count);
        Assert.Equal(new Knob.HugePages(1 << 30, 1, 1), file.Items[0].HostStanding.Single());
        Assert.Equal("4194304", file.Items[0].Factor.Parameters["sizeBytes"]);
        StudyItem all = file.Items[5];
        Assert.Equal("2m", all.Factor.Tuned.Parameters["pages"]);
        Assert.Equal(2, all.Factor.Tuned.Knobs.Count);
        Assert.Equal(2, all.HostTuned.Count);
        Assert.Single(all.HostUntuned);
        Assert.True(file.ChangesHere);
    }

    [Fact]
    public void The_same_file_gives_the_same_order_guest_after_guest()
    {
        StudyFile file = Parse(Least.Replace("[[workload]]", "[[guest]]\nname = \"vm2\"\nssh = \"vm2\"\n[[workload]]", StringComparison.Ordinal));
        IReadOnlyList<StudySlot> schedule = file.Schedule();
        Assert.Equal(36, schedule.Count);
        Assert.Equal(schedule, file.Schedule());
        Assert.Equal(["vm1", "vm2"], schedule.Select(slot => slot.Guest).Distinct());
        Assert.All(schedule.GroupBy(slot => (slot.Guest, slot.Block)), block => Assert.Equal(["tuned", "untuned", "untuned-again"], block.Select(slot => slot.Variant).Order(StringComparer.Ordinal)));
        Assert.NotEqual(schedule.Take(18).Select(slot => slot.Variant), schedule.Skip(18).Select(slot => slot.Variant));
    }

    // In each case a line of the least file is replaced.
    [Theory]
    [InlineData("[study]", "[stuudy]", "f.toml, line 1, [study]: is missing.")]
    [InlineData("name = \"least\"", "name = \"least\"\nblock = 6", "f.toml, line 3, [study] block: is an unknown key; known are blocks, measureMs, name, seed, warmUpMs.")]
    [InlineData("name = \"least\"", "name = 5", "f.toml, line 2, [study] name: must be a string, and is a whole number.")]
    [InlineData("name = \"least\"", "name = \"least\"\nblocks = 0", "f.toml, line 3, [study] blocks: 0 is not from 1 to 1000.")]
    [InlineData("name = \"least\"", "name = \"least\"\nblocks = 6.5", "f.toml, line 3, [study] blocks: must be a whole number, and is a number with a fraction.")]
    [InlineData("name = \"least\"", "name = \"least\"\nseed = 1979-05-27", "f.toml, line 3, [study] seed: must be a whole number, and is a date or time.")]
    [InlineData("name = \"vm1\"", "", "f.toml, line 3, [[guest]] name: is missing.")]
    [InlineData("name = \"vm1\"", "name = \"../x\"", "f.toml, line 4, [[guest]] name: '../x' is no name: use at most 64 letters, digits, dots, dashes and underscores.")]
    [InlineData("ssh = \"root@vm1\"", "", "f.toml, line 3, [[guest]]: says not how the guest is reached: give one of here, lab, ssh, agent and domain.")]
    [InlineData("ssh = \"root@vm1\"", "ssh = \"root@vm1\"\nagent = \"/x\"", "f.toml, line 6, [[guest]]: has both ssh and agent: give one of here, lab, ssh, agent and domain.")]
    [InlineData("ssh = \"root@vm1\"", "ssh = \"-oProxyCommand=x\"", "f.toml, line 5, [[guest]] ssh: it is no destination of ssh: write [user@]host.")]
    [InlineData("ssh = \"root@vm1\"", "ssh = \"vm1\"\nport = 70000", "f.toml, line 6, [[guest]] port: 70000 is not from 1 to 65535.")]
    [InlineData("ssh = \"root@vm1\"", "ssh = \"vm1\"\nidentity = \"key\"", "f.toml, line 6, [[guest]] identity: 'key' is no full path: begin with / or ~/.")]
    [InlineData("ssh = \"root@vm1\"", "lab = \"nowhere\"", "f.toml, line 5, [[guest]] lab: there is no lab machine 'nowhere': 'ptdiag lab list' lists them.")]
    [InlineData("ssh = \"root@vm1\"", "domain = \"--all\"", "f.toml, line 5, [[guest]] domain: it is no name of a libvirt domain.")]
    [InlineData("ssh = \"root@vm1\"", "here = false", "f.toml, line 5, [[guest]] here: can only be true.")]
    [InlineData("name = \"memory.chase\"", "name = \"memory.chance\"", "f.toml, line 7, [[workload]] name: there is no workload 'memory.chance': 'ptdiag bench list' lists them.")]
    [InlineData("id = \"chase\"", "parameters = { sizeBytes = [1] }", "f.toml, line 8, [[workload]] parameters sizeBytes: must be one value, and is an array.")]
    [InlineData("name = \"pages\"", "name = \"pages\"\nworkload = \"chaise\"", "f.toml, line 11, [[factor]] workload: there is no 'chaise' in this file; there are chase.")]
    [InlineData("name = \"pages\"", "name = \"pages\"\nguests = [\"vm1\", \"vm1\"]", "f.toml, line 11, [[factor]] guests: 'vm1' is named twice.")]
    [InlineData("name = \"pages\"", "name = \"pages\"\ntogether = true", "f.toml, line 12, [[factor]] untuned: is an unknown key; known are guests, name, title, together, workload.")]
    [InlineData("tuned.parameters.pages = \"2m\"", "tuned.parameters.pages = \"4k\"", "f.toml, line 12, [[factor]] tuned: differs in nothing from untuned.")]
    [InlineData("tuned.parameters.pages = \"2m\"", "tuned.parameters = { pages = \"2m\", cpu = 0 }", "f.toml, line 12, [[factor]] tuned: turns 2 knobs against untuned (pages, cpu): a factor turns one, and a factor with together = true turns those of the others at once.")]
    [InlineData("tuned.parameters.pages = \"2m\"", "tuned.knobs = [{ knob = \"bend\" }]", "f.toml, line 12, [[factor]] tuned knobs knob: 'bend' is no knob: hugePages, bind, groupType, interruptCpu, receivePacketSteering.")]
    [InlineData("tuned.parameters.pages = \"2m\"", "tuned.knobs = [{ knob = \"bind\", device = \"1:0\", driver = \"vfio-pci\" }]", "f.toml, line 12, [[factor]] tuned knobs device: '1:0' is no PCI address: write it as dddd:bb:dd.f, for example 0000:01:00.0.")]
    [InlineData("tuned.parameters.pages = \"2m\"", "tuned.knobs = [{ knob = \"bind\", device = \"0000:01:00.0\", driver = \"../x\" }]", "f.toml, line 12, [[factor]] tuned knobs driver: '../x' is not the name of a driver, such as vfio-pci.")]
    [InlineData("tuned.parameters.pages = \"2m\"", "tuned.knobs = [{ knob = \"hugePages\", sizeBytes = 2000000, count = 1 }]", "f.toml, line 12, [[factor]] tuned knobs sizeBytes: 2000000 is no size of a huge page: x86-64 has 2097152 and 1073741824.")]
    [InlineData("tuned.parameters.pages = \"2m\"", "tuned.host = [{ knob = \"interruptCpu\", cpu = 1 }]", "f.toml, line 12, [[factor]] tuned host device: is missing: on this machine the workload has no interrupt, so name the function whose interrupts are routed.")]
    [InlineData("tuned.parameters.pages = \"2m\"", "tuned.parameters.pagse = \"2m\"", "f.toml, line 12, [[factor]] tuned parameters pagse: memory.chase takes no such parameter; it takes pages, sizeBytes, line, cpu, node, batch, seed.")]
    [InlineData("tuned.parameters.pages = \"2m\"", "tuned = \"2m\"", "f.toml, line 12, [[factor]] tuned: must be a table, and is a string.")]
    [InlineData("name = \"least\"", "name = \"least\nblocks = 6", "f.toml, line 2: this is not TOML")]
    [InlineData("name = \"least\"", "name = \"least\"\nname = \"again\"", "f.toml, line 3, name: this key is given twice, or as two different things.")]
    [InlineData("[[guest]]", "[study]\n[[guest]]", "f.toml, line 3, study: this key is given twice, or as two different things.")]
    [InlineData("[[guest]]", "[guest]\n[[guest]]", "f.toml, line 4, guest: this key is given twice, or as two different things.")]
    [InlineData("id = \"chase\"", "parameters = { cpu = 0 }\nparameters.pages = \"2m\"", "f.toml, line 9, parameters: this key is given twice, or as two different things.")]
    public void An_error_names_file_line_and_key(string line, string instead, string sentence)
    {
        Assert.Contains(line, Least, StringComparison.Ordinal);
        int at = Least.IndexOf(line, StringComparison.Ordinal);
        if (line.StartsWith("tuned", StringComparison.Ordinal))
        {
            at = Least.LastIndexOf(line, StringComparison.Ordinal);
        }

        string text = Least[..at] + instead + Least[(at + line.Length)..];
        Assert.False(StudyFile.TryParse(Encoding.UTF8.GetBytes(text), "f.toml", out _, out string? said));
        if (sentence.EndsWith('.'))
        {
            Assert.Equal(sentence, said);
        }
        else
        {
            // The rest are the parser's own words.
            Assert.StartsWith(sentence, said, StringComparison.Ordinal);
            Assert.EndsWith(").", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Two_factors_that_set_the_same_cannot_be_joined()
    {
        string text = Least + "\n[[factor]]\nname = \"other\"\nuntuned.parameters.pages = \"4k\"\ntuned.parameters.pages = \"1g\"\n[[factor]]\nname = \"all\"\ntogether = true\n";
        Assert.False(StudyFile.TryParse(Encoding.UTF8.GetBytes(text), "f.toml", out _, out string? said));
        Assert.Equal("f.toml, line 19, [[factor]] together: two factors set the parameter pages, to 2m and to 1g.", said);
    }

    [Fact]
    public void A_study_writes_to_no_device()
    {
        string text = Least.Replace("memory.chase", "io.block", StringComparison.Ordinal);
        string? name = Passthrough.Bench.Workloads.WorkloadCatalog.All
            .FirstOrDefault(info => info.Overwrites(new Dictionary<string, string> { ["rw"] = "write", ["device"] = "/dev/x" }) is not null)?.Name;
        Assert.NotNull(name);
        text = Least.Replace("memory.chase", name, StringComparison.Ordinal).Replace("id = \"chase\"", "parameters = { device = \"/dev/nvme9n9\" }", StringComparison.Ordinal)
            .Replace("untuned.parameters.pages = \"4k\"", "untuned.parameters.rw = \"read\"", StringComparison.Ordinal)
            .Replace("\ntuned.parameters.pages = \"2m\"", "\ntuned.parameters.rw = \"write\"", StringComparison.Ordinal);
        Assert.False(StudyFile.TryParse(Encoding.UTF8.GetBytes(text), "f.toml", out _, out string? said));
        Assert.Contains("would overwrite /dev/nvme9n9", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_the_bytes_it_never_throws()
    {
        Gen.Byte.Array[0, 300].Sample(bytes => Try(bytes));
        byte[] whole = Encoding.UTF8.GetBytes(Least);
        string[] words = ["[[", "]]", "[", "]", "{", "}", "=", ".", "\"", "'''", "\n", "factor", "knobs", "tuned", "study", "#", "\\u", "1e9", "true", "\0", ","];
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Int[0, 30], Gen.Int[0, words.Length - 1], Gen.Int[0, 4]).Sample((at, cut, word, times) =>
            Try([.. whole[..at], .. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(words[word], times))), .. whole[Math.Min(whole.Length, at + cut)..]]));
        Gen.Int[0, words.Length - 1].Array[0, 60].Sample(
            picks => Try(Encoding.UTF8.GetBytes(string.Join(' ', picks.Select(pick => words[pick])))), iter: 2000);
    }

    [Theory]
    [InlineData("name = \"\\ud800\"")]
    [InlineData("name = \"\\U00110000\"")]
    [InlineData("\"\\udfff\" = 1")]
    [InlineData("a = 99999999999999999999")]
    [InlineData("a = 0xFFFFFFFFFFFFFFFFFF")]
    [InlineData("a = 9999-99-99")]
    public void What_no_character_or_number_is_is_refused(string line)
    {
        Assert.False(StudyFile.TryParse(Encoding.UTF8.GetBytes("[study]\n" + line), "f.toml", out _, out string? sentence));
        Assert.StartsWith("f.toml, line ", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("a={")]
    [InlineData("a=[[")]
    public void Brackets_without_end_do_not_overrun_the_stack(string opening)
    {
        foreach (int times in (int[])[100, 1900, 100_000])
        {
            Try(Encoding.UTF8.GetBytes("x = " + string.Concat(Enumerable.Repeat(opening, times))));
        }
    }

    internal static StudyFile Parse(string text) => StudyFile.TryParse(Encoding.UTF8.GetBytes(text), "f.toml", out StudyFile? file, out string? sentence) ? file
        : throw new InvalidOperationException(sentence);

    private static void Try(byte[] bytes)
    {
        bool read = StudyFile.TryParse(bytes, "f.toml", out StudyFile? file, out string? sentence);
        Assert.Equal(read, file is not null);
        Assert.Equal(!read, sentence is not null);
        Assert.False(sentence?.Contains('\n', StringComparison.Ordinal) ?? false, sentence);
    }
}
