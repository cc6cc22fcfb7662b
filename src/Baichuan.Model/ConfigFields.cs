using System.Text.Json;

namespace Baichuan.Model;

/// <summary>Typed reads of a config.json whose errors name file, field, value and limit.</summary>
internal readonly struct ConfigFields(JsonElement root, string file)
{
    public int Integer(string name, int least, int most)
    {
        var value = Field(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Refuse(name, value, $"a whole number from {least} to {most}");
    }

    public int? OptionalInteger(string name, int least, int most) =>
        Root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? Integer(name, least, most) : null;

    public double Real(string name, double least, double most)
    {
        var value = Field(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most
            ? number
            : throw Refuse(name, value, $"a number from {least} to {most}");
    }

    public void RequireText(string name, string only)
    {
        var value = Field(name);
        if (value.ValueKind != JsonValueKind.String || value.GetString() != only)
            throw Refuse(name, value, $"\"{only}\", the only one that this system runs");
    }

    public void RequireNumber(string name, int only)
    {
        var value = Field(name);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number) || number != only)
            throw Refuse(name, value, $"{only}, the only one that this system runs");
    }

    public void RequireFalse(string name)
    {
        if (Root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.False)
            throw Refuse(name, value, "false, the only one that this system runs");
    }

    public AttentionGeometry Geometry(string headsName, string kvHeadsName, int hidden)
    {
        var heads = Integer(headsName, 1, hidden);
        var kvHeads = Integer(kvHeadsName, 1, heads);
        if (hidden % heads != 0 || hidden / heads % 2 != 0)
            throw Refuse(headsName, Field(headsName), $"a divisor of hidden_size {hidden} that leaves an even head size");
        if (heads % kvHeads != 0)
            throw Refuse(kvHeadsName, Field(kvHeadsName), $"a divisor of {headsName} {heads}");
        return new AttentionGeometry(heads, kvHeads, hidden / heads);
    }

    public LayerKind[] Kinds(string name, int layers)
    {
        var kinds = new LayerKind[layers];
        var list = Field(name);
        if (list.ValueKind != JsonValueKind.Array)
            throw Refuse(name, list, "a list of layer numbers");
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out var layer) || layer < 0 || layer >= layers)
                throw Refuse(name, item, $"layer numbers from 0 to {layers - 1}");
            kinds[layer] = LayerKind.Sliding;
        }

        return kinds;
    }

    private JsonElement Root => root.ValueKind == JsonValueKind.Object
        ? root
        : throw new ModelFormatException(file, $"must be a JSON object, but is {root.ValueKind}");

    private JsonElement Field(string name) =>
        Root.TryGetProperty(name, out var value) ? value : throw new ModelFormatException(file, $"has no field \"{name}\"");

    private ModelFormatException Refuse(string name, JsonElement value, string expected)
    {
        var text = value.GetRawText();
        return new ModelFormatException(file, $"\"{name}\" is {(text.Length > 80 ? text[..80] + "..." : text)}; it must be {expected}");
    }
}
