"""Where the project's data lies: beside the package, in a checkout as in an installed wheel."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
QUESTIONNAIRES = ROOT / "questionnaires"
TRANSLATIONS = ROOT / "translations"
PACKAGE = Path(__file__).parent
