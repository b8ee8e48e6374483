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

    /// <summary>True when every executor that takes jobs has plenty of them.</summary>
    public static bool AllHavePlenty(this EquatableList<LoadRow> table)
    {
        foreach (var row in table)
        {
            if (!row.HasPlenty && !row.Draining)
            {
                return false;
            }
        }

        return true;
    }
}
