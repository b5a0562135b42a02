"""Real files by others, laid out as a consultancy's systems, to fulfil requests of people who are in them."""

from habeas.sample.real.layout import RealPeople, RealRequest, lay_out, requests

__all__ = ["RealPeople", "RealRequest", "lay_out", "requests"]
