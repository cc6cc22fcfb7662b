namespace Baichuan.Compute.Channels.Tcp;

/// <summary>The two connections of a tie between processes.</summary>
internal enum Line : byte
{
    /// <summary>Carries frames.</summary>
    Data = 1,

    /// <summary>Carries nothing until the end, then a <see cref="Farewell"/>.</summary>
    Watch = 2,
}
