namespace Baichuan.Model.Text;

/// <summary>
/// How Baichuan-M1 was taught to read a conversation:
/// <c>&lt;B_SYS&gt;system&lt;C_Q&gt;user&lt;C_A&gt;assistant&lt;|endoftext|&gt;&lt;C_Q&gt;user&lt;C_A&gt;</c>, where the model goes on. Each content is encoded by itself and as plain text, between the role tokens: nobody can write a role into a content, and a
/// longer conversation begins with the ids of the shorter one. Immutable and thread-safe.
/// </summary>
public sealed class ChatFormat
{
    private readonly TextTokenizer _tokenizer;
    private readonly int _systemId;
    private readonly int _userId;
    private readonly int _assistantId;

    private ChatFormat(TextTokenizer tokenizer, string modelFolder)
    {
        _tokenizer = tokenizer;
        _systemId = RoleId(tokenizer, modelFolder, "<B_SYS>");
        _userId = RoleId(tokenizer, modelFolder, "<C_Q>");
        _assistantId = RoleId(tokenizer, modelFolder, "<C_A>");
        DefaultSystem = TokenizerConfigFile.Load(modelFolder).DefaultSystem;
    }

    /// <summary>
    /// The system message of a conversation that does not begin with one ("default_system" of tokenizer_config.json); null where there is none.
    /// </summary>
    public string? DefaultSystem { get; }

    /// <param name="tokenizer">Loaded from the same folder.</param>
    /// <exception cref="ModelFormatException">The folder's tokenizer has no token for a role, or tokenizer_config.json is damaged.</exception>
    public static ChatFormat Load(string modelFolder, TextTokenizer tokenizer) => new(tokenizer, modelFolder);

    /// <summary>The prompt that lets the model answer the last message.</summary>
    /// <param name="messages">At most one system message, first; then user and assistant in turns, from user to user.</param>
    /// <exception cref="ChatFormatException">The messages are none, or in another order.</exception>
    public int[] Encode(IReadOnlyList<ChatMessage> messages)
    {
        Validate(messages);
        var ids = new List<int>();
        if (DefaultSystem is not null && messages[0].Role != ChatRole.System)
            Append(_systemId, DefaultSystem, ids);
        AppendTurns(messages, ids);
        return [.. ids];
    }

    /// <summary>
    /// The prompt that lets the model answer the next message of a conversation: begins with the ids that there are, whatever text they stand for, so that
    /// everything that was computed for them still holds.
    /// </summary>
    /// <param name="history">Ids of the last prompt and of its answer, with or without end-of-text.</param>
    /// <param name="messages">User and assistant in turns, from user to user.</param>
    /// <exception cref="ChatFormatException">The messages are none, or in another order.</exception>
    public int[] Continue(ReadOnlySpan<int> history, IReadOnlyList<ChatMessage> messages)
    {
        if (messages.Count > 0 && messages[0].Role == ChatRole.System)
            throw new ChatFormatException("messages[0].role", "is System, but the conversation has begun: a system message may come with its first turn only");
        Validate(messages);
        var ids = new List<int>(history.Length + 64);
        ids.AddRange(history);
        if (ids[^1] != _tokenizer.EndOfTextId)
            ids.Add(_tokenizer.EndOfTextId);
        AppendTurns(messages, ids);
        return [.. ids];
    }

    private static void Validate(IReadOnlyList<ChatMessage> messages)
    {
        if (messages.Count == 0)
            throw new ChatFormatException("messages", "there are none; at least one of the user is needed");
        var expected = ChatRole.User;
        for (var i = 0; i < messages.Count; i++)
        {
            var role = messages[i].Role;
            if (role == ChatRole.System && i == 0)
                continue;
            if (role != expected)
                throw new ChatFormatException(
                    $"messages[{i}].role", $"is {role}, but must be {expected}: a system message may come first, then user and assistant take turns");
            expected = role == ChatRole.User ? ChatRole.Assistant : ChatRole.User;
        }

        var last = messages[^1].Role;
        if (last != ChatRole.User)
            throw new ChatFormatException(
                $"messages[{messages.Count - 1}].role", $"is {last}, but the last message must be of the user, for the model to answer it");
    }

    private void AppendTurns(IReadOnlyList<ChatMessage> messages, List<int> ids)
    {
        foreach (var message in messages)
        {
            Append(RoleId(message.Role), message.Content, ids);
            if (message.Role == ChatRole.Assistant)
                ids.Add(_tokenizer.EndOfTextId);
        }

        ids.Add(_assistantId);
    }

    private void Append(int roleId, string content, List<int> ids)
    {
        ids.Add(roleId);
        _tokenizer.AppendIds(content, parseSpecial: false, ids);
    }

    private int RoleId(ChatRole role) => role switch
    {
        ChatRole.System => _systemId,
        ChatRole.User => _userId,
        _ => _assistantId,
    };

    private static int RoleId(TextTokenizer tokenizer, string modelFolder, string token) => tokenizer.SpecialTokens.TryGetValue(token, out var id)
        ? id
        : throw new ModelFormatException(
            Path.Combine(modelFolder, "tokenizer.json"), $"\"added_tokens\" has no {token}; the chat format of Baichuan-M1 needs <B_SYS>, <C_Q> and <C_A>");
}
