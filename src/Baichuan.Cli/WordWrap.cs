using System.Text;

namespace Baichuan.Cli;

/// <summary>
/// Breaks lines between words, in a text that comes piece by piece: a word is held until its end is known. Scripts without spaces are not held, and break
/// anywhere.
/// </summary>
/// <param name="width">Columns of the terminal now.</param>
internal sealed class WordWrap(TextWriter output, Func<int> width)
{
    // From Hangul on, characters take two columns, or are marks for which two are no harm.
    private const char FirstWide = '\u1100';
    private readonly StringBuilder _word = new();
    private int _column;
    private int _spaces;

    public void Write(string text)
    {
        foreach (var character in text)
        {
            if (character is '\n')
            {
                EndWord();
                EndLine();
            }
            else if (character is ' ' or '\t')
            {
                EndWord();
                _spaces++;
            }
            else if (character < FirstWide)
            {
                _word.Append(character);
            }
            else
            {
                EndWord();
                Put(character.ToString(), char.IsLowSurrogate(character) ? 0 : 2);
            }
        }

        output.Flush();
    }

    /// <summary>Writes what is held, and ends the line if there is one.</summary>
    public void End()
    {
        EndWord();
        if (_column > 0)
            EndLine();
    }

    private void EndWord()
    {
        if (_word.Length > 0)
            Put(_word.ToString(), _word.Length);
        _word.Clear();
    }

    private void Put(string text, int columns)
    {
        if (_column > 0 && columns > 0 && _column + _spaces + columns > width())
            EndLine();
        output.Write(new string(' ', _spaces));
        output.Write(text);
        _column += _spaces + columns;
        _spaces = 0;
    }

    private void EndLine()
    {
        output.Write('\n');
        (_column, _spaces) = (0, 0);
    }
}
