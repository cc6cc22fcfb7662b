namespace Baichuan.Model.Text;

/// <summary>Messages are not a conversation that can be answered. The text names the message by its place and never holds its content.</summary>
/// <param name="field">What is wrong, as a request spells it: "messages" or "messages[2].role".</param>
public sealed class ChatFormatException(string field, string message) : Exception($"{field}: {message}")
{
    public string Field { get; } = field;
}
