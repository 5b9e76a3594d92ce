"""What `make run` gives its processes: a place for its files, secrets made once, a free port, their environment."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ("SECRET_KEYS", "FIELD_KEYS", "LOOKUP_KEY", "BRIDGE_SECRET", "BRIDGE_KEYS")
WHATSAPPS = ("simulator", "fake", "real")
SECRET_BYTES = 48  # a third more than the 32 that settings ask for
PORTS_TRIED = 50
FIRST_PORT = 8000
PORTS = 65_536  # one more than the highest


def state_folder() -> Path:
    """`var/` (ESQUADRAO_VAR elsewhere), readable by its owner alone, like every file made after this call.

    The fake and the real WhatsApp have folders of their own in it: what the simulator answered is no history of theirs.
    """
    os.umask(0o077)
    name = whatsapp()
    folder = Path(os.environ.get("ESQUADRAO_VAR") or ROOT / "var").resolve()
    folder = folder if name == "simulator" else folder / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def whatsapp() -> str:
    """Who answers in WhatsApp's place. Raises ValueError with a sentence."""
    given = os.environ.get("WHATSAPP") or "simulator"
    if given not in WHATSAPPS:
        raise ValueError(f"WHATSAPP must be one of {', '.join(WHATSAPPS)}, not {given!r}")
    return given


def secret(folder: Path, name: str) -> str:
    """The secret of this installation, made at the first start; `rm -r var` makes a new one with new data."""
    path = folder / "secrets" / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(secrets.token_urlsafe(SECRET_BYTES), encoding="ascii")
        fresh.rename(path)  # a kill in the middle leaves no empty secret behind
    return path.read_text(encoding="ascii").strip()


def free_port(wanted: int) -> int:
    """`wanted`, or the next free port on loopback. Raises OSError when none of the next fifty is free."""
    for port in range(wanted, min(wanted + PORTS_TRIED, PORTS)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {wanted} to {wanted + PORTS_TRIED - 1}")


def wanted_port() -> int:
    """PORT, else 8000. Raises ValueError with a sentence for anything that is not a port."""
    given = os.environ.get("PORT") or str(FIRST_PORT)
    if not given.isdecimal() or not 0 < int(given) < PORTS:
        raise ValueError(f"PORT must be a number from 1 to 65535, not {given!r}")
    return int(given)


def environment(folder: Path, *, port: int, redis_url: str) -> dict[str, str]:
    """The environment of every process: what the person gave wins over what development chooses."""
    # Neither the simulator nor the fake bans anybody: a newcomer sees the end within minutes.
    free = {"DEFAULT_PRESET": "simulator", "DEFAULT_GAP_MIN": "0", "DEFAULT_GAP_MAX": "1"}
    chosen = {
        "APP_ENV": "development",
        "DATABASE_URL": f"sqlite://{folder / 'esquadrao.sqlite3'}",
        "STORAGE_URL": f"file://{folder / 'media'}",
        "BASE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "localhost",
        "WHATSAPP": "simulator",
        "SIMULATOR_LEDGER": str(folder / "simulator" / "ledger.jsonl"),
        "SIMULATOR_RATES": "reply:0.2",  # so that there is something to read
        **(free if whatsapp() != "real" else {}),
        "LOG_FORMAT": "console",
        "WORKER_PROCESSES": "1",
        **{name: secret(folder, name) for name in SECRETS if not os.environ.get(name)},
    }
    given = {name: value for name, value in os.environ.items() if value or name not in chosen}
    given.pop("ESQUADRAO_DEMO_PASSWORD", None)  # only `esquadrao demo` is told
    return {
        **chosen,
        **given,
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",  # lines appear when they are written
    }


def processes() -> dict[str, str]:
    """Name → command of the Procfile's lasting processes: one code path from a laptop to a fleet."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))
    return {name.strip(): command.strip() for name, command in pairs if name.strip() != "release"}
