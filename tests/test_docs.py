"""What the pages for users show is run as it stands there."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs" / "user"
BLOCKS = re.findall(r"```python\n(.*?)```", (DOCS / "model.md").read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_scripts_of_the_page_on_the_model_run(block: str) -> None:
    few = block.replace("10_000", "10").replace("[:64]", "[:2]").replace("0.4, 41", "0.4, 3")
    exec(compile(few, "model.md", "exec"), {})
