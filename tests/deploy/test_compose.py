"""The compose file against what services, broker and store really need; it is read here as Docker Compose would read it.

Whether Docker starts it is seen only where there is Docker; everything that can be known from the files is held here.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from inspect import get_annotations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from contracts.catalogue import PROCESSES, SERVICES, Service
from deploy.compose import passwords
from deploy.compose.definitions import ADMIN, broker_definitions
from deploy.topology import definitions
from libs import topology
from libs.files import load_directory
from libs.service import Settings

ROOT = Path(__file__).parents[2]
DIRECTORY = load_directory(ROOT / "deploy/directory/chaozhou.yaml")
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<sign>[-?])(?P<word>[^}]*))?\}|\$\$")
JOBS = {"definitions", "mongo-init"}

GIVEN = {
    "ZTC_SECRETS": "./.ztc/secrets",
    "ZTC_REGISTRY": "https://registry.example/enterprises",
    "ZTC_PUBLIC_URL": "https://ztc.example",
    "ZTC_SMS_PROVIDER": "http",
    "ZTC_SMS_URL": "https://sms.example/messages",
    "ZTC_SMTP_HOST": "mail.example",
    "ZTC_SMTP_FROM": "ztc@mail.example",
}
"""An operator's .env: everything that the file asks for, and one thing that it does not."""


def as_compose_reads(text: str, variables: Mapping[str, str]) -> str:
    """`${A}`, `${A:-default}`, `${A:?what is missing}` and `$$`."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        given = variables.get(match["name"], "")
        if given or match["sign"] is None:
            return given
        if match["sign"] == "?":
            raise KeyError(f"{match['name']}: {match['word']}")
        return match["word"]

    return VARIABLE.sub(value, text)


@cache
def written() -> str:
    return (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


@cache
def compose() -> dict[str, Any]:
    """The file with an operator's variables in their places."""

    def resolved(node: Any) -> Any:
        match node:
            case dict():
                return {key: resolved(value) for key, value in node.items()}
            case list():
                return [resolved(value) for value in node]
            case str():
                return as_compose_reads(node, GIVEN)
            case _:
                return node

    return resolved(yaml.safe_load(written()))


def entry(name: str) -> dict[str, Any]:
    return compose()["services"][name]


def lasting() -> dict[str, dict[str, Any]]:
    """The entries that run until somebody stops them."""
    return {name: entry for name, entry in compose()["services"].items() if name not in JOBS}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `python -m deploy.compose.passwords` makes, and what an SMS provider gave us."""
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    passwords.make(folder, DIRECTORY)
    (folder / "services/notification/ztc_sms_token").write_text("from-the-provider")
    (folder / "services/notification/ztc_sms_templates").write_text('{"receipt": "SMS_1001"}')
    return folder


def settings_of(service: Service) -> type[Settings]:
    return get_annotations(import_module(f"services.{service}.__main__").build)["settings"]


# Services -------------------------------------------------------------------------------------------------------------


def test_every_service_of_the_catalogue_is_a_process_of_its_own() -> None:
    ours = {name for name, entry in lasting().items() if entry["image"].startswith("zhitongche:")}
    assert ours == set(PROCESSES)
    for service in PROCESSES:
        assert entry(service)["command"] == ["python", "-m", f"services.{service}"]


@pytest.mark.parametrize("service", PROCESSES)
def test_what_a_service_is_told_is_what_its_settings_ask_for(service: Service, secrets: Path) -> None:
    fields = {f"ztc_{name}": field for name, field in settings_of(service).model_fields.items()}
    environment = {name.lower() for name in entry(service)["environment"]} - {"ztc_secrets_dir"}
    files = {file.name for file in (secrets / "services" / service).iterdir()}
    asked = {name for name, field in fields.items() if field.is_required()}
    assert environment | files <= set(fields), "a name that no setting has"
    assert asked <= environment | files, "a setting that nobody gives"
    assert not environment & files, "given twice"


@pytest.mark.parametrize("service", PROCESSES)
def test_secrets_reach_a_service_as_files_and_never_by_its_environment(service: Service, secrets: Path) -> None:
    secret = {
        f"ZTC_{name.upper()}" for name, f in settings_of(service).model_fields.items() if "Secret" in str(f.annotation)
    }
    assert not secret & set(entry(service)["environment"])
    assert entry(service)["environment"]["ZTC_SECRETS_DIR"] == "/run/secrets"
    assert entry(service)["volumes"] == [f"{GIVEN['ZTC_SECRETS']}/services/{service}:/run/secrets:ro"]


BUILD = """
import json, os, sys
from importlib import import_module
from inspect import get_annotations

for service, environment, secrets in json.loads(sys.stdin.read()):
    os.environ.update(environment)
    build = import_module(f"services.{service}.__main__").build
    built = build(get_annotations(build)["settings"](**({"_secrets_dir": secrets} if secrets else {})))
    settings = built.settings
    print(json.dumps({
        "name": built.name, "database": built.database.name, "peers": settings.peers,
        "broker": settings.amqp_url.get_secret_value(),
        "routes": [route.path for route in built.app.routes if hasattr(route, "path")],
    }))
    for name in environment:
        del os.environ[name]
