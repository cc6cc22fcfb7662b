using System.Globalization;

namespace Baichuan.Server.Commands;

/// <summary>Values of an option that takes several, with commas between them.</summary>
internal static class CommaList
{
    /// <exception cref="ArgumentException">An item is no whole number.</exception>
    public static int[] Integers(string option, string list) => [.. Items(list).Select(item =>
        int.TryParse(item, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ArgumentException($"{option} has the item \"{item}\"; it takes whole numbers with commas between them."))];

    /// <exception cref="ArgumentException">An item is no whole number from 1 to <paramref name="most"/>.</exception>
    public static int[] Counts(string option, string list, int most)
    {
        var counts = Integers(option, list);
        foreach (var count in counts)
        {
            if (count < 1 || count > most)
                throw new ArgumentException($"{option} has the item {count}; it must be from 1 to {most}.");
        }

        return counts;
    }

    /// <exception cref="ArgumentException">An item is no name of a value.</exception>
    public static T[] Enums<T>(string option, string list)
        where T : struct, Enum => [.. Items(list).Select(item =>
        Enum.TryParse<T>(item, ignoreCase: true, out var value) && Enum.IsDefined(value)
            ? value
            : throw new ArgumentException($"{option} has the item \"{item}\"; there are {string.Join(", ", Enum.GetNames<T>())}."))];

    private static string[] Items(string list) => list.Split(',', StringSplitOptions.TrimEntries);
}
