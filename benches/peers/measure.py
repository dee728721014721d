#!/usr/bin/env python3
"""Opens a region with each peer, against a fresh moto each time, and measures it. See README.md.

Prints a line for each run and adds it to a file of JSON lines.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")).resolve()
OURS = Path(os.environ.get("RHAI_HOST", TARGET / "release/rhai-host")).resolve()
REGION, EMAIL, DESCRIPTION = "ap-south-1", "alarms@example.com", "store TLS certificates"
PASSWORD = "only-For-moto-1"
PEERS = ("ours", "boto3", "cli", "ansible")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that what was started is ended.
    options.results.mkdir(parents=True, exist_ok=True)
    results = options.results / time.strftime("%Y-%m-%dT%H-%M-%S.jsonl", time.gmtime())
    print(
        f"{'peer':8} {'phase':6} {'rtt':>4} {'exit':>4} {'wall':>8} {'CPU':>7} {'MiB':>6} {'requests':>8} {'server':>7}  said"
    )
    for rtt in options.rtt:
        for peer in options.peers:
            for _ in range(options.runs):
                for line in opened(peer, rtt, options):
                    with results.open("a") as file:
                        file.write(json.dumps(line) + "\n")
                    show(line)
    print(f"in {results}")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    several = lambda kind: lambda text: [kind(one) for one in text.split(",")]
    parser.add_argument("--peers", type=several(str), default=list(PEERS), help="with commas [default: all]")
    parser.add_argument(
        "--rtt", type=several(int), default=[0, 50], help="round trips in ms, with commas [default: 0,50]"
    )
    parser.add_argument("--functions", type=int, default=5, help="in the world, at least 5 [default: 5]")
    parser.add_argument("--documents", type=int, default=3, help="at least 3 [default: 3]")
    parser.add_argument("--log-groups", type=int, default=5, help="[default: 5]")
    parser.add_argument(
        "--phases", type=several(str), default=["apply", "noop"], help="with commas [default: apply,noop]"
    )
    parser.add_argument("--runs", type=int, default=1, help="of each peer")
    parser.add_argument(
        "--bring-up", metavar="PEER", choices=PEERS, help="applies first, untimed; the peers do the no-op only"
    )
    parser.add_argument(
        "--results", type=Path, default=HERE / "results", help="a folder [default: results beside this file]"
    )
    options = parser.parse_args()
    if options.bring_up:
        options.phases = ["noop"]
    elif options.phases[0] == "noop":
        parser.error("a no-op comes after an apply; hint: --phases apply,noop, or --bring-up")
    for given, known in ((options.peers, PEERS), (options.phases, ("apply", "noop"))):
        for one in given:
            if one not in known:
                parser.error(f"`{one}` is none of {', '.join(known)}")
    needed = [*options.peers, options.bring_up]
    if "cli" in needed and not (shutil.which("jq") and shutil.which("curl")):
        parser.error("the script with the AWS CLI needs jq and curl")
    if "ours" in needed and not OURS.exists():
        parser.error(f"there is no {OURS}; hint: `cargo build --release`, or name a binary with RHAI_HOST")
    return options


def opened(peer, rtt, options):
    """The measurements of one peer on a world of its own, one for each phase."""
    world = {"functions": options.functions, "documents": options.documents, "log_groups": options.log_groups}
    python = venv("requirements.txt") / "bin/python"
    with tempfile.TemporaryDirectory(prefix="peers-") as work, contextlib.ExitStack() as started:
        work = Path(work)
        log = work / "requests"
        server, port = started.enter_context(listening(log, python, "-IB", HERE / "logged_moto.py"))
        seed = [python, HERE / "seed.py", "--target", REGION, "--email", EMAIL, "--code-dir", work / "code"]
        seed += [f"--{name.replace('_', '-')}={number}" for name, number in world.items()]
        run("seed", seed, environment(port, work), work)
        if options.bring_up:
            run(options.bring_up, *command(options.bring_up, port, work), work)
        if rtt:
            _, port = started.enter_context(
                listening(work / "proxy", python, "-IB", HERE / "delay_proxy.py", port, rtt)
            )
        for phase in options.phases:
            requests, server_cpu = requests_in(log), cpu_of(server)
            cost = timed(*command(peer, port, work), work)
            asked = requests_in(log) - requests
            server_cpu = round(cpu_of(server) - server_cpu, 2)
            yield {
                "peer": peer,
                "phase": phase,
                "rtt": rtt,
                **world,
                **cost,
                "requests": asked,
                "server_cpu": server_cpu,
            }


def command(peer, port, work):
    """The command that opens the region with this peer, and its environment."""
    env = environment(port, work)
    tools = venv("requirements.txt") / "bin"
    match peer:
        case "ours":
            # The script lets Secrets Manager make the password. Given one, it does what the others do.
            password = work / "password"
            password.write_text(PASSWORD)
            password.chmod(0o600)
            parameters = [f"alert_email={EMAIL}", f"description={DESCRIPTION}", f"master_password_file={password}"]
            sets = [word for parameter in parameters for word in ("--set", parameter)]
            return [OURS, "apply", "--region", REGION, "--yes", *sets], env
        case "boto3":
            script = [tools / "python", HERE / "boto3_script.py", "--region", REGION]
            return [*script, "--email", EMAIL, "--description", DESCRIPTION], env
        case "cli":
            own = {"REGION": REGION, "EMAIL": EMAIL, "DESCRIPTION": DESCRIPTION, "PATH": f"{tools}:{env['PATH']}"}
            return ["bash", HERE / "cli_script.sh"], env | own
        case "ansible":
            tools = venv("requirements-ansible.txt") / "bin"
            extra = {"region": REGION, "email": EMAIL, "description": DESCRIPTION, "code_dir": f"{work}/code"}
            extra["endpoint"] = env["AWS_ENDPOINT_URL"]
            playbook = [tools / "ansible-playbook", "-i", "localhost,", HERE / "playbook.yml", "-e", json.dumps(extra)]
            own = {"ANSIBLE_LOCALHOST_WARNING": "false", "PATH": f"{tools}:{env['PATH']}"}
            return playbook, env | own


def environment(port, work):
    """What leads a program to the server, and keeps it from the settings of whoever runs this."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(work),
        "TMPDIR": str(work),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "AKIAMOTO",
        "AWS_SECRET_ACCESS_KEY": "moto",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "DB_PASSWORD": PASSWORD,
    }


