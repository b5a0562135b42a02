"""The rights, as events name them."""

from typing import Literal

Right = Literal[
    "access",
    "portability",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "withdrawal",
    "automated-decisions",
]
Matter = Literal[Right, "complaint"]
"""What a letter is about: a request by its right, or a complaint."""
