"""The page of a run: complete, alone, and safe to open."""

import re
from html.parser import HTMLParser

import pytest

from opcheck.report.html import page
from opcheck.report.json_report import run_data
from tests.examples import a_record

SCRIPT = "<script>alert('x')</script>"
ESCAPED = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"
ENVIRONMENT = {
    "tensorflow": "2.21.0",
    "keras": "3.1.0",
    "numpy": "2.0.0",
    "device": "CPU",
    "peak_memory_mb": 512,
}


def run_of(*results, **environment):
    return run_data(results, [ENVIRONMENT | environment], seed=0, seconds=1.0, workers=1)


class Tags(HTMLParser):
    """The tags of a page, and whether they are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.links = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        self.links += [value for name, value in attributes if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_good_run_is_a_page_that_says_so():
    text = page(run_of(a_record()), {})
    assert "<title>opcheck: No new defect</title>" in text
    assert '<p class="verdict">No new defect</p>' in text
    assert "<h2>New defects</h2>" not in text
    assert "<details>" not in text


def test_the_page_is_well_formed_and_needs_nothing_else():
    failing = a_record("b", outcome="wrong", explanation="why")
    tags = Tags(page(run_of(a_record(), failing), {"b": "no"}))
    assert tags.open == []
    assert {"html", "table", "td", "pre"} <= tags.seen
    assert tags.seen.isdisjoint({"script", "link", "img", "iframe"})
    assert tags.links == []


def test_the_page_has_a_row_for_each_family_and_one_for_all():
    text = page(run_of(a_record("a", family="unary"), a_record("b", family="linalg")), {})
    outcomes, matrix = text.split("<h2>Agreement by family and check</h2>")
    for table in (outcomes, matrix):
        found = re.findall(r"<tr><td>(\w+)</td><td>(\d+)</td>", table)
        assert found == [("linalg", "1"), ("unary", "1"), ("all", "2")]


def test_checks_that_do_not_apply_are_listed_with_their_reasons():
    absent = [{"case": "a/xla", "family": "unary", "check": "xla", "reason": "no <kernel>"}]
    data = run_data([a_record()], [ENVIRONMENT], seed=0, seconds=1, workers=1, absent=absent)
    assert "a/xla: no &lt;kernel&gt;" in page(data, {})
    assert "do not apply" not in page(run_of(a_record()), {})


def test_new_defects_are_shown_in_full():
    failing = a_record("b", outcome="wrong", explanation="b: WRONG\n  gap        1 < 2")
    text = page(run_of(a_record(), failing), {"b": "no"})
    assert "<pre>b: WRONG\n  gap        1 &lt; 2</pre>" in text
    assert "<h2>Known defects and other outcomes</h2>" not in text


@pytest.mark.parametrize(
    ("known", "summary"), [("d", "nan (known: d) b"), (None, "nan b")], ids=["known", "other"]
)
def test_other_outcomes_are_folded_away(known, summary):
    noted = a_record("b", outcome="nan", known=known, explanation="b: NAN")
    text = page(run_of(a_record(), noted), {})
    assert f"<details><summary>{summary}</summary>\n<pre>b: NAN</pre></details>" in text


@pytest.mark.parametrize(
    ("results", "failures", "environment"),
    [
        ([a_record("b", outcome="wrong", explanation=SCRIPT)], {"b": "no"}, {}),
        ([a_record("b", outcome="wrong", known="d", explanation="x")], {"b": SCRIPT}, {}),
        ([a_record("b", outcome="nan", explanation=SCRIPT)], {}, {}),
        ([a_record(SCRIPT, outcome="nan", explanation="")], {}, {}),
        ([a_record(outcome="nan", known=SCRIPT, explanation="")], {}, {}),
        ([a_record(family=SCRIPT)], {}, {}),
        ([a_record()], {}, {"device": SCRIPT}),
    ],
    ids=["new defect", "failure", "noted", "case", "known", "family", "device"],
)
def test_text_from_outside_is_escaped(results, failures, environment):
    text = page(run_of(*results, **environment), failures)
    assert ESCAPED in text
    assert "<script" not in text.lower()
