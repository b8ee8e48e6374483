namespace Rondo.Core;

/// <summary>Looks things up in a load table.</summary>
internal static class LoadRows
{
    /// <summary>The row of an executor; null when the token does not visit it.</summary>
    public static LoadRow? RowOf(this EquatableList<LoadRow> table, ExecutorId executor)
    {
        for (var i = 0; i < table.Count; i++)
        {
            if (table[i].Executor == executor)
            {
                return table[i];
            }
        }

        return null;
    }
}
