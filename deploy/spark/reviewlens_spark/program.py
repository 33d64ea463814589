"""Runs `reviewlens pipe` next to a task: rows in, scores out, and recovers from its crashes.

Rows are sent in chunks of JSON lines, so that at most a chunk is repeated. Both of the program's
pipes are drained concurrently, so neither side can block the other for ever. A program that dies is
restarted and gets the chunk in halves, down to the one row that it dies of; that row is lost, with
the reason, and counted.

Nothing here imports Spark.
"""

from __future__ import annotations

import collections
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import zipfile

MAX_LOST_ROWS = 20  # rows that a task may lose; one more fails the task
TAIL_CHARACTERS = 2000  # characters kept of the program's last output

HERE = pathlib.Path(__file__).parent


class Failed(Exception):
    """The program cannot score: it does not start, or lost more rows than allowed."""


# positive is None without a score; unread is the reason why the model cannot read the text, error
# the reason why there is no score.
Score = collections.namedtuple("Score", "sentiment positive windows cut unread error")
NO_TEXT = Score(None, None, 0, False, None, None)


def locate() -> str:
    """Returns the path of the program: $REVIEWLENS, or the one in this package, unpacked if the
    package is a zip file.
    """
    if path := os.environ.get("REVIEWLENS"):
        if not os.access(path, os.X_OK):
            raise Failed(f"REVIEWLENS is {path}, which is no program")
        return path
    inside = HERE / "bin"
    if (inside / "reviewlens").exists():
        if os.access(inside / "reviewlens", os.X_OK):
            return str(inside / "reviewlens")
        return unpack({p.name: p.read_bytes() for p in sorted(inside.iterdir())})
    archive = next((p for p in HERE.parents if zipfile.is_zipfile(p)), None)
    if archive is None:
        raise Failed(
            "this package has no program inside; install the wheel that `make spark` builds, or "
            "set REVIEWLENS"
        )
    prefix = f"{HERE.relative_to(archive)}/bin/"
    with zipfile.ZipFile(archive) as z:
        return unpack(
            {
                n.removeprefix(prefix): z.read(n)
                for n in sorted(z.namelist())
                if n.startswith(prefix)
            }
        )


def unpack(files: dict[str, bytes]) -> str:
    """Returns the path of the program of files, in a folder of this user's that is named after
    their checksum and written once per machine.
    """
    digest = hashlib.sha256(
        b"".join(hashlib.sha256(data).digest() for data in files.values())
    ).hexdigest()[:16]
    root = pathlib.Path(tempfile.gettempdir()) / f"reviewlens-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    status = root.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or root.is_symlink():
        raise Failed(f"{root} is not this user's alone")
    folder = root / digest
    with open(root / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            scratch = pathlib.Path(tempfile.mkdtemp(dir=root))
            for name, data in files.items():
                (scratch / name).write_bytes(data)
            (scratch / "reviewlens").chmod(0o700)
            scratch.rename(folder)
    return str(folder / "reviewlens")


def about(program: str | None = None, model: str | None = None) -> dict:
    """Returns the properties of the scorer: {"model", "version", "runtime"}."""
    command = [program or locate(), "pipe", "-about", *(["-model", model] if model else [])]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except OSError as e:
        raise Failed(f"{command[0]} cannot score: {e.strerror}") from e
    if done.returncode:
        raise Failed(f"{command[0]} cannot score: {done.stderr.strip()[-TAIL_CHARACTERS:]}")
    return json.loads(done.stdout)


def write_report(program, path, output, columns, stars_of, dayfirst, topics, sample_of, model):
    """Has the program report on a file of scored rows. columns are names, or - for none."""
    command = [program, "report", str(path), "-scored", "-o", str(output)]
    command += [f"-{name}={column}" for name, column in columns.items()]
    command += ["-topics=true" if topics else "-topics=false"]
    command += [f"-stars-of={stars_of}"] if stars_of is not None else []
    command += [f"-dayfirst={str(bool(dayfirst)).lower()}"] if dayfirst is not None else []
    command += [f"-sample-of={sample_of}"] if sample_of is not None else []
    command += ["-model", model] if model else []
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode not in (0, 3):  # 3: rows without a score, which the report counts
        raise Failed(f"the report cannot be made: {done.stderr.strip()[-TAIL_CHARACTERS:]}")


class Program:
    """A running program and its lost rows, as a context manager."""

    def __init__(
        self,
        program: str,
        model: str | None = None,
        model_id: str | None = None,
        streams: int = 1,
        lost: int = MAX_LOST_ROWS,
    ):
        self.command = [program, "pipe", "-streams", str(streams)]
        if model:
            self.command += ["-model", model]
        if model_id:
            self.command += ["-model-id", model_id]
        self.most, self.lost, self.process = lost, 0, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.tail = collections.deque(maxlen=20)
        process, tail = self.process, self.tail

        def listen():
            for line in process.stderr:
                tail.append(line.decode("utf-8", "replace").strip()[:TAIL_CHARACTERS])

        self.listener = threading.Thread(target=listen, daemon=True)
        self.listener.start()

    def stop(self):
        """Stops the program, whatever its exit status."""
        if self.process is None:
            return
        process, self.process = self.process, None
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.listener.join(10)
        process.stderr.close()

    def score(self, rows: list[tuple[str, str]]) -> list[Score]:
        """Returns the scores of rows, (title, text) each, in order."""
        try:
            return self.ask(rows)
        except EOFError:
            why = self.exit_reason()
        if len(rows) == 1:
            self.lost += 1
            if self.lost > self.most:
                raise Failed(
                    f"{self.lost} rows of this task cannot be scored, {self.most} may be; {why}"
                )
            return [NO_TEXT._replace(error=why)]
        half = len(rows) // 2
        return self.score(rows[:half]) + self.score(rows[half:])

    def exit_reason(self) -> str:
        """Returns why the program ended unexpectedly."""
        process = self.process
        self.stop()
        how = (
            f"signal {-process.returncode}"
            if process.returncode < 0
            else f"exit status {process.returncode}"
        )
        return f"the program ended with {how} while it scored this row" + (
            f": {self.tail[-1]}" if self.tail else ""
        )

    def ask(self, rows: list[tuple[str, str]]) -> list[Score]:
        """Sends rows and returns their scores; raises EOFError if the program ends before its last
        answer."""
        if self.process is None:
            self.start()
        process = self.process
        lines = [
            json.dumps({"id": i, "title": title, "text": text}, ensure_ascii=False)
            for i, (title, text) in enumerate(rows)
        ]
        data = encode(lines)

        def write():
            with contextlib.suppress(
                BrokenPipeError, ValueError
            ):  # the reader of the answers detects it
                process.stdin.write(data)
                process.stdin.flush()

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        scores = []
        for i in range(len(rows)):
            line = process.stdout.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            answer = json.loads(line)
            if answer["id"] != i:
                raise Failed(f"the program answered row {answer['id']} where row {i} was asked")
            scores.append(
                Score(
                    answer["sentiment"],
                    answer["positive"],
                    answer["windows"],
                    answer["cut"],
                    answer.get("unread"),
                    answer["error"],
                )
            )
        writer.join()
        return scores


def encode(lines: list[str]) -> bytes:
    """Returns the lines as UTF-8, each lone surrogate as U+FFFD."""
    text = "\n".join(lines) + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
