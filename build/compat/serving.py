"""The program as a server on its own port, for the tests of this folder."""

import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = ROOT / "bin/reviewlens"


class Server:
    """command replaces PROGRAM at the start of the command line; env is added to the
    environment."""

    def __init__(self, *flags, command=(str(PROGRAM),), **env):
        self.log = tempfile.TemporaryFile("w+")
        command = [*command, "serve", "-addr", "127.0.0.1:0", "-history", "none", *flags]
        self.process = subprocess.Popen(
            command, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise SystemExit(f"{command[0]} did not start: {self.read_log()}")
        self.url = line.split()[-1]

    def read_log(self):
        self.log.seek(0)
        return self.log.read()

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
