using System.Text.RegularExpressions;

namespace Baichuan.Gateway.Tests;

public sealed partial class ProtoCommentTests
{
    [Theory]
    [InlineData("inference.proto")]
    [InlineData("cluster.proto")]
    [InlineData("sessions.proto")]
    public void Every_field_and_enum_value_has_a_comment(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "data", "protos", file));
        var fields = Enumerable.Range(1, lines.Length - 1).Where(i => FieldOrValue().IsMatch(lines[i])).ToArray();
        Assert.NotEmpty(fields);
        Assert.Empty(fields.Where(i => !lines[i - 1].TrimStart().StartsWith("//", StringComparison.Ordinal)).Select(i => $"{file}({i + 1}): {lines[i].Trim()}"));
    }

    /// <summary>Indented, with a number: "repeated int32 ids = 1;" or "ROLE_USER = 2;".</summary>
    [GeneratedRegex(@"^\s+[\w.<>, ]+ = \d+( \[.*\])?;")]
    private static partial Regex FieldOrValue();
}
