"""Pickled dynamic providers in users' states."""

from __future__ import annotations

import json
from pathlib import Path

PICKLED: dict[str, str] = json.loads(Path(__file__).with_name("pickled_providers.json").read_text())
"""The pickled provider of each kind in users' states. A changed provider breaks its stacks."""
