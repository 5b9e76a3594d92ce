"""WhatsApp's marks become tags; everything else stays text."""

from __future__ import annotations

import pytest

from esquadrao.campaigns.bubble import whatsapp_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*oi*", "<strong>oi</strong>"),
        ("_oi_ ~não~", "<em>oi</em> <s>não</s>"),
        ("*_oi_*", "<strong><em>oi</em></strong>"),
        ("```a\n*b*```", "<code>a<br>*b*</code>"),
        ("`x*y*`", "<code>x*y*</code>"),
        ("2*3*4", "2*3*4"),
        ("nome_do_arquivo", "nome_do_arquivo"),
        ("* item", "* item"),
        ("um\ndois", "um<br>dois"),
        ("https://exemplo.com.br", "https://exemplo.com.br"),
        ("<b>oi</b> & *<i>*", "&lt;b&gt;oi&lt;/b&gt; &amp; <strong>&lt;i&gt;</strong>"),
        ('```<script>"```', "<code>&lt;script&gt;&#34;</code>"),
        ("*a\nb*", "*a<br>b*"),
    ],
)
def test_marks_become_tags_and_nothing_else_does(text: str, html: str) -> None:
    assert str(whatsapp_html(text)) == html


def test_long_runs_of_marks_end() -> None:
    assert "<script" not in str(whatsapp_html("*_~`" * 1000 + "<script>"))