def run(name, words, env, work):
    """Runs what isn't measured to its good end."""
    cost = timed(words, env, work)
    if cost["exit"] != 0:
        sys.exit(f"{name} ended with {cost['exit']}:\n{(work / 'output').read_text()}")


def timed(words, env, work):
    """What it costs to run this: seconds, the most memory that it and all that it started had, and how it ended."""
    output = work / "output"
    with output.open("wb") as file:
        start = time.monotonic()
        child = subprocess.Popen(words, env=env, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        peak, ended = [0], threading.Event()

        def watch():
            while not ended.wait(0.1):
                peak[0] = max(peak[0], sum(map(memory_of, family(child.pid))))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - start
            child.returncode = os.waitstatus_to_exitcode(status)
        finally:
            ended.set()
            watcher.join()
            if child.returncode is None:  # Interrupted.
                for pid in family(child.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
    said = [line for line in output.read_text(errors="replace").splitlines() if line.strip()]
    return {
        "wall": round(wall, 2),
        "user": round(usage.ru_utime, 2),
        "sys": round(usage.ru_stime, 2),
        # Between two looks it may have been more, in one process at least.
        "peak_mib": round(max(peak[0], usage.ru_maxrss * 1024) / 2**20, 1),
        "exit": child.returncode,
        "said": " ".join(said[-1].split()) if said else "",
    }


def family(pid):
    """This process and all that it started."""
    members = [pid]
    for member in members:
        with contextlib.suppress(OSError):
            for children in Path(f"/proc/{member}/task").glob("*/children"):
                members += map(int, children.read_text().split())
    return members


def memory_of(pid):
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0


def cpu_of(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def requests_in(log):
    with log.open() as lines:
        return sum(line.startswith("request: ") for line in lines)


@contextlib.contextmanager
def listening(log, *words):
    """A server that says where it listens, and ends when its input closes: so with this process too, however that ends."""
    with log.open("wb") as file:
        # AWS's own policies exist in moto, so that a role can have one.
        env = {"PATH": os.environ["PATH"], "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
        pipe = subprocess.PIPE
        server = subprocess.Popen([str(word) for word in words], env=env, stdin=pipe, stdout=pipe, stderr=file)
        try:
            first = server.stdout.readline().decode()
            if not first.startswith("listening on "):
                sys.exit(f"{words} never said where it listens:\n{log.read_text()}")
            yield server, int(first.split()[-1])
        finally:
            server.stdin.close()
            server.wait()


def venv(requirements):
    """The virtual environment with these requirements below the target folder; makes it where it isn't there.

    Every set of requirements has a folder of its own, so that a changed version makes a new one.
    """
    texts = [(HERE / requirements).read_bytes(), (REPOSITORY / "tests/moto/requirements.txt").read_bytes()]
    home = TARGET / "peers" / f"{Path(requirements).stem}-{hashlib.sha256(b''.join(texts)).hexdigest()[:16]}"
    complete = home / "complete"  # Written last: what an interrupted installation leaves has none and is made anew.
    if not complete.exists():
        print(f"installing {requirements} in {home}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        pip = [home / "bin/python", "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
        subprocess.run([*pip, HERE / requirements], check=True)
        complete.touch()
    return home


def show(line):
    cpu = line["user"] + line["sys"]
    print(
        f"{line['peer']:8} {line['phase']:6} {line['rtt']:4} {line['exit']:4} {line['wall']:8.2f} {cpu:7.2f} "
        f"{line['peak_mib']:6.1f} {line['requests']:8} {line['server_cpu']:7.2f}  {line['said']}",
        flush=True,
    )


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
