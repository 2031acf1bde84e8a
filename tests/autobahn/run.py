#!/usr/bin/env python3
"""Runs the Autobahn WebSocket suite against websocket_echo_server and judges every case.

Usage: run.py --server build/<preset>/tests/websocket_echo_server [--full] [--tls] [--cases 1.*,9.1.*]
Exits 0 only if every case that was asked for ran, and its behaviour and its closing were right.
"""
import argparse
import collections
import ctypes
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
FULL = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*", "12.*", "13.*"]
# All of framing, UTF-8 and closing, sizes up to 1 MiB, each kind of fragmenting, chopping and compressing.
SHORT = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*",
         "9.1.1", "9.1.2", "9.1.3", "9.1.4", "9.2.4", "9.3.1", "9.4.3", "9.5.1", "9.6.6", "9.7.1", "9.8.4",
         "12.1.1", "12.1.4", "12.2.11", "12.3.6", "12.4.5", "13.1.3", "13.2.4", "13.3.5", "13.4.4", "13.5.11", "13.6.3", "13.7.5"]

# Behaviours that are right. INFORMATIONAL: the standard leaves it open, the suite notes what it saw.
RIGHT = ("OK", "INFORMATIONAL")
# Case -> reason why NON-STRICT is accepted there. None at present.
ACCEPTED_NON_STRICT = {}


LIBC = ctypes.CDLL(None)


def die_with_parent():
    """In a child: it ends with this program, however that ends (ctest kills what takes too long)."""
    LIBC.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def fail(text):
    sys.exit(f"autobahn: {text}")


