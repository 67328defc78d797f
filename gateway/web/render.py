"""From a template and what was asked of the services to a page."""

import gzip
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from gateway.web import drawings
from gateway.web.assets import Assets
from gateway.web.markdown import markdown
from gateway.web.words import Words

TEMPLATES = Path(__file__).parent / "templates"
SHELL = ("app.css", "app.js", "bricolage-700.woff2")
"""What every page brings along at the first visit."""

_WEIGHT = "%WEIGHT%"


CONSTANT = ("_", "asset", "icon", "integrity", "kind", "mark", "pin", "seal")
"""What a template calls with the same words each time, and gets the same from."""


class _Constants(NodeTransformer):
    """Puts what a call of `CONSTANT` with nothing but constants returns in the place of the call."""

    def __init__(self, environment: Environment) -> None:
        self._context = nodes.EvalContext(environment)
        named: dict[str, Any] = environment.globals
        self._calls: dict[str, Callable[..., str]] = {name: named[name] for name in CONSTANT}
        # A sentence without values is a format too, in which `%%` is one sign.
        self._calls["_"] = lambda message, **values: Markup(named["words"].gettext(message)) % values

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - as the base class has it
        self.generic_visit(node)
        call = self._calls.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if call is None or node.dyn_args or node.dyn_kwargs:
            return node
        try:
            values = [value.as_const(self._context) for value in node.args]
            named = {each.key: each.value.as_const(self._context) for each in node.kwargs}
        except nodes.Impossible:
            return node
        return nodes.Const(call(*values, **named), lineno=node.lineno)


class _Generator(CodeGenerator):
    """Compiles a template once for each language: its sentences, icons and addresses are text then, not calls."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        super().visit_Template(_Constants(self.environment).visit(node), frame)


class _Environment(Environment):
    code_generator_class = _Generator


class Renderer:
    """Makes pages of templates, in any language; knows what was built for browsers."""

    def __init__(self, assets: Assets, node_name: str) -> None:
        self.assets = assets
        self._node_name = node_name
        self._environments: dict[str, Environment] = {}

    def page(self, template: str, words: Words, context: Mapping[str, Any]) -> str:
        """
        Return the page that *template* makes of *context*.

        Where it says how heavy it is, that is put in last: in kilobytes as sent at a first visit.
        """
        html = words.typeset(self._environment(words).get_template(template).render(context))
        if _WEIGHT not in html:
            return html
        shell = sum(self.assets[name].gzip_bytes for name in SHELL)
        weight = round((len(gzip.compress(html.encode(), 6)) + shell) / 1000)
        return html.replace(_WEIGHT, words.number(weight))

    def part(self, template: str, block: str, words: Words, context: Mapping[str, Any]) -> str:
        """Return one block of a template alone: what is put in place of an older one without loading the page anew."""
        found = self._environment(words).get_template(template)
        inner = found.new_context(dict(context))
        return words.typeset("".join(found.blocks[block](inner)))

    def _environment(self, words: Words) -> Environment:
        if words.language not in self._environments:
            self._environments[words.language] = self._made(words)
        return self._environments[words.language]

    def _made(self, words: Words) -> Environment:
        environment = _plain()
        environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
        environment.globals.update(
            words=words,
            node_name=self._node_name,
            asset=self.assets.url,
            integrity=lambda name: self.assets[name].integrity,
            icon=self._icon,
            avatar=drawings.avatar,
            dist=drawings.distance,
            kind=drawings.kind,
            mark=drawings.mark,
            pin=drawings.pin,
            seal=drawings.seal,
            weight=Markup(_WEIGHT),
            now=lambda: datetime.now(UTC),
        )
        environment.filters.update(
            number=words.number,
            clock=words.clock,
            day=words.day,
            distance=words.distance,
            markdown=markdown,
            url=lambda text: quote(str(text), safe=""),
        )
        return environment

    def _icon(self, name: str, css: str = "") -> Markup:
        """Return a Lucide icon, which stands beside a word that says the same."""
        css_class = f"i {css}".strip()
        drawing = self.assets.icons[name]
        return Markup(f'<svg class="{css_class}" viewBox="0 0 24 24" aria-hidden="true">{drawing}</svg>')


@cache
def _templates() -> FileSystemLoader:
    return FileSystemLoader(TEMPLATES)


def _plain() -> Environment:
    return _Environment(
        loader=_templates(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
