using Baichuan.V1;

namespace Baichuan.Gateway.Tests.Hosting;

internal static class Chats
{
    public static ChatRequest Ask(string question, int maxTokens) => new()
    {
        Messages = { new ChatMessage { Role = Role.User, Content = question } },
        Sampling = new SamplingOptions { MaxTokens = maxTokens },
    };
}
