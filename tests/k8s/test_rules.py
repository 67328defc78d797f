"""The rules of the house for what runs in a cluster."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from libs.node.permissions import SERVICES, USERS
from libs.node.secret_files import KEYS, PASSWORDS
from libs.node.version import VERSION
from libs.settings import BackupSettings, GatewaySettings, PreparationSettings, SealerSettings, ServiceSettings
from tests.k8s.manifests import K8S, Manifests, Object, Workload, build, with_component

SETTINGS: dict[str, Any] = {
    "service": ServiceSettings,
    "gateway": GatewaySettings,
    "sealer": SealerSettings,
    "prepare": PreparationSettings,
    "backup": BackupSettings,
}

VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
"""Of those that `restricted` allows, the ones that are used here."""

HOW = ("httpGet", "tcpSocket", "exec")
"""What a probe may do."""

ONLY_ONE_IS_TOLD = {"PLAANET_BACKUP_RECIPIENTS", "PLAANET_LOG_REPLICAS", "PLAANET_WAIT_S"}
"""Of a backup and a restore: for whom it is closed; on how many new servers, and how long they are waited for."""

BESIDE_THE_POOL = 1
"""Connections of a service's process that are not in its pool."""

MADE_ELSEWHERE = {"postgres-ca", "gateway-tls", "backup-bucket", "backup-identity"}
"""Secrets that others make: CloudNativePG, and whoever has the host's certificate, a bucket, or the backups' key."""


def containers(manifests: Manifests) -> Iterator[tuple[Workload, Object]]:
    """Every container of every pod."""
    for workload in manifests.workloads():
        for container in workload.containers:
            yield workload, container


