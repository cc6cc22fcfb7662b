namespace Baichuan.Model.Text.Bpe;

/// <summary>
/// Cuts a text into the words inside which tokens are merged. Written by hand rather than with a regular expression, so that the work is linear in
/// the text whatever it holds, and code points beyond the first plane have their kind. Stateless.
/// </summary>
internal interface IWordSplitter
{
    /// <summary>Length, in UTF-16 units, of the first word of a text that is not empty and well-formed; at least 1.</summary>
    int FirstWord(ReadOnlySpan<char> text);
}
