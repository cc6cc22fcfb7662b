using Baichuan.Server.Hosting;

namespace Baichuan.Server.Commands;

/// <summary>Runs a verb that is not a server: its output on standard output, an error that its user can mend as one sentence.</summary>
internal static class Tool
{
    public static int Run(Action<TextWriter> work)
    {
        try
        {
            work(Console.Out);
            return 0;
        }
        catch (Exception e) when (ServerHost.Sentence(e) is { } sentence)
        {
            Console.Error.WriteLine(sentence);
            return ServerHost.Refused;
        }
    }
}