"""


def built(*what: tuple[str, dict[str, str], str | None]) -> list[dict[str, Any]]:
    """The services as a process of their own builds them, with nothing but what is given in its environment."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD], input=json.dumps(what), env={"PATH": os.environ["PATH"]}, cwd=ROOT,
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def told_in_its_container(service: Service) -> dict[str, str]:
    return {name: str(value) for name, value in entry(service)["environment"].items()}


def test_each_service_can_be_built_from_exactly_what_the_file_gives_it(secrets: Path) -> None:
    services = built(*((s, told_in_its_container(s), str(secrets / "services" / s)) for s in PROCESSES))
    for service, told in zip(PROCESSES, services, strict=True):
        assert told["name"] == told["database"] == service
        assert urlsplit(told["broker"]).username == service
        assert urlsplit(told["broker"]).path == f"/{topology.VHOST}"
        assert set(told["peers"]) == set(SERVICES)
        probe = re.search(r"http://127\.0\.0\.1:8000(/\w+)", " ".join(entry(service)["healthcheck"]["test"]))
        assert probe
        assert probe[1] in told["routes"]


def test_a_service_finds_its_secrets_by_the_variable_that_the_container_sets(secrets: Path) -> None:
    environment = told_in_its_container("notification") | {"ZTC_SECRETS_DIR": str(secrets / "services/notification")}
    [told] = built(("notification", environment, None))
    assert told["broker"] == (secrets / "services/notification/ztc_amqp_url").read_text()


@pytest.mark.parametrize("service", PROCESSES)
def test_every_host_that_a_service_is_told_of_is_on_a_network_with_it(service: Service, secrets: Path) -> None:
    own = secrets / "services" / service
    urls = [(own / "ztc_amqp_url").read_text(), (own / "ztc_mongo_url").read_text()]
    urls += [entry(service)["environment"]["ZTC_OTLP_ENDPOINT"]]
    urls += json.loads(entry(service)["environment"]["ZTC_PEERS"]).values()
    for url in urls:
        host = urlsplit(url).hostname
        assert host in compose()["services"], f"nothing is called {host}"
        assert set(entry(host)["networks"]) & set(entry(service)["networks"])


@pytest.mark.parametrize("service", PROCESSES)
def test_a_service_has_time_to_end_its_work_and_a_health_check_on_its_readiness(service: Service) -> None:
    told = entry(service)
    assert int(told["stop_grace_period"].removesuffix("s")) >= 25
    assert "/readyz" in " ".join(told["healthcheck"]["test"])
    assert told["read_only"]
    assert told["cap_drop"] == ["ALL"]
    assert told["depends_on"]["rabbitmq"] == {"condition": "service_healthy"}
    assert told["depends_on"]["mongo-init"] == {"condition": "service_completed_successfully"}


# Everything -----------------------------------------------------------------------------------------------------------


def test_every_image_is_pinned_to_one_full_version() -> None:
    images = {entry["image"] for entry in compose()["services"].values()}
    images |= set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    for image in images:
        assert re.search(r":v?\d+\.\d+\.\d+(-[a-z]+)*$", image), f"{image} may become another one any day"
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert f"zhitongche:{version[1]}" in images


def test_what_runs_until_it_is_stopped_is_started_again_and_has_a_limit() -> None:
    for name, told in lasting().items():
        assert told["restart"] == "unless-stopped", name
        assert {"cpus", "memory"} <= set(told["deploy"]["resources"]["limits"]), name
    for job in JOBS:
        assert entry(job)["restart"] == "no"


def test_what_must_be_healthy_before_others_start_has_a_health_check_and_what_must_have_ended_is_a_job() -> None:
    for told in compose()["services"].values():
        needed = told.get("depends_on", {})
        for other, how in needed.items() if isinstance(needed, dict) else ():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in entry(other)
            else:
                assert other in JOBS


@pytest.mark.parametrize(
    ("name", "where"), [("rabbitmq", "/var/lib/rabbitmq"), ("mongo", "/data/db"), ("jaeger", "/badger")]
)
def test_what_holds_data_has_a_volume_with_a_name(name: str, where: str) -> None:
    volumes = {volume.split(":")[1]: volume.split(":")[0] for volume in entry(name)["volumes"]}
    assert volumes[where] in compose()["volumes"]


def test_the_broker_keeps_its_name_because_its_data_belongs_to_it() -> None:
    assert entry("rabbitmq")["hostname"] == passwords.BROKER.partition(":")[0]


def test_parties_reach_nothing_but_the_brokers_amqp_port() -> None:
    outside = {name for name, told in compose()["services"].items() if "outer" in told.get("networks", [])}
    assert outside == {"rabbitmq"}
    assert compose()["networks"]["inner"] == {"internal": True}
    published = [port for told in yaml.safe_load(written())["services"].values() for port in told.get("ports", [])]
    for port in published:
        assert port.startswith("127.0.0.1:") or port == "${ZTC_AMQP_PUBLISH:-127.0.0.1:5672}:5672"


