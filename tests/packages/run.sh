#!/usr/bin/env bash
# Packs both packages, and builds and runs a program elsewhere that knows nothing but them. Leaves nothing behind.
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
  </PropertyGroup>
  <ItemGroup><PackageReference Include="Rondo.Executor" Version="$version" /></ItemGroup>
</Project>
END
cat >"$work/program/Program.cs" <<'END'
using Rondo.Client;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders();
builder
    .Services.AddRondo(options =>
    {
        options.DataDirectory = args[0];
        options.Ring = "127.0.0.1:0";
    })
    .AddHandler<Pair, int>("add", (pair, job, cancellationToken) => Task.FromResult(pair.One + pair.Other));
var app = builder.Build();
app.Urls.Add("http://127.0.0.1:0");
app.MapRondo();
app.MapRondoReference();
await app.StartAsync();

var inside = app.Services.GetRequiredService<RondoClient>();
var id = await inside.SubmitAsync("add", new Pair(20, 22));
using var outside = new RondoClient(app.Urls.First());
Console.WriteLine($"20 + 22 = {await outside.ResultAsync<int>(id)}");
using var http = new HttpClient();
Console.WriteLine((await http.GetStringAsync(app.Urls.First() + "/openapi/v1.json")).Length > 10_000 ? "described" : "not described");
await app.StopAsync();

internal sealed record Pair(int One, int Other);
END
(cd "$work/program" && dotnet build --nologo -v quiet -o "$work/built")
said=$(dotnet "$work/built/program.dll" "$work/data")
[ "$said" = $'20 + 22 = 42\ndescribed' ] || fail "the program says: $said"
echo "both packages are whole: a program elsewhere ran a job with them"
