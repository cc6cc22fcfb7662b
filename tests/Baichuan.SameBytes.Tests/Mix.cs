using Baichuan.Model;
using CsCheck;

namespace Baichuan.SameBytes.Tests;

/// <summary>The requests of one schedule.</summary>
/// <param name="Losses">Epochs that fail, in any order.</param>
internal sealed record Mix(MixedRequest[] Requests, Loss[] Losses)
{
    /// <summary>
    /// Random mixes. The first three requests of each make sure that something happens in tight pools: two have the same prompt of 33 tokens or more and
    /// grow to 96 tokens side by side; the third, more urgent and another tenant's, comes in between and needs most of the blocks.
    /// </summary>
    public static Gen<Mix> Any { get; } =
        from prompt in Gen.Int[33, 48]
        from style in Gen.Int[0, Question.Styles - 2]
        from seeds in Gen.Select(Gen.ULong[1, 3], Gen.ULong[1, 3])
        from others in Request.Array[1, 4]
        from losses in Loss.Any.Array[0, 3]
        select new Mix([Growing(prompt, style, seeds.Item1), Growing(prompt, style, seeds.Item2), Urgent(style), .. others], losses);

    private static Gen<MixedRequest> Request =>
        from family in Gen.Int[0, 3]
        from length in Pick.Of(1, 5, 16, 20, 33, 48, 64)
        from maxTokens in Pick.Of(1, 4, 17, 30)
        from style in Gen.Int[0, Question.Styles - 1]
        from seed in Gen.ULong[1, 2]
        from arrival in Gen.Int[0, 50]
        from cancel in Gen.Frequency((4, Gen.Const((int?)null)), (1, Gen.Int[0, 40].Select(steps => (int?)steps)))
        from known in Gen.Frequency((5, Gen.Const(0)), (1, Gen.Int[1, 20]))
        from tenant in Pick.Of("a", "a", "b")
        from requestClass in Gen.Enum<RequestClass>()
        select new MixedRequest(new Question(family, length, maxTokens, style, seed), arrival, cancel, known, tenant, requestClass);

    private static MixedRequest Urgent(int style) => new(new Question(3, 64, 4, style, 1), 10, null, 0, "b", RequestClass.Emergency);

    private static MixedRequest Growing(int prompt, int style, ulong seed) =>
        new(new Question(0, prompt, 96 - prompt, style, seed), 0, null, 0, "a", RequestClass.Interactive);
}