def test_every_file_that_is_mounted_is_there() -> None:
    for told in compose()["services"].values():
        for volume in told.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./deploy/"):
                assert (ROOT / source).is_file()


def test_no_password_stands_in_any_file_that_is_committed() -> None:
    files = [
        ROOT / "docker-compose.yml",
        ROOT / ".env.example",
        ROOT / "Dockerfile",
        *(ROOT / "deploy/compose").iterdir(),
    ]
    for file in files:
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        for url in re.findall(r"\w+://[^\s\"'`]+", text):
            login = url.split("://")[1].rpartition("@")[0]
            assert "{" in login or not login, f"{file.name}: {url}"
        for name, value in re.findall(
            r"^[ \t]*(\w*(?:PASS|SECRET|TOKEN)\w*)[ \t]*[:=][ \t]*(\S.*)$", text, re.MULTILINE
        ):
            if file.suffix in (".yml", ".example", ""):
                assert value.startswith(("/", "${")), f"{file.name}: {name}"


def test_the_example_names_every_variable_and_gives_none_a_value() -> None:
    named = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(named) == {match["name"] for match in VARIABLE.finditer(written()) if match["name"]}
    assert set(named.values()) == {""}


@pytest.mark.parametrize("name", [name for name in GIVEN if name != "ZTC_SMS_URL"])
def test_without_a_variable_that_has_no_default_nothing_starts(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        as_compose_reads(written(), GIVEN | {name: ""})


# Broker and store -----------------------------------------------------------------------------------------------------


def test_the_broker_is_told_everything_that_the_topology_says(secrets: Path) -> None:
    told = broker_definitions(DIRECTORY, secrets / "amqp")
    wanted = definitions(DIRECTORY, password=lambda user: "").as_rabbitmq()
    for kind in ("vhosts", "permissions", "exchanges", "queues", "bindings", "parameters"):
        assert [thing for thing in wanted[kind] if thing not in told[kind]] == [], kind
    assert {user["name"] for user in told["users"]} == {user["name"] for user in wanted["users"]} | {ADMIN}
    assert [user["name"] for user in told["users"] if user["tags"]] == [ADMIN]


def test_the_broker_knows_a_password_only_by_its_salted_hash(secrets: Path) -> None:
    told = broker_definitions(DIRECTORY, secrets / "amqp")
    text = json.dumps(told)
    for user in told["users"]:
        password = (secrets / "amqp" / user["name"]).read_text()
        kept = base64.b64decode(user["password_hash"])
        assert kept[4:] == hashlib.sha256(kept[:4] + password.encode()).digest()
        assert len(password) >= 32
        assert password not in text


def test_a_missing_password_stops_the_definitions_with_a_sentence(secrets: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no password for .*: run"):
        broker_definitions(DIRECTORY, tmp_path)


def test_the_definitions_that_the_broker_reads_are_those_that_the_job_writes() -> None:
    job, broker = entry("definitions"), entry("rabbitmq")
    out = job["command"][-1]
    assert f"load_definitions = {out}" in (ROOT / "deploy/compose/rabbitmq.conf").read_text()
    assert f"definitions:{Path(out).parent}" in job["volumes"]
    assert f"definitions:{Path(out).parent}:ro" in broker["volumes"]
    assert broker["depends_on"]["definitions"]["condition"] == "service_completed_successfully"


def test_each_service_has_a_user_of_its_own_in_the_store_and_no_service_sees_anothers(secrets: Path) -> None:
    users = {file.name: file.read_text() for file in (secrets / "mongo/users").iterdir()}
    assert set(users) == set(PROCESSES)
    assert len(set(users.values())) == len(users)
    for service in PROCESSES:
        url = urlsplit((secrets / "services" / service / "ztc_mongo_url").read_text())
        assert (url.username, url.password, url.path) == (service, users[service], f"/{service}")
        assert f"authSource={service}" in url.query
        assert f"replicaSet={passwords.REPLICA_SET}" in url.query
    assert passwords.REPLICA_SET in entry("mongo")["command"]
    assert f'_id: "{passwords.REPLICA_SET}"' in (ROOT / "deploy/compose/mongo-init.js").read_text()


def test_passwords_are_made_once_and_what_follows_from_them_follows(secrets: Path) -> None:
    def all_of() -> dict[Path, str]:
        return {file: file.read_text() for file in secrets.rglob("*") if file.is_file()}

    before = all_of()
    passwords.make(secrets, DIRECTORY)
    assert all_of() == before
    changed = secrets / "amqp/routing"
    changed.unlink()
    passwords.make(secrets, DIRECTORY)
    assert changed.read_text() != before[changed]
    assert changed.read_text() in (secrets / "services/routing/ztc_amqp_url").read_text()


def test_only_the_deployer_can_open_the_folder_and_each_container_can_read_its_part(secrets: Path) -> None:
    assert secrets.stat().st_mode & 0o777 == 0o700
    for inside in secrets.rglob("*"):
        assert inside.stat().st_mode & 0o004, inside
