"""Kafka as a Java process: one node that is broker and controller. Its jars are fetched once, by Maven."""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from habeas.eventlog.kafka import KafkaLog
from habeas.testing.services.processes import await_answer, child, free_ports

KAFKA_VERSION = "4.2.0"
LOG4J_VERSION = "2.24.3"
_START_S_MAX = 60.0
_ARTIFACTS = {
    "org.apache.kafka:kafka_2.13": KAFKA_VERSION,
    "org.apache.logging.log4j:log4j-api": LOG4J_VERSION,
    "org.apache.logging.log4j:log4j-core": LOG4J_VERSION,
    "org.apache.logging.log4j:log4j-slf4j-impl": LOG4J_VERSION,
}
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>habeas</groupId><artifactId>test-broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{dependencies}</dependencies>
</project>
"""
_LOGGING = """appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c %m%n
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
"""


def available() -> bool:
    """Whether Java and Maven are there."""
    return shutil.which("java") is not None and shutil.which("mvn") is not None


@contextmanager
def started() -> Iterator[str]:
    """One broker with empty logs; its address."""
    classpath = f"{_jars()}/*"
    with tempfile.TemporaryDirectory(prefix="habeas-kafka-") as name:
        folder = Path(name)
        port, controller_port = free_ports(2)
        properties = folder / "server.properties"
        properties.write_text(server_properties(folder / "data", port=port, controller_port=controller_port))
        (folder / "log4j2.properties").write_text(_LOGGING)
        cluster = _cluster_id()
        java = ["java", "-Xmx512m", "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={folder}/log4j2.properties"]
        java += ["-cp", classpath]
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties), "--ignore-formatted"]
        formatted = subprocess.run([*java, *tool], check=False, capture_output=True, text=True, timeout=_START_S_MAX)
        if formatted.returncode:
            raise RuntimeError(f"Kafka's storage could not be formatted: {formatted.stderr[-2000:]}")
        with child([*java, "kafka.Kafka", str(properties)], log=folder / "broker.log") as broker:
            address = f"127.0.0.1:{port}"
            await_answer(lambda: answers(address), what="Kafka", timeout_s=_START_S_MAX, process=broker)
            yield address


def _cluster_id() -> str:
    """A random one. Kafka takes one that begins with "-" for an option, and makes none (its Uuid.randomUuid)."""
    while (cluster := urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return cluster


def server_properties(data: Path, *, port: int, controller_port: int) -> str:
    """The settings of one combined node."""
    return f"""process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
""" + "".join(f"{name}={value}\n" for name, value in ONE_BROKER.items())


ONE_BROKER = {
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "auto.create.topics.enable": "false",
}
"""What one broker needs to stand alone, and to be quick about it."""


def answers(address: str) -> bool:
    """Whether a broker does. The plain connection comes first: the client library is slow to clean up after itself."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    log = KafkaLog(address, client_options={"bootstrap_timeout_ms": 1000, "request_timeout_ms": 3000})
    try:
        return not log.check()
    finally:
        log.close()


def _jars() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "habeas" / "kafka"
    cache.mkdir(parents=True, exist_ok=True)
    jars = cache / f"{KAFKA_VERSION}-{LOG4J_VERSION}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.exists():
            _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    with tempfile.TemporaryDirectory(dir=jars.parent) as name:
        work = Path(name)
        dependencies = "".join(
            f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
            f"<version>{version}</version></dependency>"
            for (group, artifact), version in ((each.split(":"), version) for each, version in _ARTIFACTS.items())
        )
        (work / "pom.xml").write_text(_POM.format(dependencies=dependencies))
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={work / 'lib'}"]
        subprocess.run(["mvn", "-B", "-q", *goal], cwd=work, check=True, timeout=280, stdin=subprocess.DEVNULL)
        (work / "lib").rename(jars)
