using Rondo.Peers;

// usage: Rondo.Peers PEER noop|command COUNT [CONNECTION]; prints the seconds from the first submit to the last result
if (args is not [var peer, "noop" or "command", var number, ..] || !int.TryParse(number, out var count))
{
    Console.Error.WriteLine(
        "usage: Rondo.Peers hangfire-postgres|hangfire-redis|hangfire-memory|quartz-postgres|quartz-memory noop|command COUNT [CONNECTION]"
    );
    return 2;
}

var commands = args[1] == "command";
var connection = args.Length > 3 ? args[3] : "";
var elapsed = peer switch
{
    "hangfire-postgres" => HangfirePeer.Run(HangfirePeer.OnPostgres(connection), commands, count),
    "hangfire-redis" => HangfirePeer.Run(HangfirePeer.OnRedis(connection), commands, count),
    "hangfire-memory" => HangfirePeer.Run(HangfirePeer.InMemory(), commands, count),
    "quartz-postgres" => await QuartzPeer.RunAsync(connection, commands, count),
    "quartz-memory" => await QuartzPeer.RunAsync(null, commands, count),
    _ => throw new ArgumentException($"no peer is called {peer}"),
};
Console.WriteLine(FormattableString.Invariant($"{elapsed.TotalSeconds:F4}"));
return 0;
