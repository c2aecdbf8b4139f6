"""A drawn plot as text that can stand inside an HTML page."""

from __future__ import annotations

import io
import re
import warnings
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.axes import Axes

from ._style import figure_of, style

SVG = "http://www.w3.org/2000/svg"
LINK = "{http://www.w3.org/1999/xlink}href"
REFERENCE = re.compile(r"url\(#([^)]+)\)")


def svg(ax: Axes, name: str, *, title: str) -> str:
    """The figure of ``ax`` as one ``<svg>`` element; the same plot gives the same bytes.

    Text stays text (it can be searched and read aloud) and is escaped. There is no script, no style sheet and
    no reference to anything outside the element.

    Parameters
    ----------
    ax
        Axes of the figure.
    name
        Put before every id, so that several figures can stand in one page. Letters, digits and hyphens.
    title
        What the figure shows, for readers who do not see it.
    """
    figure = figure_of(ax)
    target = io.StringIO()
    with style(), warnings.catch_warnings():
        mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": name, "image.composite_image": False})
        # letters our font lacks are drawn by the reader's browser, so a box is never seen
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        figure.savefig(target, format="svg", metadata={"Date": None})
    root = ElementTree.fromstring(target.getvalue())
    _strip(root)
    _rename(root, name)
    width = float(root.attrib.pop("width").removesuffix("pt"))
    root.attrib.pop("height")
    root.attrib.pop("version", None)
    root.set("role", "img")
    root.set("aria-label", title)
    root.set("style", f"width: {width:.0f}pt; stroke-linejoin: round; stroke-linecap: butt")
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _strip(root: ElementTree.Element) -> None:
    """Drop the metadata and the global style sheet that matplotlib adds."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)


def _rename(root: ElementTree.Element, name: str) -> None:
    """Put ``name`` before every id and every reference to one."""
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key == "id":
                element.set(key, f"{name}-{value}")
            elif key in (LINK, "href"):
                del element.attrib[key]
                element.set("href", f"#{name}-{value[1:]}" if value.startswith("#") else value)
            elif "url(#" in value:
                element.set(key, REFERENCE.sub(rf"url(#{name}-\1)", value))
