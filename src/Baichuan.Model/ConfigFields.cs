using System.Text.Json;

namespace Baichuan.Model;

/// <summary>
/// Typed reads of one object of a model folder's JSON file, whose errors name file, field, value and limit. <paramref name="path"/> is where the object
/// lies in the file ("model.", "added_tokens[3]."), empty for the file's own object.
/// </summary>
internal readonly struct ConfigFields(JsonElement root, string file, string path = "")
{
    public int Integer(string name, int least, int most)
    {
        var value = Field(name);
        return TryInteger(value, least, most, out var number) ? number : throw Refuse(name, value, $"a whole number from {least} to {most}");
    }

    public static bool TryInteger(JsonElement value, int least, int most, out int number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number) && number >= least && number <= most;
    }

    public int? OptionalInteger(string name, int least, int most) => Has(name) ? Integer(name, least, most) : null;

    public double Real(string name, double least, double most)
    {
        var value = Field(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most
            ? number
            : throw Refuse(name, value, $"a number from {least} to {most}");
    }

    public double? OptionalReal(string name, double least, double most) => Has(name) ? Real(name, least, most) : null;

    public string Text(string name)
    {
        var value = Field(name);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Refuse(name, value, "text");
    }

    public string? OptionalText(string name) => Has(name) ? Text(name) : null;

    public bool Flag(string name, bool unset)
    {
        if (!Has(name))
            return unset;
        var value = Field(name);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Refuse(name, value, "true or false");
    }

    public bool Is(string name, JsonValueKind kind) => Root.TryGetProperty(name, out var value) && value.ValueKind == kind;

    public ConfigFields Object(string name) => new(Field(name), file, $"{path}{name}.");

    /// <summary>The objects of a list.</summary>
    public IEnumerable<ConfigFields> Objects(string name)
    {
        var (where, prefix) = (file, path);
        return List(name).Select((item, i) => new ConfigFields(item, where, $"{prefix}{name}[{i}]."));
    }

    public IEnumerable<JsonElement> List(string name)
    {
        var value = Field(name);
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Refuse(name, value, "a list");
    }

    public IEnumerable<JsonProperty> Entries(string name)
    {
        var value = Field(name);
        return value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : throw Refuse(name, value, "an object");
    }

    /// <summary>Refuses a field that none of <paramref name="names"/> is: what is not known cannot be obeyed.</summary>
    public void RefuseAllBut(params ReadOnlySpan<string> names)
    {
        foreach (var field in Root.EnumerateObject())
        {
            if (!names.Contains(field.Name))
                throw Refuse(field.Name, field.Value, "absent: this system does not know the field");
        }
    }

    public bool Has(string name) => Root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

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
        : throw new ModelFormatException(file, $"{(path.Length == 0 ? "" : $"\"{path.TrimEnd('.')}\" ")}must be a JSON object, but is {root.ValueKind}");

    private JsonElement Field(string name) =>
        Root.TryGetProperty(name, out var value) ? value : throw new ModelFormatException(file, $"has no field \"{path}{name}\"");

    public ModelFormatException Refuse(string name, string expected) => Refuse(name, Field(name), expected);

    public ModelFormatException Refuse(string name, JsonElement value, string expected) =>
        new(file, $"\"{Shorten(path + name)}\" is {Shorten(value.GetRawText())}; it must be {expected}");

    private static string Shorten(string text) => text.Length > 80 ? text[..80] + "..." : text;
}
