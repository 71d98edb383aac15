"""What is written about metrics is what posd exports, and Prometheus' own tool reads it."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posd.metrics.families import FAMILIES, Kind
from tests.tidy.metric_tables import LABELS, fresh
from tests.tidy.tree import ROOT

DOCS = ROOT / "docs"
PAGE = (DOCS / "metrics.md").read_text()
RULES = DOCS / "prometheus" / "posd.rules.yml"
TRIED = DOCS / "prometheus" / "posd.rules.test.yml"
DASHBOARD = json.loads((DOCS / "grafana" / "posd.json").read_text())
NAME = re.compile(r"\b(?:posd|process)_[a-z_]+\b")
MATCHED = re.compile(r"(\w+)(?:=~|!~|!=|=)\"([^\"]*)\"")
PROCESS = {
    *("process_start_time_seconds", "process_cpu_seconds_total", "process_open_fds"),
    *("process_resident_memory_bytes", "process_virtual_memory_bytes", "process_max_fds"),
}
"""What Prometheus' library tells of any process."""
OF_PROMETHEUS = {"job", "instance"}
LEFT_OUT = {
    "posd_reader_info",
    "posd_reader_last_seen_timestamp_seconds",
    "posd_needs_person_stopping",
    "posd_unproven_amount_minor_units",
    "posd_ends_of_day_total",
    "posd_queue_payments",
    "posd_reports_total",
    "posd_upstream",
    "posd_mirror_heard_timestamp_seconds",
    "posd_journal_facts_total",
    "posd_journal_gap",
    "posd_certificate_expiry_timestamp_seconds",
}
"""What the dashboard does not show: names, and what only an alert or a closer look asks for."""
WORST = """
rule_files: []
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {{series: 'up{{job="posd", instance="dark"}}', values: "0"}}
      - {{series: 'up{{job="posd", instance="red"}}', values: "1"}}
      - {{series: 'up{{job="posd", instance="yellow"}}', values: "1"}}
      - {{series: 'up{{job="posd", instance="green"}}', values: "1"}}
      - {{series: 'up{{job="other", instance="stranger"}}', values: "0"}}
      - {{series: 'posd_verdict{{job="posd", instance="red", level="stop"}}', values: "1"}}
      - {{series: 'posd_verdict{{job="posd", instance="red", level="attention"}}', values: "0"}}
      - {{series: 'posd_verdict{{job="posd", instance="yellow", level="stop"}}', values: "0"}}
      - {{series: 'posd_verdict{{job="posd", instance="yellow", level="attention"}}', values: "1"}}
      - {{series: 'posd_verdict{{job="posd", instance="green", level="ok"}}', values: "1"}}
      - {{series: 'posd_verdict{{job="posd", instance="green", level="stop"}}', values: "0"}}
    promql_expr_test:
      - expr: >-
          {worst}
        eval_time: 0m
        exp_samples:
          - {{labels: '{{instance="dark"}}', value: 8}}
          - {{labels: '{{instance="red"}}', value: 4}}
          - {{labels: '{{instance="yellow"}}', value: 2}}
          - {{labels: '{{instance="green"}}', value: 0}}
"""


def exported() -> set[str]:
    """Every name that a query can ask for."""
    names = set(PROCESS)
    for one in FAMILIES:
        if one.kind is Kind.HISTOGRAM:
            names |= {f"{one.name}_{part}" for part in ("bucket", "count", "sum")}
        else:
            names.add(one.name)
    return names


def queries() -> Iterator[str]:
    """Every query of the dashboard."""
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def promtool(*arguments: str | Path) -> str:
    """What Prometheus' own tool prints. Fails with it."""
    if shutil.which("promtool") is None:
        pytest.skip("no promtool here (make deps)")
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def expressions() -> str:
    """What the rules ask for: their file without its sentences."""
    lines = RULES.read_text().splitlines()
    return "\n".join(line for line in lines if not re.match(r"\s+(summary|description):|#", line))


def test_the_tables_are_made_from_the_code() -> None:
    assert fresh(PAGE) == PAGE, "make them anew: python -m tests.tidy.metric_tables"


def test_every_label_is_explained() -> None:
    assert set(LABELS) == {label for one in FAMILIES for label in one.labels}


def test_the_page_names_no_metric_that_there_is_not() -> None:
    prose = re.sub(r"<!-- metrics -->.*<!-- /metrics -->", "", PAGE, flags=re.DOTALL)
    named = set(NAME.findall(prose))
    assert named >= PROCESS
    assert not named - exported()


