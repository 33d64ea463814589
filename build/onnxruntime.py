"""Put the native ONNX Runtime library of this machine into bin/, or that of another into a folder.

    python3 build/onnxruntime.py bin
    python3 build/onnxruntime.py build/work/lambda/arm64 Linux aarch64

The library comes out of the PyPI wheel, pinned by version and by the wheel's SHA-256; pip checks it. The
server checks the library's own SHA-256 once more before it loads it (api/infer). Any Python with pip will
do: the wheel is only unpacked, never imported.
"""

import pathlib
import platform
import subprocess
import sys
import tempfile
import zipfile

VERSION = "1.32.0"  # >= 1.29: earlier ones abort on arm64 Lambda (microsoft/onnxruntime#10038)

# (system, machine) -> wheel's platform tag, wheel's SHA-256, library's name in capi/
WHEELS = {
    ("Linux", "x86_64"): (
        "manylinux_2_28_x86_64",
        "99e1074c4b2197accd5073052a465361be17b89c093b8ffb6e6bd8f986c52df8",
        f"libonnxruntime.so.{VERSION}",
    ),
    ("Linux", "aarch64"): (
        "manylinux_2_28_aarch64",
        "e36c187006e7a7c8b8d6d57f1a209dd63f52430dca6c282b177718ad6b841054",
        f"libonnxruntime.so.{VERSION}",
    ),
    ("Darwin", "arm64"): (
        "macosx_14_0_arm64",
        "d52510bbbcc880c13b826f7d75cdf33ac5cf0bb864d960000fc29ce73f0cb83e",
        f"libonnxruntime.{VERSION}.dylib",
    ),
}


def fetch(into: pathlib.Path, machine: tuple[str, str]) -> pathlib.Path:
    """Download the wheel, check it and move its library into the folder; return the library's path."""
    if machine not in WHEELS:
        known = ", ".join(f"{s} {m}" for s, m in WHEELS)
        raise SystemExit(f"no ONNX Runtime is pinned for {' '.join(machine)}; there is one for {known}")
    tag, sha256, name = WHEELS[machine]
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into) as work:
        pins = pathlib.Path(work, "pins.txt")
        pins.write_text(f"onnxruntime=={VERSION} --hash=sha256:{sha256}\n")
        # fmt: off
        subprocess.run([
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
            "--only-binary=:all:", "--implementation", "cp", "--python-version", "3.12", "--abi", "cp312",
            "--platform", tag, "--dest", work, "--requirement", str(pins),
        ], check=True)
        # fmt: on
        (wheel,) = pathlib.Path(work).glob("*.whl")
        with zipfile.ZipFile(wheel) as z:
            member = z.extract(f"onnxruntime/capi/{name}", work)
        return pathlib.Path(member).replace(into / name)  # atomic: same file system


if __name__ == "__main__":
    if len(sys.argv) not in (2, 4):
        raise SystemExit("usage: onnxruntime.py FOLDER [SYSTEM MACHINE]")
    print(fetch(pathlib.Path(sys.argv[1]), tuple(sys.argv[2:4]) or (platform.system(), platform.machine())))
