namespace Baichuan.Model.Text;

/// <summary>One turn of a conversation.</summary>
/// <param name="Content">Plain text: the names of special tokens in it are ordinary characters.</param>
public sealed record ChatMessage(ChatRole Role, string Content)
{
    /// <summary>Without the content, which is a patient's.</summary>
    public override string ToString() => $"{Role}, {Content.Length} characters";
}
