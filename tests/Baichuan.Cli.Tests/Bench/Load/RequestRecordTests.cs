using Baichuan.Cli.Bench.Load;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Bench.Load;

public sealed class RequestRecordTests
{
    private readonly RequestRecord _record = new(TimeSpan.Zero, TimeSpan.Zero);

    [Fact]
    public void A_stream_without_an_end_failed()
    {
        _record.OnTokens(TimeSpan.FromSeconds(1));
        Assert.Equal((Outcome.Failed, StatusCode.Internal), (_record.Outcome, _record.Status.StatusCode));
    }

    [Theory]
    [InlineData(FinishReason.Length, Outcome.Completed)]
    [InlineData(FinishReason.Stop, Outcome.Completed)]
    [InlineData(FinishReason.Cancelled, Outcome.Failed)]
    [InlineData(FinishReason.Deadline, Outcome.Failed)]
    [InlineData(FinishReason.Error, Outcome.Failed)]
    internal void Only_a_whole_answer_completes(FinishReason reason, Outcome outcome)
    {
        _record.OnFinished(new GenerationFinished { Reason = reason, Usage = new Usage { CompletionTokens = 3 }, Error = new GenerationError { Code = 14 } });
        Assert.Equal((outcome, outcome == Outcome.Completed ? 3 : 0), (_record.Outcome, _record.Usage.CompletionTokens));
    }

    [Fact]
    public void An_error_of_a_stream_has_its_own_status()
    {
        _record.OnFinished(new GenerationFinished { Reason = FinishReason.Error, Error = new GenerationError { Code = 14, Message = "No replica came back in time." } });
        Assert.Equal(new Status(StatusCode.Unavailable, "No replica came back in time."), _record.Status);
    }
}
