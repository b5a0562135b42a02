"""CSV files as people have them: with commas, semicolons, tabs or bars."""

import csv


def dialect_of(head: str) -> type[csv.Dialect]:
    """How a file that begins so is written; as Excel does where that can't be told."""
    try:
        return csv.Sniffer().sniff(head, delimiters=",;\t|")
    except csv.Error:
        return csv.excel
