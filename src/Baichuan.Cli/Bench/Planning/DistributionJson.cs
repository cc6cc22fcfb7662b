using System.Text.Json;
using System.Text.Json.Serialization;

namespace Baichuan.Cli.Bench.Planning;

/// <summary>A distribution in a report is the text that the command line had.</summary>
internal sealed class DistributionJson : JsonConverter<Distribution>
{
    public override Distribution Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DistributionParser.Parse(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, Distribution value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
}
