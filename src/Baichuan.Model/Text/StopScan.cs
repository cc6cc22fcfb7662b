namespace Baichuan.Model.Text;

/// <summary>What a <see cref="StopStringScanner"/> lets out.</summary>
/// <param name="Text">To be sent now.</param>
/// <param name="Tokens">How many more tokens are released: to be sent and counted now, the oldest held ones first.</param>
/// <param name="Match">The stop string that was found, at which the completion ends; null as long as there is none.</param>
public readonly record struct StopScan(string Text, int Tokens, string? Match)
{
    /// <summary>Without the text, which is a patient's.</summary>
    public override string ToString() => $"{Text.Length} characters, {Tokens} tokens{(Match is null ? "" : ", stopped")}";
}
