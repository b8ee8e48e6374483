namespace Rondo.Cli.Tests.Shells;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("rondo ri", "ring")]
    [InlineData("rondo -o ", "json,jsonl,quiet,table")]
    [InlineData("rondo ring -o j", "json,jsonl")]
    [InlineData("rondo job sh", "show")]
    [InlineData("rondo job list --state f", "failed")]
    [InlineData("rondo submit --idem", "--idempotency-key")]
    [InlineData("rondo job show k7q2-", "k7q2-1,k7q2-2")]
    [InlineData("rondo job show ", "k7q2-1,k7q2-2,last")]
    [InlineData("rondo node drain ", "k7q2,m3xd")]
    [InlineData("rondo completion ", "bash,fish,zsh")]
    [InlineData("rondo bench ", "balance,burst,latency,overload,start,throughput,token")]
    [InlineData("rondo submit -- sort", "sort")]
    public async Task Complete_InAnyShell_GivesTheWords(string line, string words)
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Add("echo");
        executor.Add("hold");
        foreach (var (shell, script) in Scripts(line))
        {
            if (shell != "bash" && !IsInstalled(shell))
            {
                continue;
            }

            var ran = await Shell.RunAsync(shell, script, null, ("RONDO_ADDR", executor.Address), (RingCompletions.PatienceVariable, "1m"));

            Assert.True(ran.Code == 0 && ran.Error.Length == 0, $"{shell}: {ran}");
            // Fish tells what a word is behind a tab.
            string[] found =
            [
                .. ran
                    .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(word => word.Split('\t')[0])
                    .Order(StringComparer.Ordinal),
            ];
            if (line.Contains(" -- ", StringComparison.Ordinal))
            {
                Assert.Contains(words, found);
            }
            else
            {
                Assert.Equal((shell, words), (shell, string.Join(',', found)));
            }
        }
    }

    [Theory]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Shell_ForCompletion_IsInstalled(string shell) => Shell.Need(shell);

    [Fact]
    public async Task Complete_NoRing_GivesNothingAndDoesNotWait()
    {
        var ran = await Shell.RunAsync("bash", Bash("rondo job show "), null, ("RONDO_ADDR", "127.0.0.1:1"));

        Assert.Equal(new Ran(0, "\n", ""), ran);
    }

    [Fact]
    public async Task Script_ForAnUnknownShell_NamesThoseThatAreKnown()
    {
        var ran = await CommandLines.RunAsync(new Given(), "completion", "bsh");

        Assert.Equal(2, ran.Code);
        Assert.StartsWith("rondo: 'bsh' is not a shell that is known: expected bash, zsh or fish. Did you mean 'bash'?\n", ran.Error);
    }

    private static bool IsInstalled(string shell) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, shell)));

    private static IEnumerable<(string Shell, string Script)> Scripts(string line)
    {
        yield return ("bash", Bash(line));
        yield return ("zsh", Zsh(line));
        yield return ("fish", $"rondo completion fish | source; complete -C '{line}'");
    }

    /// <summary>As bash calls it: with the line, the place in it, and the words.</summary>
    private static string Bash(string line)
    {
        var words = line.Split(' ');
        return $"""
            eval "$(rondo completion bash)"
            COMP_LINE='{line}' COMP_POINT={line.Length} COMP_WORDS=({string.Join(
                ' ',
                words.Select(word => $"'{word}'")
            )}) COMP_CWORD={words.Length - 1}
            _rondo
            printf '%s\n' "{"${COMPREPLY[@]}"}"
            """;
    }

    /// <summary>As zsh's completion system calls it, whose own functions write down what they are given.</summary>
    private static string Zsh(string line)
    {
        var words = line.Split(' ');
        return $$"""
            compdef() { }
            compadd() { print -l -- ${(P)2} | grep -e "^$PREFIX"; }
            _normal() { print -l -- ${(k)commands} | grep -e "^$PREFIX"; }
            _files() { }
            eval "$(rondo completion zsh)"
            words=({{string.Join(' ', words.Select(word => $"'{word}'"))}}) CURRENT={{words.Length}} PREFIX='{{words[^1]}}'
            _rondo
            true
            """;
    }
}
