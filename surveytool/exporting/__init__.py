"""Responses taken away as data: rows, codebook, judgements, and a note on what they are."""

from surveytool.exporting.export import FORMATS, SHAPES, VALUES, Exported, Wanted, export
from surveytool.exporting.files import XLSX, to_download, to_file
from surveytool.exporting.sheets import DATA

__all__ = [
    "DATA",
    "FORMATS",
    "SHAPES",
    "VALUES",
    "XLSX",
    "Exported",
    "Wanted",
    "export",
    "to_download",
    "to_file",
]
