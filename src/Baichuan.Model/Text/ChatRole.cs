namespace Baichuan.Model.Text;

/// <summary>Who speaks.</summary>
public enum ChatRole
{
    /// <summary>The operator's instructions, before everything else.</summary>
    System,

    /// <summary>The one who asks.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}
