"""Fetches the raw material by package name, with apt-get and the Python packages of requirements.txt."""

import gzip
import subprocess
from importlib.metadata import files
from pathlib import Path

# Debian 12 packages; the licence of each is in README.md.
PACKAGES = ["dict-gcide", "dict-foldoc", "dict-jargon", "gnome-user-docs", "wordnet-base"]


def fetch(work: Path) -> Path:
    """Downloads and unpacks everything below `work`; a second call does nothing. Returns the unpacked root."""
    root = work / "packages"
    if (root / "complete").exists():
        return root
    root.mkdir(parents=True, exist_ok=True)
    _fetch_package_lists(work)
    for name in PACKAGES:
        subprocess.run(["apt-get", "download", name], cwd=root, check=True)
    for archive in sorted(root.glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(archive), str(root)], check=True)
    (root / "complete").touch()
    return root


def _fetch_package_lists(work: Path) -> None:
    """English package descriptions, in a folder of our own so that the machine's lists stay as they are."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (work / "apt" / folder).mkdir(parents=True, exist_ok=True)
    options = {
        "Acquire::Languages": "en",
        "Acquire::GzipIndexes": "false",
        "Dir::State::lists": work / "apt/lists",
        "Dir::Cache": work / "apt/cache",
        "APT::Sandbox::User": "root",
    }
    flags = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
    subprocess.run(["apt-get", "update", *flags], check=True)


def dictionary(root: Path, name: str) -> str:
    """The whole text of a dictd dictionary (dictzip is gzip with a longer header)."""
    packed = root / f"usr/share/dictd/{name}.dict.dz"
    return gzip.decompress(packed.read_bytes()).decode("utf-8", errors="replace")


def package_descriptions(work: Path) -> str:
    """apt's Translation list of the main archive."""
    lists = work / "apt/lists"
    found = max(lists.glob("*main_i18n_Translation-en*"), key=lambda path: path.stat().st_size)
    if found.suffix == ".lz4":
        return subprocess.run(["lz4cat", str(found)], check=True, capture_output=True).stdout.decode()
    return found.read_text(encoding="utf-8")


def conversations() -> list[Path]:
    """English files of the chatterbot-corpus package."""
    listed = files("chatterbot-corpus") or []
    return sorted(Path(f.locate()) for f in listed if "data/english/" in str(f) and f.suffix == ".yml")
