using System.Runtime.InteropServices;

namespace Baichuan.Cluster.Abstractions.Streams;

/// <summary>The gateway has tokens 0 .. <see cref="Next"/> - 1 of a stream's completion and wants the rest.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct StreamCursor(ulong Stream, long Next);
