namespace Baichuan.Model.Text.Bpe;

/// <summary>What happens to a stretch of text before merging: perhaps a space in front of it, then the cut into words.</summary>
/// <param name="AddPrefixSpace">A stretch that does not begin with a space gets one.</param>
internal sealed record PreTokenization(IWordSplitter Splitter, bool AddPrefixSpace)
{
    /// <summary>Reads the file's "pre_tokenizer".</summary>
    /// <exception cref="ModelFormatException">It is neither ByteLevel nor a Split with a known pattern followed by ByteLevel.</exception>
    public static PreTokenization Read(ConfigFields file)
    {
        var fields = file.Object("pre_tokenizer");
        switch (fields.Text("type"))
        {
            case "ByteLevel":
                return new PreTokenization(ReadByteLevel(fields) ? new Gpt2Splitter() : new WholeTextSplitter(), fields.Flag("add_prefix_space", unset: true));
            case "Sequence" when fields.Objects("pretokenizers").ToArray() is [var split, var byteLevel]:
                var splitter = ReadSplit(split);
                if (ReadByteLevel(byteLevel))
                    throw byteLevel.Refuse("use_regex", "false after a Split");
                if (byteLevel.Flag("add_prefix_space", unset: true))
                    throw byteLevel.Refuse("add_prefix_space", "false after a Split");
                return new PreTokenization(splitter, AddPrefixSpace: false);
            case "Sequence":
                throw fields.Refuse("pretokenizers", "a Split and then a ByteLevel");
            default:
                throw fields.Refuse("type", "\"ByteLevel\", or \"Sequence\" of Split and ByteLevel");
        }
    }

    private static bool ReadByteLevel(ConfigFields fields)
    {
        fields.RefuseAllBut("type", "add_prefix_space", "trim_offsets", "use_regex");
        fields.RequireText("type", "ByteLevel");
        return fields.Flag("use_regex", unset: true);
    }

    private static IWordSplitter ReadSplit(ConfigFields fields)
    {
        fields.RefuseAllBut("type", "pattern", "behavior", "invert");
        fields.RequireText("type", "Split");
        fields.RequireText("behavior", "Isolated");
        fields.RequireFalse("invert");
        var pattern = fields.Object("pattern");
        return pattern.Text("Regex") switch
        {
            Gpt2Splitter.Pattern => new Gpt2Splitter(),
            Cl100kSplitter.PatternOfThreeDigits => new Cl100kSplitter(mostDigits: 3),
            Cl100kSplitter.PatternOfOneDigit => new Cl100kSplitter(mostDigits: 1),
            _ => throw pattern.Refuse(
                "Regex", $"one of {Gpt2Splitter.Pattern} and {Cl100kSplitter.PatternOfThreeDigits} and {Cl100kSplitter.PatternOfOneDigit}"),
        };
    }
}
