"""One Settings class: every knob of an installation, each with the reason for its default.

Each variable may also come as `NAME_FILE`, the path of a file that holds the value (Docker and systemd secrets).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET = 32  # bytes: the strength of SHA-256, which derives every key from it
MESSAGE_SETTLES = 30  # seconds; handover.md R1: past it a message handed over is asked about


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=None, extra="ignore", case_sensitive=False)

    app_env: Literal["production", "development", "test"] = Field(
        "production", description="production refuses weak secrets, the demo and plain http"
    )
    database_url: str = Field(
        "sqlite://var/esquadrao.sqlite3", description="sqlite://, postgres:// or mysql://"
    )
    database_pool: int = Field(
        10, ge=1, description="connections a process may hold; PostgreSQL and MariaDB only"
    )
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0", description="hints, live signals, wire traffic; never the truth"
    )
    bridge_redis_url: str | None = Field(
        None, description="REDIS_URL, unless the bridge's streams live elsewhere"
    )
    secret_keys: SecretStr = Field(
        SecretStr(""), description="comma list, the first signs: cookies, CSRF, cursors"
    )
    field_keys: SecretStr = Field(
        SecretStr(""), description="comma list, the first encrypts fields: signing keys"
    )
    lookup_key: SecretStr = Field(
        SecretStr(""), description="keyed hashes of e-mails; it never changes"
    )
    bridge_secret: SecretStr = Field(
        SecretStr(""), description="signs every entry between app and bridge"
    )
    base_url: str = Field("http://127.0.0.1:8000", description="the address people type")
    allowed_hosts: str = Field("", description="comma list beside BASE_URL's own host")
    port: int = Field(8000, description="where web listens")
    forwarded_allow_ips: str = Field(
        "127.0.0.1", description="proxies whose X-Forwarded-For is believed"
    )
    whatsapp: Literal["simulator", "fake", "real"] = Field(
        "simulator",
        description="who answers: the simulator, or the bridge over the tests' fake WhatsApp or over the real one",
    )
    allow_simulator: bool = Field(False, description="production refuses the simulator without it")
    storage_url: str = Field(
        "file://var/media", description="where uploads live: file://, s3://, gs://, az://"
    )
    log_level: str = Field("info", description="debug, info, warning, error")
    log_format: Literal["json", "console"] = Field(
        "json", description="console is for people, json for machines"
    )
    sentry_dsn: str = Field("", description="empty: errors stay in the log")
    sentry_environment: str = Field("", description="APP_ENV, unless given")
    sentry_release: str = Field("", description="the commit that runs")
    settle_after: float = Field(
        MESSAGE_SETTLES,
        ge=0.2,
        description="seconds after which a message handed over is asked about (tests: less)",
    )
    retry_pause: float = Field(
        30.0,
        gt=0,
        description="seconds before WhatsApp is tried again after asking for patience; each next wait is twice as long,"
        " up to 30 times this (tests: less)",
    )
    sweep_every: float = Field(
        5.0, gt=0, description="seconds between two sweeps for rows that stayed too long"
    )
    applier_lease: float = Field(
        5.0,
        gt=0,
        description="seconds after which a killed worker's reading of receipts goes to the next one",
    )
    default_preset: Literal["safe", "simulator"] = Field(
        "safe", description="pace of a new channel; simulator: no hours, no limits, nobody is real"
    )
    default_gap_min: float = Field(
        25.0, ge=0, description="seconds, least pause of a new channel of the simulator"
    )
    default_gap_max: float = Field(
        60.0, ge=0, description="seconds, longest pause of a new channel of the simulator"
    )

    @model_validator(mode="before")
    @classmethod
    def read_files(cls, values: dict[str, object]) -> dict[str, object]:
        for name in cls.model_fields:
            path = os.environ.get(f"{name.upper()}_FILE")
            if path and name not in values:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
        return values

    @field_validator("base_url")
    @classmethod
    def without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def refuse_the_unsafe(self) -> Settings:
        """Production starts only with real secrets and a real address (defect D32 of the field: default keys)."""
        for name in ("secret_keys", "field_keys", "lookup_key", "bridge_secret"):
            keys = getattr(self, name).get_secret_value().split(",")
            if any(len(key.strip().encode()) < SHORTEST_SECRET for key in keys):
                raise ValueError(
                    f"{name.upper()} must be set and each key hold at least {SHORTEST_SECRET} bytes"
                )
        if self.app_env == "production":
            if not self.base_url.startswith("https://"):
                raise ValueError("BASE_URL must begin with https:// in production")
            if self.whatsapp == "simulator" and not self.allow_simulator:
                raise ValueError("production does not run the simulator unless ALLOW_SIMULATOR=1")
            if self.whatsapp == "fake":
                raise ValueError("production does not run the fake WhatsApp: WHATSAPP=real")
        if self.meets_people and self.default_preset == "simulator":
            raise ValueError("the simulator's pace is not for real people")
        if self.meets_people and min(self.default_gap_min, self.default_gap_max) < FLOOR_GAP:
            raise ValueError(f"no gap below {FLOOR_GAP} s outside the simulator")
        return self

    @property
    def is_simulator(self) -> bool:
        return self.whatsapp == "simulator"

    @property
    def meets_people(self) -> bool:
        """Only then hours and floors hold whatever somebody chose; production knows no fake."""
        return self.whatsapp == "real"

    @property
    def is_secure(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def hosts(self) -> frozenset[str]:
        own = urlsplit(self.base_url).hostname or ""
        return frozenset(
            {own, *(host.strip() for host in self.allowed_hosts.split(",") if host.strip())}
        )

    @property
    def signing_keys(self) -> list[bytes]:
        return [key.strip().encode() for key in self.secret_keys.get_secret_value().split(",")]

    @property
    def streams_url(self) -> str:
        return self.bridge_redis_url or self.redis_url


FLOOR_GAP = 3.0  # seconds; product.md: the floor no one lowers, but in the simulator


@cache
def settings() -> Settings:
    """The installation's settings, read once; tests clear it with `settings.cache_clear()`."""
    return Settings()
