"""What members write, as HTML that can do nothing: Markdown without raw HTML, cleaned once more."""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"}
_parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).disable("image")


def markdown(text: str, top: int = 3) -> Markup:
    """
    Return *text* as HTML.

    Headings begin at the level *top* (2 or 3), below the page's own. Links lead out without saying where from, and
    carry nothing but http and https; images are not fetched.
    """
    html = _parser.render(text)
    for level in (2, 1):
        shown = level + top - 1
        html = html.replace(f"<h{level}>", f"<h{shown}>").replace(f"</h{level}>", f"</h{shown}>")
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow ugc",
    )
    return Markup(clean)