@pytest.mark.parametrize("asked", [*queries(), expressions()], ids=lambda text: text[:40])
def test_what_is_asked_for_is_exported_with_these_labels_and_values(asked: str) -> None:
    plain = re.sub(r"\$\w+", "", asked)
    labels = {label for one in FAMILIES for label in one.labels}
    assert not set(NAME.findall(plain)) - exported()
    matched = MATCHED.findall(plain)
    assert not {label for label, _ in matched} - labels - OF_PROMETHEUS
    for label, values in matched:
        for value in values.split("|") if label in {"level", "status", "leg", "outcome"} else ():
            assert f"`{value}`" in LABELS[label], (label, value)


def test_what_the_dashboard_leaves_out_is_listed() -> None:
    asked = set(NAME.findall(" ".join(queries())))
    shown = {re.sub("_(bucket|count|sum)$", "", name) for name in asked} | asked
    assert {one.name for one in FAMILIES} - shown == LEFT_OUT


def test_the_dashboard_asks_only_who_looks_which_prometheus_and_job() -> None:
    names = [one["name"] for one in DASHBOARD["templating"]["list"]]
    assert names == ["datasource", "job", "instance"]
    for panel in DASHBOARD["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_no_panel_lies_upon_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        cells = _cells(panel["gridPos"])
        assert not taken & cells, panel["title"]
        taken |= cells


def _cells(at: dict[str, Any]) -> set[tuple[int, int]]:
    columns, rows = range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])
    assert columns.stop <= 24
    return {(x, y) for x in columns for y in rows}


def test_the_worst_store_comes_first(tmp_path: Path) -> None:
    table = next(one for one in DASHBOARD["panels"] if one["title"] == "Stores, worst first")
    sorts = [one["options"] for one in table["transformations"] if one["id"] == "sortBy"]
    assert sorts == [{"sort": [{"field": "state", "desc": True}]}]
    worst = table["targets"][0]["expr"].replace("$job", "posd").replace("$instance", ".*")
    tried = tmp_path / "worst.yml"
    tried.write_text(WORST.format(worst=worst))
    promtool("test", "rules", tried)


def test_prometheus_reads_every_query_of_the_dashboard(tmp_path: Path) -> None:
    rules = ["groups:", "  - name: dashboard", "    rules:"]
    for number, asked in enumerate(queries()):
        known = asked.replace("$__rate_interval", "5m").replace("$", "")
        rules += [f"      - record: query:{'x' * (number + 1)}", f"        expr: '{known}'"]
    (tmp_path / "queries.yml").write_text("\n".join(rules))
    promtool("check", "rules", tmp_path / "queries.yml")


def test_prometheus_reads_the_alerts() -> None:
    count = RULES.read_text().count("- alert: ")
    assert f"SUCCESS: {count} rules found" in promtool("check", "rules", RULES)


@pytest.mark.timeout(60)
def test_each_alert_is_given_when_it_should_be_and_not_before() -> None:
    promtool("test", "rules", TRIED)


def test_each_alert_is_tried_silent_and_given() -> None:
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text())
    tried = re.findall(r"alertname: (\w+)\n( +exp_alerts:)?", TRIED.read_text())
    assert len(set(alerts)) == len(alerts)
    assert {name for name, given in tried if given} == set(alerts)
    assert {name for name, given in tried if not given} == set(alerts)


def test_each_alert_says_where_what_and_what_to_do() -> None:
    for alert in re.split(r"\n +- alert: ", RULES.read_text())[1:]:
        name = alert.partition("\n")[0]
        assert re.search(r"labels: {severity: (critical|warning)}", alert), name
        assert re.search(r'summary: "{{ \$labels\.instance }}: .+"', alert), name
        assert re.search(r'description: "[^"]+\."', alert), name


@pytest.mark.parametrize("number", [0, 1])
def test_prometheus_takes_the_examples(tmp_path: Path, number: int) -> None:
    examples = re.findall(r"<!-- scrape -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 2
    shutil.copy(RULES, tmp_path)
    for name in ("posd.key", "posd-ca.crt"):
        (tmp_path / name).touch()
    here = examples[number].replace("/etc/prometheus", str(tmp_path))
    (tmp_path / "prometheus.yml").write_text(here)
    promtool("check", "config", "--syntax-only", tmp_path / "prometheus.yml")