class TestContainers:
    def test_are_of_a_known_version(self, manifests: Manifests) -> None:
        """No image is `latest`, by name or by silence."""
        for _, container in containers(manifests):
            name, _, tag = container["image"].rpartition(":")
            assert name, container["image"]
            assert re.fullmatch(r"\d[\w.-]*", tag), container["image"]

    def test_have_requests_and_limits(self, manifests: Manifests) -> None:
        """So much is kept free for each, and more than so much none takes."""
        for workload, container in containers(manifests):
            for kind in ("requests", "limits"):
                assert {*container["resources"][kind]} == {"cpu", "memory"}, workload.name

    def test_have_no_privilege(self, manifests: Manifests) -> None:
        """Nobody is root, gains anything, writes where the image lies, or speaks to the cluster's API."""
        for workload, container in containers(manifests):
            pod, own = workload.pod["securityContext"], container["securityContext"]
            assert pod["runAsNonRoot"] is True
            assert pod["runAsUser"] > 0
            assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
            assert own == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert workload.pod["automountServiceAccountToken"] is False
            assert not {"hostNetwork", "hostPID", "hostIPC"} & {*workload.pod}
            assert not any("hostPort" in port for port in container.get("ports", []))
            for volume in workload.pod["volumes"]:
                assert {*volume} - {"name"} <= VOLUMES, volume

    def test_are_probed(self, manifests: Manifests) -> None:
        """Who stays is asked whether it has started, lives and is ready; readiness is more than life."""
        for workload in manifests.workloads("Deployment", "StatefulSet"):
            main = workload.main
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= {*main}, workload.name
            asked = [[main[probe].get(how) for how in HOW] for probe in ("livenessProbe", "readinessProbe")]
            assert asked[0] != asked[1], workload.name

    def test_mount_what_there_is(self, manifests: Manifests) -> None:
        """Each mount is of a volume of its pod, and each volume is mounted."""
        for workload in manifests.workloads():
            claims = [each["metadata"]["name"] for each in workload.spec.get("volumeClaimTemplates", [])]
            volumes = [each["name"] for each in workload.pod["volumes"]]
            mounted = {mount["name"] for each in workload.containers for mount in each["volumeMounts"]}
            assert mounted == {*claims, *volumes}, workload.name
            assert len(volumes) == len({*volumes})

    def test_are_told_what_they_can_read(
        self, manifests: Manifests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Every `PLAANET_` variable is a setting of that process, and its value one that it takes."""
        for workload in manifests.workloads():
            if workload.component not in SETTINGS:
                continue
            settings = SETTINGS[workload.component]
            told = manifests.environment(workload.main)
            own = {name: value for name, value in told.items() if name.startswith("PLAANET_")}
            unknown = {name.removeprefix("PLAANET_").lower() for name in own} - {*settings.model_fields}
            assert not unknown, workload.name
            with monkeypatch.context() as patch:
                for name, value in own.items():
                    patch.setenv(name, str(tmp_path) if value == "/run/secrets/plaanet" else value)
                assert settings().node_name == manifests.one("ConfigMap", "node")["data"]["name"]


class TestProcesses:
    def test_every_service_runs(self, manifests: Manifests) -> None:
        """Each runs its own module, as its own NATS user, with its own secret and account."""
        services = [each for each in manifests.workloads("Deployment") if each.component == "service"]

        assert {each.name for each in services} == {*SERVICES}
        for each in services:
            assert each.main["command"] == ["python", "-m", f"services.{each.name}.app"]
            assert manifests.environment(each.main)["PLAANET_NATS_USER"] == each.name
            assert each.pod["serviceAccountName"] == each.name
            assert secrets_of(each.pod) - MADE_ELSEWHERE == {each.name}

    def test_nobody_holds_the_secret_of_another(self, manifests: Manifests) -> None:
        """Only NATS, which checks the passwords, and `prepare`, which sets them, know more than their own."""
        for each in manifests.workloads("Deployment"):
            assert secrets_of(each.pod) - MADE_ELSEWHERE == {each.name}

    def test_a_service_takes_ten_lines(self) -> None:
        """What all services share stands once."""
        for service in SERVICES:
            text = (K8S / "base" / service / "kustomization.yaml").read_text()
            assert len(text.splitlines()) <= 10
            assert len(list((K8S / "base" / service).iterdir())) == 1

    def test_nats_knows_every_user(self, manifests: Manifests) -> None:
        """The password of each account of the table is there when the servers' accounts are written, and no other."""
        [passwords] = [each for each in manifests.workload("nats").pod["volumes"] if each["name"] == "passwords"]
        paths = [item["path"] for source in passwords["projected"]["sources"] for item in source["secret"]["items"]]

        assert sorted(paths) == sorted(f"nats-{user}.txt" for user in USERS)

    def test_names_lead_somewhere(self, manifests: Manifests) -> None:
        """Every account, claim and ConfigMap that a pod names is in the same build."""
        there = {(each["kind"], each["metadata"]["name"]) for each in manifests.objects}
        for workload in manifests.workloads():
            assert ("ServiceAccount", workload.pod["serviceAccountName"]) in there
            for volume in workload.pod["volumes"]:
                if "persistentVolumeClaim" in volume:
                    assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in there
                if "configMap" in volume and not volume["configMap"].get("optional"):
                    assert ("ConfigMap", volume["configMap"]["name"]) in there
            for container in workload.containers:
                for variable in container.get("env", []):
                    if ref := variable.get("valueFrom", {}).get("configMapKeyRef"):
                        assert ("ConfigMap", ref["name"]) in there
        for service in manifests.of("Service"):
            pods = [
                each for each in manifests.workloads() if service["spec"]["selector"].items() <= each.labels.items()
            ]
            assert len(pods) == 1, service["metadata"]["name"]


class TestSecrets:
    def test_are_there_by_name_only(self, manifests: Manifests) -> None:
        """No manifest holds a secret."""
        assert not manifests.of("Secret")

    def test_are_all_made(self, manifests: Manifests) -> None:
        """Every secret that a pod names, and every key of it, is one that an operator makes as the README says."""
        recipe = yaml.safe_load((K8S / "secrets" / "kustomization.yaml").read_text())
        made = {each["name"]: keys_of(each) for each in recipe["secretGenerator"]}
        for workload in manifests.workloads():
            for name, keys in named_in(workload.pod):
                assert name in made or name in MADE_ELSEWHERE, (workload.name, name)
                assert keys <= made.get(name, keys), (workload.name, name)
        assert made["operator"] == {"nats-password"}

    def test_external_secrets_bring_each(self) -> None:
        """Whoever has a vault needs no files: there is an entry for each secret."""
        entries = yaml.safe_load_all((K8S / "components" / "external-secrets" / "externalsecrets.yaml").read_text())
        recipe = yaml.safe_load((K8S / "secrets" / "kustomization.yaml").read_text())

        assert {each["spec"]["target"]["name"] for each in entries} == {
            each["name"] for each in recipe["secretGenerator"]
        }


def secrets_of(pod: Object) -> set[str]:
    """The names of the secrets that a pod mounts or reads."""
    return {name for name, _ in named_in(pod)}


def named_in(pod: Object) -> Iterator[tuple[str, set[str]]]:
    """The secrets that a pod names, with the keys of each."""
    for volume in pod["volumes"]:
        if "secret" in volume:
            yield volume["secret"]["secretName"], {each["key"] for each in volume["secret"].get("items", [])}
        for source in volume.get("projected", {}).get("sources", []):
            yield source["secret"]["name"], {each["key"] for each in source["secret"]["items"]}
    for container in pod["containers"]:
        for variable in container.get("env", []):
            if ref := variable.get("valueFrom", {}).get("secretKeyRef"):
                yield ref["name"], {ref["key"]}


def keys_of(generator: Object) -> set[str]:
    """The keys of a secret that kustomize makes from files and words."""
    files = [each.partition("=")[0].rpartition("/")[2] for each in generator["files"]]
    return {*files, *(each.partition("=")[0] for each in generator.get("literals", []))}


class TestBackup:
    @pytest.fixture
    def backup(self, tmp_path: Path) -> Workload:
        """The job that copies the node."""
        return with_component(tmp_path, "backup").workload("backup")

    @pytest.fixture
    def restore(self, tmp_path: Path) -> Workload:
        """The job that brings it back, and then prepares it."""
        (tmp_path / "restore").mkdir()
        return with_component(tmp_path / "restore", "restore").workload("prepare")

    def test_copies_every_secret(self, backup: Workload) -> None:
        """Each stands where `plaanet secrets` has it, and so comes back as a node was made with it."""
        [secrets] = [each["projected"]["sources"] for each in backup.pod["volumes"] if "projected" in each]
        paths = [item["path"] for source in secrets for item in source["secret"]["items"]]

        assert sorted(paths) == sorted({f"{name}.txt" for name in PASSWORDS} - {"grafana-admin.txt"} | {*KEYS})

    def test_a_restore_finds_what_a_backup_copied(self, backup: Workload, restore: Workload) -> None:
        """Both are told of the same secrets, servers, folders and bucket; the first writes to no folder of the node."""
        [first] = [each for each in restore.containers if each["name"] == "restore"]
        by_name = [
            {each["name"]: each for each in container["env"] if each["name"] not in ONLY_ONE_IS_TOLD}
            for container in (backup.main, first)
        ]
        sources = [
            next(each["projected"]["sources"] for each in workload.pod["volumes"] if each["name"] == "secrets")
            for workload in (backup, restore)
        ]

        assert by_name[0] == by_name[1]
        assert sources[0] == sources[1]
        folders = [mount for mount in backup.main["volumeMounts"] if mount["name"] in ("tiles", "state")]
        assert [mount["readOnly"] for mount in folders] == [True, True]

    def test_is_of_this_release(self, backup: Workload, restore: Workload) -> None:
        """Whoever takes the component has the same program as the node."""
        assert {each["image"] for each in (*backup.containers, *restore.containers)} == {f"plaanet:{VERSION}"}

    def test_one_at_a_time(self, tmp_path: Path) -> None:
        """One that still works is let end before the next is begun."""
        [job] = with_component(tmp_path, "backup").of("CronJob")

        assert job["spec"]["concurrencyPolicy"] == "Forbid"


class TestDisruption:
    def test_everything_that_stays_has_a_budget(self, manifests: Manifests) -> None:
        """A drain takes one of each at a time; and every budget is for somebody."""
        budgets = [each["spec"] for each in manifests.of("PodDisruptionBudget")]
        stay = [*manifests.workloads("Deployment", "StatefulSet")]
        assert len(budgets) == len(stay)
        for workload in stay:
            [own] = [b for b in budgets if b["selector"]["matchLabels"].items() <= workload.labels.items()]
            assert own["maxUnavailable"] == 1

    def test_everything_that_stays_is_spread(self, manifests: Manifests) -> None:
        """Two of a kind are on two machines where there are two."""
        for workload in manifests.workloads("Deployment", "StatefulSet"):
            constraints = workload.pod["topologySpreadConstraints"]
            for each in constraints:
                assert each["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": workload.name}
            apart = [each for each in constraints if each["topologyKey"] == "kubernetes.io/hostname"]
            assert apart or "podAntiAffinity" in workload.pod["affinity"], workload.name

    def test_everybody_is_given_time_to_end(self, manifests: Manifests) -> None:
        """A pod is killed only after what it has taken on can be done: the gateway's waiting, and its requests."""
        for workload in manifests.workloads("Deployment"):
            assert workload.pod["terminationGracePeriodSeconds"] >= 30
        gateway = manifests.workload("gateway")
        wait_s = gateway.main["lifecycle"]["preStop"]["sleep"]["seconds"]
        graceful_s = GatewaySettings.model_fields["request_timeout_s"].default
        assert wait_s >= 5
        assert gateway.pod["terminationGracePeriodSeconds"] >= wait_s + graceful_s + 10

    def test_a_new_version_comes_before_the_old_one_goes(self, manifests: Manifests) -> None:
        """But for the sealer: there, never two versions at once."""
        for workload in manifests.workloads("Deployment"):
            if workload.name == "sealer":
                assert workload.spec["strategy"] == {"type": "Recreate"}
            else:
                assert workload.spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


class TestSize:
    def test_dev_is_one_of_each(self, dev: Manifests) -> None:
        """One of each process, one NATS server, one PostgreSQL server, and logs that are kept once."""
        assert {each.spec.get("replicas", 1) for each in dev.workloads("Deployment", "StatefulSet")} == {1}
        assert not dev.of("HorizontalPodAutoscaler")
        assert dev.environment(dev.workload("prepare").main)["PLAANET_LOG_REPLICAS"] == "1"
        assert "cluster" not in dev.one("ConfigMap", "nats")["data"]["cluster.conf"]

    def test_production_is_two_or_more(self, production: Manifests) -> None:
        """Two or more of each service, three gateways, logs on three servers, three databases."""
        least = {
            each["metadata"]["name"]: each["spec"]["minReplicas"] for each in production.of("HorizontalPodAutoscaler")
        }

        assert least == {**dict.fromkeys(SERVICES, 2), "gateway": 3}
        assert production.workload("nats").spec["replicas"] == 3
        assert production.environment(production.workload("prepare").main)["PLAANET_LOG_REPLICAS"] == "3"
        assert production.one("Cluster", "postgres")["spec"]["instances"] == 3
        for each in production.workloads("Deployment"):
            assert "replicas" not in each.spec or each.name == "sealer"

    def test_one_autoscaler_for_each(self, production: Manifests, with_keda: Manifests) -> None:
        """KEDA's take the place of the others, and no two pull at one deployment."""
        targets = sorted(each["spec"]["scaleTargetRef"]["name"] for each in production.of("HorizontalPodAutoscaler"))
        by_keda = sorted(each["spec"]["scaleTargetRef"]["name"] for each in with_keda.of("ScaledObject"))

        assert targets == by_keda == sorted([*SERVICES, "gateway"])
        assert not with_keda.of("HorizontalPodAutoscaler")

    def test_databases_have_connections_for_all(self, production: Manifests) -> None:
        """Also while each service is at its largest and a new version comes beside it."""
        role_max = int(production.environment(production.workload("prepare").main)["PLAANET_ROLE_CONNECTIONS_MAX"])
        each_max = ServiceSettings.model_fields["database_connections_max"].default + BESIDE_THE_POOL
        all_max = production.one("Cluster", "postgres")["spec"]["postgresql"]["parameters"]["max_connections"]
        for scaler in production.of("HorizontalPodAutoscaler"):
            if scaler["metadata"]["name"] in SERVICES:
                assert (scaler["spec"]["maxReplicas"] + 1) * each_max <= role_max
        assert len(SERVICES) * role_max < int(all_max)

    def test_the_namespace_refuses_what_is_not_restricted(self, manifests: Manifests) -> None:
        """The API itself holds the rule about privileges."""
        labels = manifests.one("Namespace", "plaanet")["metadata"]["labels"]

        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"

    def test_everything_is_in_it(self, manifests: Manifests) -> None:
        """Nothing lands in whatever namespace an operator happens to be in."""
        for each in manifests.objects:
            assert each["kind"] == "Namespace" or each["metadata"]["namespace"] == "plaanet"


def test_servers_are_of_the_versions_that_compose_has(dev: Manifests) -> None:
    """One machine or many: the same NATS, the same PostgreSQL, the same release."""
    compose = yaml.safe_load((K8S.parent / "docker-compose.yml").read_text())["services"]

    for server in ("nats", "postgres"):
        assert dev.workload(server).main["image"] == compose[server]["image"]
    assert dev.workload("gateway").main["image"] == f"plaanet:{VERSION}"


def test_the_base_builds_alone() -> None:
    """An overlay of one's own begins there."""
    assert build(K8S / "base").of("Deployment")
