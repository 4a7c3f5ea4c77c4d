"""The pages' types are those of the running platform: a change of the interface that concerns a page is seen here."""

import subprocess
from pathlib import Path

from browser.seat import ROOT
from support.platform import Platform


def generated(source: str) -> subprocess.CompletedProcess[str]:
    command = ["node", str(ROOT / "web" / "scripts" / "generate.mjs"), source, "--check"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_generated_types_are_what_the_platform_answers(city: Platform) -> None:
    made = generated(f"{city.url}/api/openapi.json")
    assert made.returncode == 0, made.stderr


def test_a_changed_interface_is_noticed(tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_text('{"components": {"schemas": {}}}')
    made = generated(str(document))
    assert made.returncode != 0
    assert "IncidentView" in made.stderr
