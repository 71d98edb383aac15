"""`make sbom` lists what posd runs on: every package of the lock, in that version, and no other."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT

TOOL = ROOT / ".venv/release/bin/cyclonedx-py"
LOCK = ROOT / "requirements.lock"
PINNED = re.compile(r"([A-Za-z0-9._-]+)==([^ \\;]+)")


@pytest.mark.timeout(60)
@pytest.mark.skipif(not TOOL.exists(), reason="`make sbom` was never run: no cyclonedx-py")
def test_the_list_of_parts_is_the_lock(tmp_path: Path) -> None:
    target = tmp_path / "posd.cdx.json"
    asked = ["requirements", str(LOCK), "--output-reproducible", "--output-file", str(target)]
    subprocess.run([TOOL, *asked], check=True, capture_output=True, timeout=60)
    told = json.loads(target.read_text())
    assert told["bomFormat"] == "CycloneDX"
    pinned = [match.groups() for match in map(PINNED.match, LOCK.read_text().splitlines()) if match]
    assert sorted((one["name"], one["version"]) for one in told["components"]) == sorted(pinned)
