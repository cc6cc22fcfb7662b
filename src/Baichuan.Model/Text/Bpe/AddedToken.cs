namespace Baichuan.Model.Text.Bpe;

/// <summary>A token that stands beside the vocabulary's words and is never made by merging.</summary>
/// <param name="Text">As it is written in a prompt, such as "&lt;C_Q&gt;".</param>
/// <param name="Special">Control, not text: left out when decoding skips special tokens.</param>
internal sealed record AddedToken(string Text, int Id, bool Special);
