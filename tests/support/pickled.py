"""Pickled dynamic providers, as earlier code wrote them."""

from __future__ import annotations

import json
from pathlib import Path

PICKLED: dict[str, str] = json.loads(Path(__file__).with_name("pickled_providers.json").read_text())
"""The pickled provider of each kind in users' states. Never change one: its stacks could not be opened."""
