"""Liquid for texts that strangers write: few tags, few filters, and an end that comes within milliseconds.

The context holds strings only. No tag reads another template. Ranges are refused at parsing unless they are small
literals (`islice` and `reversed` would walk a huge one before any limit of the library looks at it); what is left is
bounded by loops, filter calls and the length of every value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, TextIO

from liquid import BoundTemplate, Environment, Mode, Node, RenderContext, Tag, Token
from liquid.builtin import illegal, output
from liquid.builtin.content import Literal as Content
from liquid.builtin.expressions import Filter, FilteredExpression, Path
from liquid.builtin.expressions.primitive import Blank as LiquidBlank
from liquid.builtin.expressions.primitive import IntegerLiteral, RangeLiteral
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    for_tag,
    if_tag,
    inline_comment_tag,
    unless_tag,
)
from liquid.exceptions import ResourceLimitError
from liquid.expression import Expression
from liquid.undefined import Undefined

LOOPS = 200  # rounds of all nested loops together: more lines than a message has room for
FILTER_CALLS = 2_000  # in one rendering: about a millisecond
VALUE_LENGTH = 16_384  # characters of any value on its way: four messages
LARGEST_NUMBER = 10**15  # prices and counts; beyond it multiplications would grow without end
TAGS: tuple[type[Tag], ...] = (
    Content,
    illegal.Illegal,
    if_tag.IfTag,
    unless_tag.UnlessTag,
    case_tag.CaseTag,
    for_tag.ForTag,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    capture_tag.CaptureTag,
    comment_tag.CommentTag,
    inline_comment_tag.InlineCommentTag,
)
# fmt: off
FILTERS = [
    "append", "prepend", "capitalize", "downcase", "upcase", "strip", "lstrip", "rstrip",
    "squish", "strip_newlines", "replace", "replace_first", "remove", "remove_first", "slice",
    "truncate", "truncatewords", "split", "join", "first", "last", "size", "default", "plus",
    "minus", "times", "divided_by", "modulo", "round", "floor", "ceil", "abs", "at_least",
    "at_most",
]
# fmt: on


class LimitError(ResourceLimitError):
    """A limit of ours: the text would not end, or grow too large."""


class _Nothing(Undefined):
    """False in a condition, equal to the empty string and to Liquid's word `blank`."""

    __slots__ = ()

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What `isinstance` asks last: the comparison with `blank` looks for its own class, not for an undefined."""
        return LiquidBlank

    def __eq__(self, other: object) -> bool:
        return other == "" or super().__eq__(other)

    def __hash__(self) -> int:
        return hash("")


class Blank(str):
    """What a Contact lacks: Liquid takes "" for true, people who write `{% if email %}` mean whether there is one."""

    __slots__ = ()

    def __liquid__(self) -> object:
        return _Nothing("")


def with_blanks(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value if value.strip() else Blank() for name, value in variables.items()}


class FrugalContext(RenderContext):
    """Counts filter calls, looks at what goes in and out of them, and remembers the blanks that were printed."""

    __slots__ = ("blanks", "calls")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls = 0
        self.blanks: dict[str, None] = {}

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        plain = super().filter(name, token)

        def bounded(value: object, *args: object, **kwargs: object) -> object:
            self.calls += 1
            if self.calls > FILTER_CALLS:
                raise LimitError("too many filters", token=token)
            if name in {"replace", "join"}:
                _refuse_growth(name, value, args, token)
            result = plain(value, *args, **kwargs)
            _refuse_large(result, token)
            return result

        return bounded

    def note_blank(self, name: str) -> None:
        if name in self.locals:
            return
        value = self.resolve(name, default="")
        if not isinstance(value, int | float) and not str(value).strip():
            self.blanks[name] = None


def _refuse_growth(name: str, value: object, args: tuple[object, ...], token: Token | None) -> None:
    """`replace` and `join` multiply lengths: what would come out is counted before it is made."""
    pieces = [str(arg) for arg in args]
    if name == "join" and isinstance(value, list):
        grown = sum(len(str(item)) for item in value) + len(value) * len(
            pieces[0] if pieces else " "
        )
    else:
        text, sought = str(value), pieces[0] if pieces else ""
        count = text.count(sought) if sought else len(text) + 1
        grown = len(text) + count * len(pieces[1] if len(pieces) > 1 else "")
    if grown > VALUE_LENGTH:
        raise LimitError("value too long", token=token)


def _refuse_large(result: object, token: Token | None) -> None:
    if isinstance(result, int | float) and not abs(result) <= LARGEST_NUMBER:
        raise LimitError("number too large", token=token)
    if isinstance(result, str | list) and len(result) > VALUE_LENGTH:
        raise LimitError("value too long", token=token)


class FrugalTemplate(BoundTemplate):
    context_class = FrugalContext


def _printed_bare(expression: Expression) -> tuple[str, ...]:
    """The variables an expression prints without a `default` behind them."""
    if not isinstance(expression, FilteredExpression):
        return ()
    filters: list[Filter] = expression.filters or []
    if any(each.name == "default" for each in filters):
        return ()
    used = [expression.left, *(child for each in filters for child in each.children())]
    return tuple(
        str(each.path[0]) for each in used if isinstance(each, Path) and len(each.path) == 1
    )


class OutputNode(output.OutputNode):
    """Notes a variable that is blank when it is really printed: one inside an `if` that was not taken is not missed."""

    __slots__ = ("bare",)

    def __init__(self, token: Token, expression: Expression) -> None:
        super().__init__(token, expression)
        self.bare = _printed_bare(expression)

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if isinstance(context, FrugalContext):
            for name in self.bare:
                context.note_blank(name)
        return super().render_to_output(context, buffer)


class AssignNode(assign_tag.AssignNode):
    """`assign` counts as printing: what it keeps is meant to be read."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if isinstance(context, FrugalContext):
            for name in _printed_bare(self.expression):
                context.note_blank(name)
        return super().render_to_output(context, buffer)


