namespace Baichuan.Chaos.Processes;

/// <summary>A process of the cluster.</summary>
/// <param name="IsGateway">Else a silo.</param>
/// <param name="Number">Among its kind.</param>
/// <param name="Role">What it is to the streams.</param>
internal sealed record ProcessName(bool IsGateway, int Number, string Role)
{
    public override string ToString() => $"{(IsGateway ? "gateway" : "silo")} {Number} ({Role})";
}
