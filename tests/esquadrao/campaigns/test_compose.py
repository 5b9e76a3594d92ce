"""Texts: what they say, what they miss, and how the hostile ones end."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator

import pytest

from esquadrao.campaigns.compose import (
    LONGEST_TEXT,
    convert_pasted,
    parse,
    refuse_unknown,
    unknown_variables,
)
from esquadrao.errors import Invalid

ANA = {"nome": "Ana Souza", "primeiro_nome": "Ana", "telefone": "(11) 98765-4321", "email": ""}
BIG = "x" * 3000

HOSTILE = {
    "endless loop": "{% for i in (1..999999999) %}a{% endfor %}",
    "loop of nothing": "{% for i in (1..999999999) %}{% endfor %}",
    "range backwards": "{% for i in (1..999999999) reversed %}a{% endfor %}",
    "far offset": "{% for i in (1..9999999999) offset: 9999999990 limit: 1 %}a{% endfor %}",
    "range printed whole": "{{ (1..999999999) | join: ',' }}",
    "range from an assignment": "{% assign n = 999999999 %}{% for i in (1..n) %}a{% endfor %}",
    "nested loops": "{% for a in (1..99) %}{% for b in (1..99) %}.{% endfor %}{% endfor %}",
    "doubling": "{% assign x = 'aaaaaaaa' %}{% for i in (1..99) %}{% assign x = x | append: x %}{% endfor %}{{ x }}",
    "square by replace": f"{{% assign x = '{BIG}' %}}{{{{ x | replace: 'x', x }}}}",
    "square by join": f"{{% assign x = '{BIG}' %}}{{{{ x | split: '' | join: x }}}}",
    "numbers without end": "{{ 999999999999 " + "| times: 999999999999 " * 80 + "}}",
    "too many marks": "{{" * 1500 + "}}",
    "deep blocks": "{% if nome %}" * 60 + "{% endif %}" * 60,
    "longer than a message": "a" * (LONGEST_TEXT + 1),
    "grows past a message": "{% for i in (1..100) %}" + "a" * 50 + "{% endfor %}",
    "many calls": "{% for i in (1..200) %}{% assign x = 'a'" + " | upcase" * 30 + " %}{% endfor %}",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_ends_with_its_sentence(body: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(body).render(ANA)
    assert refused.value.code == "template_limit"
    assert refused.value.issues[0].path == "body"


@pytest.mark.parametrize(
    "body",
    [
        "{{ nome.__class__ }}",
        "{{ nome['__class__'] }}",
        "{{ nome.__class__.__mro__[1].__subclasses__ }}",
        "{{ 1e400 }}",
        "{{ '9' | times: 'abc' }}",
        "{{ nome | slice: 99999999999999999999, 99999999999999999999 }}",
        "{{ " + "a." * 1500 + "a }}",
        "{{ " + "a[" * 1200 + "a" + "]" * 1200 + " }}",
        "{{ nome | truncate: 'x' }}",
        "{{ 1 | divided_by: 0 }}",
        "{% if " + "nome and " * 400 + "nome %}x{% endif %}",
    ],
)
def test_an_odd_text_says_nothing_it_should_not(body: str) -> None:
    try:
        rendered = parse(body).render(ANA)
    except Invalid:
        return
    assert "class" not in rendered.text
    assert "object" not in rendered.text


@pytest.mark.parametrize(
    "tag", ["include 'x'", "render 'x'", "tablerow i in x", "liquid echo 1", "increment n"]
)
def test_tags_that_reach_outside_do_not_exist(tag: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(f"{{% {tag} %}}")
    assert refused.value.code == "template_syntax"


@pytest.mark.parametrize(
    "name", ["date", "escapejs", "safe", "map", "where", "base64_decode", "url_encode"]
)
def test_filters_nobody_needs_do_not_exist(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(f"{{{{ nome | {name} }}}}")
    assert refused.value.code == "template_syntax"
    assert refused.value.values["name"] == name


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        ("Oi {{ nome", 1, 4),
        ("Oi\n{% if nome %}tudo bem?", 2, 1),
        ("Oi\n\n  {{ nome bom }}", 3, 11),
        ("{{ nome | upcas }}", 1, 11),
        ("Oi {{ }}", 1, 4),
        ("Oi\n{% if nome == %}a{% endif %}", 2, 1),
        ("Oi {% endif %}", 1, 7),
        ("Oi {% repete %}", 1, 7),
    ],
)
def test_a_syntax_error_says_line_and_column(body: str, line: int, column: int) -> None:
    with pytest.raises(Invalid) as refused:
        parse(body)
    assert refused.value.code == "template_syntax"
    said = refused.value.sentence.format(**refused.value.values)
    assert (refused.value.values["line"], refused.value.values["column"]) == (line, column), said
    assert "{l" not in said


def test_line_ends_of_a_browser_count_once() -> None:
    with pytest.raises(Invalid) as refused:
        parse("Oi\r\n\r\n{{ nome bom }}")
    assert refused.value.values["line"] == 3


def test_a_misspelt_filter_names_the_nearest() -> None:
    with pytest.raises(Invalid) as refused:
        parse("{{ nome | upcas }}")
    assert refused.value.values["nearest"] == "upcase"


@pytest.mark.parametrize(
    ("body", "text", "missing"),
    [
        ("Olá {{ primeiro_nome }}!", "Olá Ana!", ()),
        ("Olá {{ nome | upcase }}", "Olá ANA SOUZA", ()),
        ("Seu e-mail: {{ email }}", "Seu e-mail:", ("email",)),
        ('{{ email | default: "sem e-mail" }}', "sem e-mail", ()),
        ("{% if email %}Escrevo a {{ email }}.{% endif %}Oi", "Oi", ()),
        ('{% if email != "" %}Escrevo a {{ email }}.{% endif %}Oi', "Oi", ()),
        ("{% assign quem = email %}Oi {{ quem }}", "Oi", ("email",)),
        ('{% assign quem = email | default: "você" %}Oi {{ quem }}', "Oi você", ()),
        ("Oi {{ cidade }}", "Oi", ("cidade",)),
        ("{% for i in (1..3) %}{{ i }}{% endfor %}", "123", ()),
        ("{{ 'a,b' | split: ',' | join: ' e ' }}", "a e b", ()),
        ("{{ 10 | times: 3 }}", "30", ()),
        ("R$ {{ '12' | plus: 1 }}", "R$ 13", ()),
    ],
)
def test_a_blank_without_default_is_missing_when_it_is_printed(
    body: str, text: str, missing: tuple[str, ...]
) -> None:
    rendered = parse(body).render(ANA)
    assert (rendered.text, rendered.missing) == (text, missing)


def test_an_empty_string_counts_as_absent_in_a_condition() -> None:
    assert parse("{% if email %}sim{% else %}não{% endif %}").render(ANA).text == "não"


def test_a_contacts_words_are_never_read_as_a_template() -> None:
    assert (
        parse("Oi {{ nome }}").render({"nome": "{{ email }}{% for"}).text == "Oi {{ email }}{% for"
    )


def test_variables_are_those_a_contact_must_have() -> None:
    text = parse(
        "{% assign a = nome %}{{ a }}{% for i in (1..2) %}{{ i }}{{ forloop.index }}{% endfor %}{{ cidade }}"
    )
    assert text.variables == {"nome", "cidade"}


def test_an_unknown_variable_names_the_nearest() -> None:
    text = parse("{{ nme }} {{ xyzxyz }} {{ nome.sobrenome }}")
    assert unknown_variables(text, ANA) == [
        ("nme", "nome"),
        ("nome.sobrenome", "nome"),
        ("xyzxyz", None),
    ]
    with pytest.raises(Invalid) as refused:
        refuse_unknown(text, ANA)
    assert [issue.code for issue in refused.value.issues] == ["unknown_variable"] * 3


@pytest.mark.parametrize(
    ("pasted", "ours"),
    [
        ("Olá {nome}", "Olá {{ nome }}"),
        ("Olá {{Nome}}", "Olá {{ nome }}"),
        ("Hi {{name}}, {first_name}", "Hi {{ nome }}, {{ primeiro_nome }}"),
        ("{Primeiro Nome}", "{{ primeiro_nome }}"),
        ("{{ nome }}", "{{ nome }}"),
        ("{{nome}}", "{{nome}}"),
        ('{{ nome | default: "x" }}', '{{ nome | default: "x" }}'),
        ("{% if nome %}{{ X }}{% endif %}", "{% if nome %}{{ X }}{% endif %}"),
        ("{}", "{}"),
        ("{ 1 }", "{ 1 }"),
    ],
)
def test_pasted_variables_are_written_our_way_once(pasted: str, ours: str) -> None:
    converted, changes = convert_pasted(pasted)
    assert converted == ours
    assert bool(changes) == (pasted != ours)
    assert convert_pasted(converted) == (ours, ())


@pytest.fixture(autouse=True)
def _ends() -> Iterator[None]:
    """No figure is measured; a text that never ends stops the run here instead of holding it for hours."""
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("condition", ["cidade", "cidade != blank", "cidade != ''"])
@pytest.mark.parametrize("variables", [{}, {"cidade": ""}, {"cidade": " "}])
def test_what_a_contact_lacks_is_blank_in_every_spelling(
    condition: str, variables: dict[str, str]
) -> None:
    text = parse(f"Na loja{{% if {condition} %}} de {{{{ cidade }}}}{{% endif %}}.")
    assert text.render(variables).text == "Na loja."
    assert text.render({"cidade": "Recife"}).text == "Na loja de Recife."
