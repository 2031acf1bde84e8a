// The Debian packages, made by CPack from this build: what is in them, that the server runs from where they lay it, and that dpkg
// installs, upgrades, removes and purges them, into a directory of its own.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

import { buildDirectory, eventually, repository, Server } from "../support/server.mjs";

const directory = mkdtempSync(path.join(tmpdir(), "signaling-deb-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

/** Standard output of a command that must end well. */
function run(program, args, options = {}) {
  const result = spawnSync(program, args, { encoding: "utf8", timeout: 300_000, maxBuffer: 64 << 20, ...options });
  assert.equal(result.error, undefined, `${program} cannot be run`);
  assert.equal(result.status, 0, `${program} ${args.join(" ")}:\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

run("cpack", ["-G", "DEB", "--config", path.join(buildDirectory, "CPackConfig.cmake"), "-B", directory], { cwd: directory });
const packages = Object.fromEntries(
  readdirSync(directory).filter((file) => file.endsWith(".deb")).map((file) => [file.split("_")[0], path.join(directory, file)]),
);
const server = packages["signaling-server"];
const field = (file, name) => run("dpkg-deb", ["-f", file, name]).trim();
/** Path to mode of everything in a package. */
const contents = (file) =>
  new Map(run("dpkg-deb", ["-c", file]).trim().split("\n").map((line) => [line.split(/\s+/)[5].replace(/^\.|\/$/g, ""), line.slice(0, 10)]));

const configurations = readdirSync(path.join(repository, "config"), { recursive: true }).filter((file) => file.endsWith(".toml"));

const root = path.join(directory, "unpacked");
run("dpkg-deb", ["-x", server, root]);

test("two packages for this machine: the server, and the SDK with its library and program", () => {
  assert.deepEqual(Object.keys(packages).sort(), ["signaling-server", "signaling-server-dev"]);
  assert.equal(field(server, "Architecture"), run("dpkg", ["--print-architecture"]).trim());
  assert.equal(field(packages["signaling-server-dev"], "Architecture"), field(server, "Architecture"));
  assert.ok(Number(field(server, "Installed-Size")) < 30_000, field(server, "Installed-Size"));
});

test("the server's package holds program, plugins, page, configuration, unit and documents", () => {
  const files = contents(server);
  for (const file of [
    "/usr/bin/signaling-server",
    ...["auth_jwt", "memory_adapter", "nats_adapter", "redis_adapter", "webrtc_signaling"].flatMap((name) => [`/usr/lib/signaling/plugins/${name}.so`, `/usr/lib/signaling/plugins/${name}.json`]),
    "/usr/share/signaling/www/index.html",
    "/usr/lib/systemd/system/signaling-server.service",
    "/usr/lib/sysusers.d/signaling-server.conf",
    "/usr/share/doc/signaling-server/copyright",
    "/usr/share/doc/signaling-server/systemd.md",
    "/etc/default/signaling-server",
    ...configurations.map((file) => `/etc/signaling/${file}`),
  ])
    assert.ok(files.has(file), file);
  if (existsSync(path.join(buildDirectory, "client/socket.io.min.js"))) assert.ok(files.has("/usr/share/signaling/client/socket.io.min.js"));
  assert.equal(files.get("/usr/bin/signaling-server"), "-rwxr-xr-x");
  assert.equal(files.get("/etc/default/signaling-server"), "-rw-r-----");
  // The SDK is the other package's, and nothing lies where only a build or a local installation has it.
  for (const file of files.keys()) assert.doesNotMatch(file, /\/include\/|\/cmake\/|\.hpp$|^\/usr\/(etc|local)/);
  for (const [file, mode] of files) assert.doesNotMatch(mode, /^.{5}w|^.{8}w/, `${file} may be written by others`);
});

test("the SDK's package holds headers, CMake package, pkg-config file, test kit, check, templates, handbook and examples", () => {
  const sdk = packages["signaling-server-dev"];
  const files = contents(sdk);
  for (const file of [
    "/usr/include/signaling/plugin_api/plugin_main.hpp",
    "/usr/include/signaling/test_kit/fake_node.hpp",
    "/usr/lib/libsignaling_test_kit.a",
    "/usr/lib/cmake/Signaling/SignalingConfig.cmake",
    "/usr/lib/cmake/Signaling/SignalingTestKitTargets.cmake",
    "/usr/lib/cmake/Signaling/SignalingCheckTargets.cmake",
    "/usr/lib/pkgconfig/signaling.pc",
    ...["application", "middleware", "adapter"].map((kind) => `/usr/share/signaling/plugin-templates/${kind}/CMakeLists.txt`),
    ...[...readdirSync(path.join(repository, "core/plugin_api")).filter((file) => file.endsWith(".md")), "test_kit.md"].map((page) => `/usr/share/doc/signaling-server-dev/${page}`),
    ...["lobby/lobby.cpp", "address_list/CMakeLists.txt"].map((file) => `/usr/share/doc/signaling-server-dev/examples/${file}`),
  ])
    assert.ok(files.has(file), `${file} in\n${[...files.keys()].join("\n")}`);
  const programs = [...files].filter(([file, mode]) => file.startsWith("/usr/bin/") && mode.startsWith("-"));
  assert.deepEqual(programs, [["/usr/bin/signaling-plugin-check", "-rwxr-xr-x"]]);
  assert.match(field(sdk, "Depends"), /libstdc\+\+6/);
  // Templates name pages where they are.
  const template = readFileSync(path.join(repository, "core/plugin_templates/application/README.md"), "utf8");
  for (const [page] of template.matchAll(/\/usr\/share\/doc\/[\w./-]+\.md/g)) assert.ok(files.has(page), page);

  // It runs from where the packages are unpacked, and pkg-config tells where plugins go and which border they meet.
  const inside = path.join(directory, "unpacked_sdk");
  run("dpkg-deb", ["-x", sdk, inside]);
  const plugin = path.join(root, "usr/lib/signaling/plugins/memory_adapter.so");
  assert.match(run(path.join(inside, "usr/bin/signaling-plugin-check"), [plugin, "--only", "manifest,life"]), /passed +life\.once/);
  const variable = (name) => run("pkg-config", [`--variable=${name}`, path.join(inside, "usr/lib/pkgconfig/signaling.pc")]).trim();
  assert.equal(path.normalize(variable("plugindir")), path.join(inside, "usr/lib/signaling/plugins"));
  assert.doesNotMatch(variable("plugindir"), /\/\//);
  assert.match(variable("abi"), /^1\.\d+$/);
});

test("it depends on the libraries that the server is linked with, and on what its scripts need", () => {
  const depends = field(server, "Depends").split(", ").map((each) => each.split(" ")[0]);
  const libraries = ["libc6", "libstdc++6", "libssl3", "libhiredis", "libnats", "libspdlog", "libboost-json", "libprometheus-cpp-core", "libsimdjson", "libtomlplusplus"];
  for (const library of [...libraries, "systemd"]) assert.ok(depends.some((each) => each.startsWith(library)), `${library} not in ${depends.join(", ")}`);
});

test("containers get every library too: the list of packages to run it is complete", () => {
  // The packages of the list, and what those bring along.
  const brought = new Set();
  const add = (name) => {
    if (brought.has(name)) return;
    brought.add(name);
    const listed = spawnSync("dpkg-query", ["-W", "-f", "${Pre-Depends}, ${Depends}", name], { encoding: "utf8" });
    if (listed.status === 0) for (const each of listed.stdout.matchAll(/(?:^|[,|]) *([a-z0-9][a-z0-9.+-]+)/g)) add(each[1]);
  };
  run("bash", [path.join(repository, "deploy/packages.sh"), "run"]).trim().split(" ").forEach(add);
  const plugins = path.join(root, "usr/lib/signaling/plugins");
  const binaries = [path.join(root, "usr/bin/signaling-server"), ...readdirSync(plugins).filter((file) => file.endsWith(".so")).map((file) => path.join(plugins, file))];
  const libraries = new Set(binaries.flatMap((binary) => [...run("ldd", [binary]).matchAll(/=> (\/\S+)/g)].map(([, library]) => path.basename(realpathSync(library)))));
  // "package:amd64: /usr/lib/…/libssl.so.3"; diversions and lists of packages do not come up among libraries.
  const owners = run("dpkg-query", ["-S", ...[...libraries].map((library) => `*/${library}`)]).trim().split("\n").map((line) => line.split(/[: ]+/));
  for (const library of libraries) {
    const names = owners.filter((fields) => path.basename(fields.at(-1)) === library).map(([name]) => name);
    assert.ok(names.some((name) => brought.has(name)), `${library} is of ${names.join(", ")}, which deploy/packages.sh does not name`);
  }
});

test("every file under /etc is a conffile", () => {
  const conffiles = run("dpkg-deb", ["-I", server, "conffiles"]).trim().split("\n");
  const files = [...contents(server)].filter(([file, mode]) => file.startsWith("/etc/") && mode.startsWith("-")).map(([file]) => file);
  assert.deepEqual(conffiles.sort(), files.sort());
});

test("what is unpacked checks its configuration, lists its plugins and serves", async (t) => {
  const program = path.join(root, "usr/bin/signaling-server");
  const config = path.join(root, "etc/signaling/memory.toml");
  assert.match(run(program, ["--config", config, "--check"], { cwd: "/" }), /: well/);
  assert.match(run(program, ["--config", path.join(root, "etc/signaling/redis.toml"), "--check"], { cwd: "/" }), /: well/);
  const plugins = run(program, ["--list-plugins"], { cwd: "/" });
  for (const name of ["auth_jwt", "memory_adapter", "nats_adapter", "redis_adapter", "webrtc_signaling"]) assert.match(plugins, new RegExp(name));

  const node = new Server(program, ["--config", config, "--set", "listen.port=0", "--set", "admin.port=0"]);
  t.after(() => node.stop());
  await node.ready();
  assert.equal((await fetch(`${node.adminUrl}/readyz`)).status, 200);
  assert.match(await (await fetch(`${node.url}/`)).text(), /<html/);
  const client = await fetch(`${node.url}/socket.io/socket.io.min.js`);
  assert.equal(client.status, existsSync(path.join(root, "usr/share/signaling/client")) ? 200 : 404);
});

test("what is not there is named by its place in the installation, or in a build tree", async (t) => {
  const program = path.join(root, "usr/bin/signaling-server");
  const documented = path.join(root, "etc/signaling/memory.toml");
  assert.ok(run(program, ["--help"]).includes(`see ${documented}\n`));

  // Without signaling-server-dev.
  const project = path.join(directory, "new_project");
  const refused = spawnSync(program, ["plugin", "new", "lobby", "--kind", "application", project], { encoding: "utf8", timeout: 60_000 });
  assert.equal(refused.status, 3, refused.stderr);
  assert.match(refused.stderr, /the package signaling-server-dev is not installed/);
  assert.ok(refused.stderr.includes(path.join(root, "usr/share/signaling/plugin-templates")), refused.stderr);
  assert.equal(existsSync(project), false);

  // Without a browser client.
  for (const [binary, place, hint] of [
    [program, path.join(root, "usr/share/signaling/nowhere"), "it would be with the files of socket.io-client's dist there"],
    [path.join(buildDirectory, "bin/signaling-server"), path.join(buildDirectory, "nowhere"), `deploy/fetch_client.sh ${path.join(buildDirectory, "nowhere")} fetches it`],
  ]) {
    const node = new Server(binary, ["--config", documented, "--set", "listen.port=0", "--set", "admin.port=0", "--set", "engine.client_directory=nowhere"]);
    t.after(() => node.stop());
    await node.ready();
    const line = `no browser client in ${place}: /socket.io/socket.io.js is not served (${hint})`;
    await eventually(line, () => node.output.includes(line));
  }
});

/** The line of dpkg in a directory; the scripts of the package find it in DPKG_ROOT. */
function dpkgLine(target, ...args) {
  const line = ["dpkg", `--root=${target}`, "--force-not-root", "--force-script-chrootless", "--force-confold", "--log=/dev/null", ...args];
  // Files are unpacked as root's; who is somebody else is root in a user namespace.
  const isRoot = process.getuid() === 0;
  return isRoot ? [line[0], line.slice(1)] : ["unshare", ["--map-root-user", ...line]];
}
const dpkg = (target, ...args) => run(...dpkgLine(target, "--force-depends", ...args));

/** A directory that dpkg takes for a system without packages. */
function emptySystem(name) {
  const target = path.join(directory, name);
  for (const folder of ["var/lib/dpkg/updates", "var/lib/dpkg/info", "etc"]) mkdirSync(path.join(target, folder), { recursive: true });
  writeFileSync(path.join(target, "var/lib/dpkg/status"), "");
  return target;
}

test("a plugin's package depends on the border's version, which the server's package provides", () => {
  const version = readFileSync(path.join(repository, "core/plugin_api/include/signaling/plugin_api/version.hpp"), "utf8");
  const [major, minor] = ["MAJOR", "MINOR"].map((part) => Number(version.match(new RegExp(`^#define SIGNALING_API_${part} (\\d+)$`, "m"))[1]));
  assert.equal(field(server, "Provides"), `signaling-plugin-api-${major} (= ${major}.${minor})`);

  const target = emptySystem("with_plugins");
  dpkg(target, "-i", server);
  /** dpkg's exit code for a package of a plugin with that dependency, which is not forced. */
  const install = (name, depends) => {
    const source = path.join(directory, name);
    mkdirSync(path.join(source, "DEBIAN"), { recursive: true });
    writeFileSync(path.join(source, "DEBIAN/control"), `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: a test <root@localhost>\nDepends: ${depends}\nDescription: a plugin\n`);
    run("dpkg-deb", ["--root-owner-group", "-Znone", "-b", source, `${source}.deb`]);
    const [program, args] = dpkgLine(target, "-i", `${source}.deb`);
    return spawnSync(program, args, { encoding: "utf8", timeout: 60_000 }).status;
  };
  assert.equal(install("plugin-of-today", `signaling-plugin-api-${major} (>= ${major}.${minor})`), 0);
  assert.equal(install("plugin-of-before", `signaling-plugin-api-${major} (>= ${major}.0)`), 0);
  assert.notEqual(install("plugin-of-tomorrow", `signaling-plugin-api-${major} (>= ${major}.${minor + 1})`), 0);
  assert.notEqual(install("plugin-of-another-border", `signaling-plugin-api-${major + 1} (>= ${major + 1}.0)`), 0);
});

test("dpkg installs it, keeps what was changed over an upgrade, removes and purges it", () => {
  const target = emptySystem("installed");
  const status = () => run("dpkg-query", [`--admindir=${target}/var/lib/dpkg`, "-W", "-f", "${db:Status-Status} ${Version}", "signaling-server"]);
  const inside = (file) => path.join(target, file);

  dpkg(target, "-i", server);
  assert.equal(status(), `installed ${field(server, "Version")}`);
  // Its user, without a login.
  assert.match(readFileSync(inside("etc/passwd"), "utf8"), /^signaling:.*:\/usr\/sbin\/nologin$/m);
  const wanted = inside("etc/systemd/system/multi-user.target.wants/signaling-server.service");
  assert.match(readlinkSync(wanted), /\/systemd\/system\/signaling-server\.service$/);
  assert.equal(statSync(inside("etc/default/signaling-server")).mode & 0o777, 0o640);

  // The same contents as a later version, over a file that the administrator has changed and a service that they have disabled.
  const later = path.join(directory, "later");
  run("dpkg-deb", ["-R", server, later]);
  const control = path.join(later, "DEBIAN/control");
  writeFileSync(control, readFileSync(control, "utf8").replace(/^Version: .*$/m, "Version: 99.0.0"));
  run("dpkg-deb", ["--root-owner-group", "-Znone", "-b", later, path.join(directory, "later.deb")]);
  const changed = "# changed by hand\n";
  writeFileSync(inside("etc/signaling/memory.toml"), changed);
  rmSync(wanted);
  dpkg(target, "-i", path.join(directory, "later.deb"));
  assert.equal(status(), "installed 99.0.0");
  assert.equal(readFileSync(inside("etc/signaling/memory.toml"), "utf8"), changed);
  assert.equal(existsSync(wanted), false, "a disabled service was enabled by an upgrade");

  dpkg(target, "-r", "signaling-server");
  assert.equal(existsSync(inside("usr/bin/signaling-server")), false);
  assert.equal(readFileSync(inside("etc/signaling/memory.toml"), "utf8"), changed);

  mkdirSync(inside("var/log/signaling"), { recursive: true });
  dpkg(target, "-P", "signaling-server");
  for (const file of ["etc/signaling", "etc/default/signaling-server", "var/log/signaling"]) assert.equal(existsSync(inside(file)), false, file);
});
