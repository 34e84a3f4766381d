"""Parts of the site that are made while it is built: equations, and the tutorial's page.

Equations are written as on GitHub, between dollars. Here they become MathML, which browsers draw
without scripts or fonts from elsewhere.
"""

import re
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

TUTORIAL = "tutorial.ipynb"


def on_files(files: Files, config: Any) -> Files:
    """Add the notebook as a page."""
    notebook = Path(config.docs_dir) / TUTORIAL
    page = File.generated(config, "tutorial.md", content=notebook_page(notebook))
    files.append(page)
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links to the notebook, which GitHub shows, lead to its page."""
    return markdown.replace(f"]({TUTORIAL}", "](tutorial.md")


def on_page_content(html: str, **_: Any) -> str:
    """Replace TeX by MathML, and names with a role, as Sphinx has them, by the names."""
    inline = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
    display = re.compile(r'<div class="arithmatex">\\\[(.*?)\\\]</div>', re.DOTALL)
    html = re.sub(r":\w+:<code>~?(?:rnnfv\.)?([\w.]+)</code>", r"<code>\1</code>", html)
    html = inline.sub(lambda found: convert(unescape(found[1])), html)
    return display.sub(lambda found: convert(unescape(found[1]), display="block"), html)


def notebook_page(path: Path) -> str:
    """The cells of a notebook as Markdown: text, code, what it printed, its pictures."""
    parts = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        else:
            parts.append(f"```python\n{cell.source}\n```")
            parts += [text for output in cell.outputs if (text := shown(output))]
    return "\n\n".join(parts)


def shown(output: Any) -> str:
    """An output of a cell as Markdown; empty for what has no form here."""
    data = output.get("data", {})
    if "image/png" in data:
        return f"![](data:image/png;base64,{data['image/png'].strip()})"
    text = output.get("text") or data.get("text/plain", "")
    return f"```text\n{text.rstrip()}\n```" if text else ""
