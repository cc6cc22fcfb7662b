namespace Baichuan.Cli.Bench.Planning;

internal enum DistributionKind
{
    Fixed,
    Uniform,
    Normal,
    Lognormal,
}
