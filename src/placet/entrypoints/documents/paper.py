"""A sheet of A4 with its letterhead, its fonts and its few ways to set type. Fira Sans comes along with
Placet: Latin with all its marks, Greek and Cyrillic."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TextEmphasis
from fpdf.fonts import FontFace
from fpdf.table import Table

from placet.domain import money

INK: Final = (33, 37, 41)
GREY: Final = (108, 117, 125)
PALE: Final = (241, 243, 245)
RULE: Final = (206, 212, 218)
ACCENT: Final = (32, 76, 138)
STAMP: Final = (201, 42, 42)

MARGIN: Final = 18.0
WIDTH: Final = 210.0 - 2 * MARGIN
LINE: Final = 4.8
"""Millimetres from one line of text to the next."""

DASH: Final = "\u2013"
MINUS: Final = "\u2212"

STYLES: Final = {"": "Regular", "B": "SemiBold"}


@cache
def font_file(style: str) -> str:
    """Where a font of the family is."""
    return str(files("fontpkg_fira_sans") / "files" / f"FiraSans-{style}.ttf")


class Paper(FPDF):
    """A document of one seller's. `title` stands beside the letterhead, `footer_text` at every foot."""

    def __init__(self, title: str, letterhead: str, footer_text: str, at: datetime) -> None:
        super().__init__(unit="mm", format="A4")
        for style, name in STYLES.items():
            self.add_font("Fira", style, font_file(name))
        self._footer_text = footer_text
        self.stamped = ""  # a word across every page, under which it counts no more
        self.set_title(title)
        self.set_author(letterhead)
        self.set_creator("Placet")
        self.set_creation_date(at)
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 6)
        self.alias_nb_pages()
        self.add_page()
        self._head(title, letterhead)

    def _head(self, title: str, letterhead: str) -> None:
        self.type(17, "", GREY)
        self.cell(WIDTH, 7.5, title, align="R", new_x="LMARGIN", new_y="TOP")
        self.type(17, "B", ACCENT)
        self.multi_cell(WIDTH * 0.58, 7.5, letterhead, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(2)
        self.rule(ACCENT, 0.6)
        self.ln(7)

    def footer(self) -> None:
        """Whose paper it is, and which page of how many; over all, what it is stamped with."""
        self._stamp()
        self.set_y(-MARGIN)
        self.type(7.5, "", GREY)
        self.cell(WIDTH * 0.8, LINE, self._footer_text, align="L")
        self.cell(WIDTH * 0.2, LINE, f"{self.page_no()} / {{nb}}", align="R")

    def type(self, size: float, style: str = "", ink: tuple[int, int, int] = INK) -> None:
        """What follows is set like this."""
        self.set_font("Fira", TextEmphasis.coerce(style), size)
        self.set_text_color(*ink)

    def rule(self, ink: tuple[int, int, int] = RULE, thick: float = 0.2) -> None:
        """A line from margin to margin."""
        self.set_draw_color(*ink)
        self.set_line_width(thick)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())

    def columns(self, *columns: tuple[str, Sequence[str]]) -> None:
        """Blocks of text side by side, each under its small heading; the first line of each is strong."""
        top, lowest, width = self.get_y(), self.get_y(), WIDTH / len(columns)
        for place, (heading, lines) in enumerate(columns):
            self.set_xy(MARGIN + place * width, top)
            self.small_heading(heading, width)
            for number, text in enumerate(lines):
                self.set_x(MARGIN + place * width)
                self.type(9.5, "" if number else "B")
                self.multi_cell(width - 6, LINE, text, align="L", new_x="LMARGIN", new_y="NEXT")
            lowest = max(lowest, self.get_y())
        self.set_xy(MARGIN, lowest + 6)

    def facts(self, *facts: tuple[str, str]) -> None:
        """Short facts in a pale band, each under its name."""
        top, width = self.get_y(), WIDTH / len(facts)
        self.set_fill_color(*PALE)
        self.rect(MARGIN, top, WIDTH, 14, style="F")
        for place, (name, value) in enumerate(facts):
            self.set_xy(MARGIN + place * width + 3, top + 2.2)
            self.small_heading(name, width - 3)
            self.set_x(MARGIN + place * width + 3)
            self.type(9.5, "B")
            self.cell(width - 4, LINE, value)
        self.set_xy(MARGIN, top + 14 + 7)

    def small_heading(self, text: str, width: float) -> None:
        """A few grey words above something."""
        self.type(7.5, "", GREY)
        self.cell(width, LINE, text, new_x="LEFT", new_y="NEXT")

    def paragraph(self, text: str) -> None:
        """Words from margin to margin."""
        self.type(9)
        self.multi_cell(WIDTH, LINE, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def rows(self, widths: Sequence[float], aligns: str) -> AbstractContextManager[Table]:
        """A table to fill: its headings stand on every page, its rows stay whole. `aligns` is `L` or `R` for
        each column."""
        self.type(9)
        self.set_draw_color(*RULE)
        self.set_fill_color(255)
        self.set_line_width(0.2)
        return self.table(
            width=WIDTH,
            col_widths=tuple(widths),
            text_align=tuple("LEFT" if align == "L" else "RIGHT" for align in aligns),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="", size_pt=7.5, color=GREY, fill_color=PALE),
            line_height=LINE,
            padding=(1.4, 1),
            v_align="TOP",
        )

    def sums(self, *sums: tuple[str, str]) -> None:
        """Amounts at the right, one below the other; the last one is the one that counts."""
        needed = (LINE + 1.6) * len(sums) + 4
        if self.will_page_break(needed):
            self.add_page()
        for place, (name, amount) in enumerate(sums):
            last = place == len(sums) - 1
            self.set_x(MARGIN + WIDTH * 0.5)
            if last:
                self.set_fill_color(*PALE)
            self.type(10.5 if last else 9, "B" if last else "")
            self.cell(WIDTH * 0.25, LINE + (3 if last else 1), name, fill=last)
            self.cell(
                WIDTH * 0.25,
                LINE + (3 if last else 1),
                amount,
                align="R",
                fill=last,
                new_x="LMARGIN",
                new_y="NEXT",
            )
        self.ln(6)

    def _stamp(self) -> None:
        if self.stamped:
            with self.local_context(fill_opacity=0.16), self.rotation(32, 105, 150):
                self.type(72, "B", STAMP)
                self.set_xy(5, 140)
                self.cell(200, 20, self.stamped, align="C")

    def bytes(self) -> bytes:
        """The PDF."""
        return bytes(self.output())


def amount(minor: int, currency: str) -> str:
    """As everybody reads it, wherever they are: thousands apart, a point, the currency's code."""
    return f"{figure(minor, currency)}\u00a0{currency}"


def figure(minor: int, currency: str) -> str:
    """The same without the currency, for a column that is all of one."""
    whole, point, part = money.text(abs(minor), currency).partition(".")
    return f"{MINUS if minor < 0 else ''}{int(whole):,}".replace(",", "\u00a0") + point + part
