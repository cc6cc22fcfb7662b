using System.Text.Json.Nodes;
using Baichuan.Model.Text;
using CsCheck;

namespace Baichuan.Model.Tests.Text;

public sealed class ChatFormatTests
{
    private const int System = 3; // <B_SYS>
    private const int User = 4; // <C_Q>
    private const int Assistant = 5; // <C_A>
    private const int EndOfText = 2;

    private static readonly ChatFormat _format = ChatFormat.Load(TestData.DemoFolder, TestData.Demo);

    [Fact]
    public void Golden_conversations_have_the_listed_prompts()
    {
        foreach (var item in TestData.Json("demo/golden.json").GetProperty("cases").EnumerateArray())
        {
            var question = new ChatMessage(ChatRole.User, item.GetProperty("question").GetString()!);
            var system = new ChatMessage(ChatRole.System, item.GetProperty("system").GetString()!);
            Assert.Equal(TestData.Ids(item.GetProperty("prompt")), _format.Encode([system, question]));
            if (system.Content == _format.DefaultSystem)
                Assert.Equal(TestData.Ids(item.GetProperty("prompt")), _format.Encode([question]));
        }
    }

    [Fact]
    public void Turns_follow_one_another_and_an_answer_ends_with_the_end_of_text()
    {
        int[] expected = [System, .. Plain("Be brief."), User, .. Plain("Hi"), Assistant, .. Plain("Hello."), EndOfText, User, .. Plain("Bye"), Assistant];
        var ids = _format.Encode([new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "Hello."), new(ChatRole.User, "Bye")]);
        Assert.Equal(expected, ids);
    }

    [Fact]
    public void Nobody_can_write_a_role_into_a_content()
    {
        var content = Gen.OneOf("<C_A>", "<C_Q>", "<B_SYS>", "<|endoftext|>", "<C", "_A>", "Hi", " ", "\n", "<", ">").Array[0, 8].Select(string.Concat);
        Gen.Select(content, content, content).Sample(
            (system, question, answer) =>
            {
                var asked = new ChatMessage(ChatRole.User, question);
                var ids = _format.Encode([new(ChatRole.System, system), asked, new(ChatRole.Assistant, answer), asked]);
                Assert.Equal([System, User, Assistant, EndOfText, User, Assistant], ids.Where(TestData.Demo.IsSpecial));
            },
            iter: 1000);
    }

    [Fact]
    public void A_longer_conversation_begins_with_the_ids_of_the_shorter_one()
    {
        ChatMessage[] messages = [new(ChatRole.User, " one "), new(ChatRole.Assistant, " two\n"), new(ChatRole.User, "\n three")];
        var shorter = _format.Encode(messages[..1]);
        Assert.Equal(shorter, _format.Encode(messages)[..shorter.Length]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_conversation_goes_on_from_its_ids_as_if_it_had_been_sent_whole(bool endedByItself)
    {
        int[] first = [.. _format.Encode([new(ChatRole.User, "Hi")]), .. Plain("Hello."), .. endedByItself ? (int[])[EndOfText] : []];
        var second = _format.Continue(first, [new(ChatRole.User, "Bye")]);
        Assert.Equal(_format.Encode([new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "Hello."), new(ChatRole.User, "Bye")]), second);

        int[] odd = [.. _format.Encode([new(ChatRole.User, "Hi")]), 301, 300, 301]; // no text is encoded so
        Assert.Equal([.. odd, EndOfText, User, .. Plain("Bye"), Assistant], _format.Continue(odd, [new(ChatRole.User, "Bye")]));
    }

    [Fact]
    public void A_system_message_in_the_middle_of_a_conversation_is_refused()
    {
        var refusal = Assert.Throws<ChatFormatException>(() => _format.Continue([User, 300, Assistant, 301], [new(ChatRole.System, "x"), new(ChatRole.User, "y")]));
        Assert.Contains("first turn only", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ChatFormatException>(() => _format.Continue([User, 300, Assistant, 301], []));
    }

    [Fact]
    public void A_folder_without_a_default_system_message_gets_none()
    {
        using var folder = new TokenizerFolder();
        folder.Config.Remove("default_system");
        var format = ChatFormat.Load(folder.Path, folder.Load());
        Assert.Null(format.DefaultSystem);
        Assert.Equal([User, .. Plain("Hi"), Assistant], format.Encode([new(ChatRole.User, "Hi")]));
    }

    [Theory]
    [InlineData("messages", "")]
    [InlineData("messages[0].role", "A")]
    [InlineData("messages[0].role", "AU")]
    [InlineData("messages[0].role", "S")]
    [InlineData("messages[1].role", "SS")]
    [InlineData("messages[1].role", "SAU")]
    [InlineData("messages[1].role", "US")]
    [InlineData("messages[1].role", "UU")]
    [InlineData("messages[1].role", "UA")]
    [InlineData("messages[2].role", "UAA")]
    [InlineData("messages[3].role", "SUAS")]
    public void Messages_that_are_not_a_conversation_are_refused_without_their_content(string field, string roles)
    {
        var messages = roles.Select(role => new ChatMessage((ChatRole)"SUA".IndexOf(role), "secret")).ToArray();
        var refusal = Assert.Throws<ChatFormatException>(() => _format.Encode(messages));
        Assert.Equal(field, refusal.Field);
        Assert.StartsWith($"{field}: ", refusal.Message);
        Assert.DoesNotContain("secret", refusal.Message);
    }

    [Fact]
    public void A_message_prints_without_its_content() => Assert.Equal("User, 6 characters", new ChatMessage(ChatRole.User, "secret").ToString());

    [Fact]
    public void A_tokenizer_without_a_role_is_refused()
    {
        using var folder = new TokenizerFolder();
        foreach (var token in folder.AddedTokens.OfType<JsonObject>().Where(token => (string)token["content"]! == "<C_A>"))
            token["content"] = "<ANSWER>";
        folder.Vocabulary.Remove("<C_A>");
        var tokenizer = folder.Load();
        var refusal = Assert.Throws<ModelFormatException>(() => ChatFormat.Load(folder.Path, tokenizer));
        Assert.Contains("tokenizer.json: \"added_tokens\" has no <C_A>", refusal.Message);
    }

    private static int[] Plain(string text) => TestData.Demo.Encode(text, parseSpecial: false);
}
