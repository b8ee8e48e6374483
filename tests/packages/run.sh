#!/usr/bin/env bash
# Packs both packages, and compiles a program elsewhere that knows nothing but them to a native one, without a warning, and runs it.
# Leaves nothing behind.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

work=$(mktemp -d)
version=0.1.0-check$$
caches=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
cleanup() {
  rm -rf "$work" "${caches%/}/rondo.client/$version" "${caches%/}/rondo.executor/$version"
}
trap cleanup EXIT

for project in Rondo.Client Rondo.Executor; do
  dotnet pack "$root/src/$project" --nologo -v quiet -c Release -o "$work/feed" -p:Version="$version"
done

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

# has PACKAGE FILE...: the package holds the files.
has() {
  local package=$work/feed/$1
  shift
  local list
  list=$(unzip -Z1 "$package")
  for file in "$@"; do
    grep -qxF "$file" <<<"$list" || fail "$package has no $file"
  done
}
has "Rondo.Client.$version.nupkg" README.md LICENSE lib/net10.0/Rondo.Client.dll lib/net10.0/Rondo.Client.xml
has "Rondo.Client.$version.snupkg" lib/net10.0/Rondo.Client.pdb
has "Rondo.Executor.$version.nupkg" README.md LICENSE lib/net10.0/Rondo.{Executor,Core,Wire,Storage}.dll lib/net10.0/Rondo.Executor.xml
has "Rondo.Executor.$version.snupkg" lib/net10.0/Rondo.Executor.pdb # The parts have theirs in themselves.
nuspec=$(unzip -p "$work/feed/Rondo.Executor.$version.nupkg" Rondo.Executor.nuspec)
grep -q '<license type="expression">MIT</license>' <<<"$nuspec" || fail "the licence is not said"
grep -q "<dependency id=\"Rondo.Client\" version=\"$version\"" <<<"$nuspec" || fail "the executor does not depend on the client"
if grep -qE 'id="Rondo\.(Core|Wire|Storage)"' <<<"$nuspec"; then
  fail "a part is a package of its own"
fi

mkdir "$work/program"
cat >"$work/program/nuget.config" <<END
<configuration><packageSources><add key="packed" value="$work/feed" /></packageSources></configuration>
END
cat >"$work/program/program.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <PublishAot>true</PublishAot>
    <OptimizationPreference>Size</OptimizationPreference>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup><PackageReference Include="Rondo.Executor" Version="$version" /></ItemGroup>
</Project>
END
cat >"$work/program/Program.cs" <<'END'
using System.Text.Json.Serialization;
using Rondo.Client;
using Rondo.Executor;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, Json.Default));
builder
    .Services.AddRondo(options =>
    {
        options.DataDirectory = args[0];
        options.Ring = "127.0.0.1:0";
    })
    .AddHandler("add", Json.Default.Pair, Json.Default.Int32, (pair, job, cancellationToken) => Task.FromResult(pair.One + pair.Other))
    .AddHandler<Multiplier, Pair, int>("multiply");
var app = builder.Build();
app.Urls.Add("http://127.0.0.1:0");
app.MapRondo();
app.MapRondoReference();
await app.StartAsync();

var inside = app.Services.GetRequiredService<RondoClient>();
var sum = await inside.SubmitAsync("add", new Pair(20, 22), Json.Default.Pair);
var product = await inside.SubmitAsync("multiply", new Pair(6, 7), Json.Default.Pair);
using var outside = new RondoClient(app.Urls.First());
Console.WriteLine($"20 + 22 = {await outside.ResultAsync(sum, Json.Default.Int32)}");
Console.WriteLine($"6 * 7 = {await outside.ResultAsync(product, Json.Default.Int32)}");
using var http = new HttpClient();
Console.WriteLine((await http.GetStringAsync(app.Urls.First() + "/openapi/v1.json")).Length > 10_000 ? "described" : "not described");
await app.StopAsync();

internal sealed record Pair(int One, int Other);

internal sealed class Multiplier : IJobHandler<Pair, int>
{
    public Task<int> HandleAsync(Pair input, JobContext context, CancellationToken cancellationToken)
    {
        context.ReportProgress(50);
        return Task.FromResult(input.One * input.Other);
    }
}

[JsonSerializable(typeof(Pair))]
[JsonSerializable(typeof(int))]
internal sealed partial class Json : JsonSerializerContext;
END

if ! command -v clang >/dev/null || [ ! -e /usr/include/zlib.h ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clang zlib1g-dev >/dev/null
fi
(cd "$work/program" && dotnet publish --nologo -v quiet -r linux-x64 -o "$work/built") || fail "it does not compile to a native program"
said=$("$work/built/program" "$work/data")
[ "$said" = $'20 + 22 = 42\n6 * 7 = 42\ndescribed' ] || fail "the program says: $said"
echo "both packages are whole: a native program elsewhere ran jobs with them ($(du -h --apparent-size "$work/built/program" | cut -f1))"
