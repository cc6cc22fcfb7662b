using System.Text;

namespace Baichuan.Model.Checkpoint;

/// <summary>Makes names that come out of a file fit for a sentence: quoted, of bounded length, without control characters.</summary>
internal static class TensorNameText
{
    private const int MaxCharacters = 120;

    public static string Quote(string name)
    {
        var text = new StringBuilder(Math.Min(name.Length, MaxCharacters) + 2).Append('"');
        foreach (var character in name.AsSpan(0, Math.Min(name.Length, MaxCharacters)))
            text.Append(char.IsControl(character) || char.IsSurrogate(character) ? '?' : character);
        return text.Append(name.Length > MaxCharacters ? "...\"" : "\"").ToString();
    }
}
