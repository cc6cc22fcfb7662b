namespace Baichuan.Model.Text.Bpe;

/// <summary>Two neighbouring tokens become a third. Its place in the list of merges is its rank; a lower rank goes first.</summary>
internal readonly record struct Merge(int Left, int Right, int Merged);
