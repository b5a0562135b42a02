"""The topics as the brokers have them, beside what schemas/topics.py says."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kafka import KafkaAdminClient, errors
from kafka.admin import ConfigResource, ConfigResourceType

from habeas.ports import Problem
from schemas.topics import Topic

REPLICAS: Final = 3
_NOT_DURABLE = "With fewer than three brokers each record lies on one disk only: losing it loses the record."


def replicas(admin: KafkaAdminClient) -> int:
    """Three where there are three brokers, else one."""
    return REPLICAS if len(admin.describe_cluster()["brokers"]) >= REPLICAS else 1


def partition_counts(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """How many partitions each topic has, without those that are not there."""
    return {name: len(partitions) for name, partitions in _described(admin, names).items()}


def create(admin: KafkaAdminClient, topics: Sequence[Topic]) -> list[str]:
    """Make those that are missing."""
    there = _described(admin, [topic.name for topic in topics])
    copies = replicas(admin)
    missing = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": copies,
            "configs": topic.configs(replicas=copies),
        }
        for topic in topics
        if topic.name not in there
    }
    if not missing:
        return []
    try:
        admin.create_topics(missing, wait_for_metadata=True)
    except errors.TopicAlreadyExistsError:
        # Somebody made one at the same moment; the others of this request have been made all the same.
        admin.wait_for_topics(list(missing))
    return list(missing)


def problems(admin: KafkaAdminClient, topics: Sequence[Topic]) -> list[Problem]:
    """How the brokers' topics differ from what they should be."""
    copies = replicas(admin)
    found = _described(admin, [topic.name for topic in topics])
    settings = _settings(admin, list(found))
    problems = []
    if copies < REPLICAS:
        problems.append(Problem(_NOT_DURABLE, "Run three brokers, or accept it for a trial."))
    for topic in topics:
        if topic.name not in found:
            problems.append(Problem(f"Topic {topic.name} is missing.", "Run `habeas topics create`."))
        else:
            problems += _differences(topic, found[topic.name], settings[topic.name], copies)
    return problems


def _differences(
    topic: Topic, partitions: Sequence[Mapping[str, Any]], settings: Mapping[str, str], copies: int
) -> list[Problem]:
    differences = []
    if len(partitions) != topic.partitions:
        what = f"Topic {topic.name} has {len(partitions)} partitions instead of {topic.partitions}."
        differences.append(Problem(what, "Make a new topic: with another number the order of requests breaks."))
    least = min((len(each["replica_nodes"]) for each in partitions), default=0)
    if least < copies:
        what = f"Topic {topic.name} has partitions with {least} replicas instead of {copies}."
        differences.append(Problem(what, "Reassign its partitions to more brokers."))
    for name, wanted in topic.configs(replicas=copies).items():
        if not _same(settings.get(name), wanted):
            what = f"Topic {topic.name} has {name}={settings.get(name)} instead of {wanted}."
            differences.append(Problem(what, f"Set it: kafka-configs --alter --topic {topic.name}."))
    return differences


def _same(found: str | None, wanted: str) -> bool:
    """Lists have no order: the broker may say `delete,compact` for `compact,delete`."""
    return found is not None and sorted(found.split(",")) == sorted(wanted.split(","))


def _described(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    if not names:
        return {}
    described = admin.describe_topics(list(dict.fromkeys(names)))
    return {each["name"]: each["partitions"] for each in described if each["error_code"] == 0}


def _settings(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answer = admin.describe_configs(resources, config_filter="all")["topic"]
    return {name: {key: entry["value"] for key, entry in entries.items()} for name, entries in answer.items()}