def virtual_environment(folder):
    """Makes it once; again when requirements.txt changes. Safe when two runs begin at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    wanted = hashlib.sha256((HERE / "requirements.txt").read_bytes()).hexdigest()
    stamp = folder / "installed"
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_text() == wanted:
            return python
        print("autobahn: installing the suite", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
            subprocess.run(pip + ["-r", str(HERE / "requirements.txt")], check=True, timeout=600)
        except subprocess.SubprocessError as error:
            fail(f"cannot install the suite: {error}")
        # Makes masking and checking UTF-8 fast where there is a build of it for this machine; not needed otherwise.
        subprocess.run(pip + ["--only-binary", ":all:", "wsaccel==0.6.7"], check=False, timeout=300)
        stamp.write_text(wanted)
    return python


def certificate(folder):
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", str(key_file), "-out", str(certificate_file)], check=True, timeout=60, capture_output=True)
    return certificate_file, key_file


class EchoServer:
    def __init__(self, program, tls_files):
        command = [str(program), "0"] + (["--tls", *map(str, tls_files)] if tls_files else [])
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        found = []
        reader = threading.Thread(target=lambda: found.append(self.process.stdout.readline()), daemon=True)
        reader.start()
        reader.join(20)
        match = re.match(r"listening on (\d+)", found[0] if found else "")
        if not match:
            self.stop()
            fail(f"{program} does not listen")
        self.port = int(match[1])

    def stop(self):
        """True where it was still running and ended by itself when told to."""
        alive = self.process.poll() is None
        self.process.terminate()
        try:
            return self.process.wait(20) == 0 and alive
        except subprocess.TimeoutExpired:
            self.process.kill()
            return False


def run_client(python, spec_file, log_file, timeout, *options):
    """Exit code of fuzzing_client.py, or what became of it."""
    # The suite's strings have escapes that newer releases of Python warn of.
    command = [str(python), "-W", "ignore::SyntaxWarning", str(HERE / "fuzzing_client.py"), str(spec_file), *options]
    with open(log_file, "w") as log:
        try:
            return subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, timeout=timeout, preexec_fn=die_with_parent,
                                  env={**os.environ, "PYTHONUNBUFFERED": "1"}).returncode
        except subprocess.TimeoutExpired:
            return f"a timeout after {timeout} s"


def judge(results, expected):
    """Prints counts, returns lines about what is wrong."""
    wrong = []
    for name in expected:
        if name not in results:
            wrong.append(f"{name}: did not run")
            continue
        case = results[name]
        behavior, closing = case["behavior"], case["behaviorClose"]
        if behavior not in RIGHT and not (behavior == "NON-STRICT" and name in ACCEPTED_NON_STRICT):
            wrong.append(f"{name}: behaviour {behavior} (close code {case['remoteCloseCode']}, {case['duration']} ms)")
        elif closing not in RIGHT:
            wrong.append(f"{name}: closing {closing} (close code {case['remoteCloseCode']})")
    counts = collections.Counter(case["behavior"] for case in results.values())
    print("autobahn: " + ", ".join(f"{count} {behavior}" for behavior, count in sorted(counts.items())), flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", type=pathlib.Path, required=True, help="the websocket_echo_server to test")
    parser.add_argument("--full", action="store_true", help="every case (10 to 40 minutes) instead of a selection")
    parser.add_argument("--short", action="store_true", help="the selection (the default)")
    parser.add_argument("--tls", action="store_true", help="over TLS")
    parser.add_argument("--cases", help="comma-separated patterns instead of either")
    parser.add_argument("--timeout", type=int, help="seconds for all cases together")
    parser.add_argument("--output", type=pathlib.Path, help="folder for the suite, reports and logs")
    arguments = parser.parse_args()
    if not arguments.server.is_file():
        fail(f"{arguments.server} is not there: build the target websocket_echo_server")
    transport = "tls" if arguments.tls else "plain"
    base = (arguments.output or arguments.server.resolve().parent / "autobahn").resolve()
    python = virtual_environment(base / "venv")

    # One folder a run, so that two at once do not mix.
    output = base / f"{transport}-{'full' if arguments.full else 'cases' if arguments.cases else 'short'}"
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    spec = {"outdir": str(output / "reports"),
            "servers": [],
            "cases": arguments.cases.split(",") if arguments.cases else FULL if arguments.full else SHORT,
            # The library cuts these to whole seconds of the clock, so that its own 1 s may be over after 10 ms.
            "options": {"openHandshakeTimeout": 20, "closeHandshakeTimeout": 6, "serverConnectionDropTimeout": 6},
            "exclude-cases": [], "exclude-agent-cases": {}}
    spec_file = output / "spec.json"
    spec_file.write_text(json.dumps(spec))
    listing = output / "cases.json"
    if run_client(python, spec_file, listing, 60, "--list") != 0:
        fail("the suite does not start:\n" + listing.read_text())
    expected = json.loads(listing.read_text().splitlines()[-1])

    server = EchoServer(arguments.server, certificate(output) if arguments.tls else None)
    spec["servers"] = [{"agent": "echo", "url": f"{'wss' if arguments.tls else 'ws'}://127.0.0.1:{server.port}"}]
    spec_file.write_text(json.dumps(spec))
    print(f"autobahn: {len(expected)} cases over {transport}, log in {output}", flush=True)
    started = time.monotonic()
    timeout = arguments.timeout or (5400 if arguments.full else 300)
    status = run_client(python, spec_file, output / "client.log", timeout)
    wrong = [] if server.stop() else ["the server did not last until the end, or did not stop cleanly"]
    if status != 0:
        wrong.append(f"the client ended with {status}: {''.join((output / 'client.log').read_text().splitlines(True)[-5:])}")
    index = output / "reports" / "index.json"
    results = json.loads(index.read_text()).get("echo", {}) if index.is_file() else {}
    wrong += judge(results, expected)
    for line in wrong:
        print(f"autobahn: {line}")
    passed = len(expected) - sum(1 for line in wrong if re.match(r"[\d.]+:", line))
    print(f"autobahn: {passed} of {len(expected)} cases right over {transport}, {time.monotonic() - started:.0f} s")
    sys.exit(1 if wrong else 0)


main()