class OutputTag(output.Output):
    node_class = OutputNode


class AssignTag(assign_tag.AssignTag):
    node_class = AssignNode


class FrugalEnvironment(Environment):
    template_class = FrugalTemplate
    loop_iteration_limit: ClassVar[int | None] = LOOPS
    local_namespace_limit: ClassVar[int | None] = 16 * VALUE_LENGTH  # bytes, of all values assigned
    output_stream_limit: ClassVar[int | None] = (
        4 * VALUE_LENGTH
    )  # bytes; compose.py counts the characters
    block_nesting_limit: ClassVar[int] = 12

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.tags.clear()
        for tag in TAGS:
            self.add_tag(tag)
        self.add_tag(OutputTag)
        self.add_tag(AssignTag)
        self.filters = {name: self.filters[name] for name in FILTERS}


def environment() -> Environment:
    return FrugalEnvironment(tolerance=Mode.STRICT, strict_filters=True)


def expressions_of(template: BoundTemplate) -> Iterator[Expression]:
    """Every expression of a template, the inner ones too."""
    context = RenderContext(template)

    def walk_node(node: Node) -> Iterator[Expression]:
        for expression in node.expressions():
            yield from walk(expression)
        for child in node.children(context):
            yield from walk_node(child)

    def walk(expression: Expression) -> Iterator[Expression]:
        yield expression
        for child in expression.children():
            yield from walk(child)

    for node in template.nodes:
        yield from walk_node(node)


def refuse_ranges(template: BoundTemplate) -> None:
    """Raise LimitError for a range that is not small and written out."""
    for expression in expressions_of(template):
        if not isinstance(expression, RangeLiteral):
            continue
        start, stop = expression.start, expression.stop
        if not (isinstance(start, IntegerLiteral) and isinstance(stop, IntegerLiteral)):
            raise LimitError("range of variables", token=expression.token)
        if not -LOOPS <= start.value <= stop.value <= start.value + LOOPS <= LARGEST_NUMBER:
            raise LimitError("range too long", token=expression.token)
