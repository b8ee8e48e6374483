using System.CommandLine.Completions;

namespace Rondo.Cli;

/// <summary>Words that a shell can complete from the ring.</summary>
internal static class Completions
{
    public static IEnumerable<CompletionItem> JobIds(CompletionContext context) => [];

    public static IEnumerable<CompletionItem> ExecutorIds(CompletionContext context) => [];
}
