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
