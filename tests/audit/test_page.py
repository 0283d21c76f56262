"""The report as a page: complete, escaped, alone; and in a browser."""

import pickle
import re
import shutil
import subprocess
from html.parser import HTMLParser

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sk_softunlearn import SoftUnlearner
from tests.cases import logistic, raw_pipeline, unfair

mpl.use("Agg")
EVIL = "<script>alert('x')</script>"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Reader(HTMLParser):
    """Collects tags with what they load, and the text of table cells."""

    def __init__(self):
        super().__init__()
        self.tags, self.loads, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        links = ("src", "href", "xlink:href", "data")
        self.loads += [value for name, value in attrs if name in links]

    def handle_data(self, data):
        self.text.append(data)


def audited(**parameters):
    X, y, group = unfair(1500)
    X = X.rename(columns={"a": EVIL})
    pipeline = make_pipeline(raw_pipeline()[0], raw_pipeline()[1])
    pipeline[0].set_params(
        transformers=[
            (name, transformer, [EVIL, "b", "c"] if columns == ["a", "b", "c"] else columns)
            for name, transformer, columns in pipeline[0].transformers
        ]
    )
    group = group.map({"g0": "<b>A & B</b>", "g1": "$g$"})
    soft = SoftUnlearner(pipeline, random_state=0, **parameters)
    soft.fit(X, y, sensitive_features=group)
    return soft.audit(X, y, sensitive_features=group)


@pytest.fixture(scope="module")
def report():
    return audited(n_rounds=4)


@pytest.fixture(scope="module")
def page(report, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    text = report.to_html(path, deltas=[0.25, 0.5, 1.0], n_boot=20, rows=20)
    assert path.read_text(encoding="utf-8") == text
    return path, text


def test_what_comes_from_data_stays_text(page):
    reader = Reader()
    reader.feed(page[1])
    assert reader.tags.count("script") == 1
    assert "b" not in reader.tags[: reader.tags.index("ul")]
    assert EVIL in reader.text
    assert "<b>A & B</b>" in reader.text


def test_nothing_is_loaded_from_elsewhere(page):
    reader = Reader()
    reader.feed(page[1])
    assert [link for link in reader.loads if not link.startswith(("#", "data:image/png"))] == []
    assert not re.search(r"url\((?!#)", page[1])
    assert "@import" not in page[1]


def test_the_numbers_are_those_of_the_report(report, page):
    summary = report.summary()
    for text in (
        f"{summary['delta_rows']:.0%} gone",
        f"{summary['residual']:#.4g}",
        f"{summary['rows_changed']} weights changed",
    ):
        assert text in page[1]
    frame = report.frame(n_boot=20)
    assert f"{frame.loc['overall', ('accuracy', 'after')]:.3f}" in page[1]
    assert page[1].count('id="mark-') == 3
    moved = report.background.weights(20)
    assert all(f'<th scope="row">{row}</th>' in page[1] for row in moved.index)


def test_a_stored_report_says_what_it_cannot_show(report):
    copy = pickle.loads(pickle.dumps(report))
    text = copy.to_html(n_boot=0)
    assert "stored without its training rows" in text
    assert "<script" not in text
    assert repr(copy) == repr(report)


def test_what_a_reader_must_not_miss_comes_first(recwarn):
    text = audited(delta=0.9, guards=None).to_html(deltas=2, n_boot=0)
    assert "What to know first" in text
    assert "The log loss got worse on these rows" in text


def test_rows_that_moved_are_shown_with_their_values_also_where_labels_repeat():
    X, y, group = unfair(600)
    X = X.set_axis(np.arange(600) // 2).rename(columns={"b": "weight"})
    numbers = X[["a", "weight"]]
    soft = SoftUnlearner(logistic(), random_state=0).fit(numbers, y, sensitive_features=group)
    background = soft.audit(numbers, y, sensitive_features=group).background
    rows = background.rows(5)
    order = np.argsort(-np.abs(soft.epsilon_), kind="stable")[:5]
    np.testing.assert_array_equal(rows["a"], numbers["a"].iloc[order])
    np.testing.assert_array_equal(rows["weight_value"], numbers["weight"].iloc[order])
    np.testing.assert_array_equal(rows["weight"], soft.sample_weight_[order])


def test_in_notebooks_a_sentence_and_a_table(report):
    text = report._repr_html_()
    assert text.startswith("<p>AuditReport of 1500 rows")
    assert "<b>A" not in text


def test_it_opens_in_a_browser_and_the_slider_is_at_the_asked_delta(page, tmp_path):
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed here: apt-get install chromium")
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"]
    done = subprocess.run(
        [
            *(CHROMIUM, *quiet, f"--user-data-dir={tmp_path}", "--enable-logging=stderr"),
            *("--virtual-time-budget=2000", "--dump-dom", page[0].as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "CONSOLE" not in done.stderr
    assert re.search(r'<output id="asked">0.5</output>', done.stdout)
    assert re.search(r'<tr class="now"><th scope="row">0.5</th>', done.stdout)
    hidden = re.findall(r'id="mark-(\d)" style="display: none;"', done.stdout)
    assert hidden == ["0", "2"]
    cells = re.search(r'id="now">(.*?)</tbody>', done.stdout, re.DOTALL)[1]
    assert np.all([float(value) >= 0 for value in re.findall(r"<td>([\d.]+)</td>", cells)])


def test_the_page_says_what_it_is_about(report):
    drawn = plt.get_fignums()
    text = report.to_html(title="Loans & age", about="Who gets a <loan>.", deltas=1, n_boot=0)
    assert "<title>Loans &amp; age</title>" in text
    assert "Who gets a &lt;loan&gt;." in text
    assert f"the favourable label is {report.favourable()}." in text
    assert f"{len(report.rows.target):,} rows of this report" in text
    # Figures of the user's stay, those of the page are gone.
    assert plt.get_fignums() == drawn


def test_classes_are_called_as_the_user_says(report):
    text = report.to_html(deltas=1, n_boot=0, labels={"yes": "gra<nted", "no": "refused"})
    assert "the favourable label is gra&lt;nted." in text
    assert "favourable label (gra&lt;nted)" in text
    moved = text[text.index('id="moved"') : text.index('id="made"')]
    assert {"<td>gra&lt;nted</td>", "<td>refused</td>"} >= set(
        re.findall("<td>[gr]e?[a-z&;]+</td>", moved)
    )
    assert "<td>yes</td>" not in moved
    assert ", label refused (" in text


def test_what_these_rows_do_not_bear_out_is_said():
    X, y, group = unfair(1500)
    soft = SoftUnlearner(raw_pipeline(), delta=0.5, random_state=0)
    soft.fit(X, y, sensitive_features=group)
    few = slice(None, None, 30)
    text = soft.audit(X[few], y[few], sensitive_features=group[few]).to_html(deltas=1, n_boot=50)
    assert "cannot be told from their noise" in text


def test_no_features_of_rows_unless_asked(report):
    text = report.to_html(deltas=2, n_boot=0)
    shown = text[text.index('id="moved"') : text.index('id="made"')]
    assert EVIL.replace("'", "&#39;").replace("<", "&lt;").replace(">", "&gt;") not in shown
    assert "personal data" not in shown
    assert all(
        f'<th scope="row">{row}</th>' in shown for row in report.background.weights(20).index
    )
    some = report.to_html(deltas=2, n_boot=0, rows=3, columns=["b"])
    shown = some[some.index('id="moved"') :]
    assert "personal data" in shown
    assert '<th scope="col">b</th>' in shown
    assert '<th scope="col">c</th>' not in shown
    with pytest.raises(ValueError, match=r"'columns' must be columns .* got \['d'\]"):
        report.to_html(deltas=2, n_boot=0, rows=3, columns=["d"])


def test_tables_figures_and_limits_say_what_they_are(report):
    origin = {"table": "<people>.csv", "nothing": ""}
    text = report.to_html(
        deltas=2, n_boot=5, requirements=["accuracy>=0.99", "accuracy>0.5"], origin=origin
    )
    assert "<th>" not in text
    figures = re.findall('<svg role="img" aria-label="([^"]+)"[^>]*><title>', text)
    assert len(figures) == text.count("<svg") == 6
    assert "Calibration before and after: all rows" in figures
    assert text.count("<figure") == text.count("<figcaption>") == 4
    assert re.search(r"accuracy&gt;=0.99</th>.*not met</td></tr>\n.*>met</td>", text)
    assert "&lt;people&gt;.csv" in text
    assert "nothing" not in re.findall('<th scope="row">(.*?)</th>', text)
    assert report.date in text
    linked = set(re.findall('href="#([a-z]+)"', text))
    assert linked <= set(re.findall('<h2 id="([a-z]+)"', text))
    assert {"decisions", "rates", "confusion", "impact", "made"} <= linked
    assert "nan" not in re.sub("<svg.*?</svg>|<script.*", "", text, flags=re.DOTALL)


def test_the_same_report_is_the_same_text(report):
    assert report.to_html(deltas=2, n_boot=5) == report.to_html(deltas=2, n_boot=5)


def test_a_path_goes_no_further_than_the_metric_may():
    page = audited(delta=0.3, max_improvement=0.4).to_html(deltas=2, n_boot=0)
    assert re.findall(r'"delta": ([0-9.]+)', page) == ["0.2", "0.4"]


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DegenerateMetricWarning")
def test_an_unlearner_without_groups_has_a_path_and_a_page_too():
    X, y, group = unfair(600)
    soft = SoftUnlearner(logistic(), random_state=0).fit(X[["a", "b"]], y)
    path = soft.delta_path([0.5])
    assert path["requested_demographic_parity"].isna().all()
    assert (path["measured_log_loss"] == 0).all()
    report = soft.audit(X[["a", "b"]], y, sensitive_features=group)
    assert "How this was made" in report.to_html(deltas=2, n_boot=0)


def test_calibration_is_drawn_where_it_is(report):
    text = report.to_html(deltas=2, n_boot=0)
    panels = text[text.index('id="calibration"') : text.index('id="objectives"')]
    assert panels.count("<svg") == len(report.rows.group_names) + 1
    overall = report.calibration().loc["overall"]
    shown = panels[panels.rindex("<svg") :]
    for when, name in (("before", "was"), ("after", "is")):
        points = re.search(f'<polyline class="{name}" points="(.*?) ?"', shown)[1].split()
        x, y = np.array([point.split(",") for point in points], dtype=float).T
        curve = overall.xs(when, axis=1, level=1).dropna()
        np.testing.assert_allclose((x - 30) / 100, curve["mean_probability"], atol=1e-3)
        np.testing.assert_allclose((110 - y) / 100, curve["base_rate"], atol=1e-3)
    few = (report.calibration()["rows"].to_numpy() < 30) & (report.calibration()["rows"] > 0)
    assert panels.count(' few"') == few.to_numpy().sum()


def test_of_many_groups_the_largest_are_drawn():
    X, y, _ = unfair(2000)
    sizes = np.arange(1, 15) / np.arange(1, 15).sum()
    group = np.random.default_rng(0).choice([f"g{k:02d}" for k in range(14)], 2000, p=sizes)
    soft = SoftUnlearner(logistic(), random_state=0, min_group_rows=1)
    soft.fit(X[["a", "b"]], y, sensitive_features=group)
    text = soft.audit(X[["a", "b"]], y, sensitive_features=group).to_html(deltas=1, n_boot=0)
    assert "The 12 largest groups." in text
    drawn = re.findall("<title>Calibration before and after: (.*?)</title>", text)
    smallest = np.argsort(np.unique(group, return_counts=True)[1])[:2]
    assert drawn == [f"g{k:02d}" for k in range(14) if k not in smallest] + ["all rows"]


def test_groups_that_are_numbers_have_the_name_of_their_column_everywhere():
    X, y, group = unfair(900)
    race = (group == "g1").astype(int).rename("race")
    columns = {"race": race, "sex": np.where(np.arange(900) % 2, "F", "M")}
    soft = SoftUnlearner(logistic(), random_state=0)
    soft.fit(X[["a", "b"]], y, sensitive_features=columns)
    report = soft.audit(X[["a", "b"]], y, sensitive_features=columns, reference="1, F")
    text = report.to_html(deltas=2, n_boot=5, rows=3)
    # Figures have their texts as comments.
    assert "<!-- race = 1, F, label yes (" in text
    assert "largest between race = 1, F and another group" in text
    cells = re.findall("<t[dh][^>]*>(.*?)</t[dh]>", text)
    assert not {cell for cell in cells if re.match("[01](, [FM])?$", cell) and cell not in "01"}
    impact = text[text.index('id="impact"') : text.index('id="objectives"')]
    assert re.findall('"category">(.*?)</td>', impact)[:4] == ["race = 0", "race = 1", "F", "M"]
    moved = text[text.index('id="moved"') : text.index('id="made"')]
    assert re.search("<td>race = [01], [FM]</td>", moved)
    assert "race = 1, F" in report.to_markdown(n_boot=0)
    pytest.importorskip("skops")
    assert "race = 1, F" in str(report.to_model_card().render())


def test_rows_without_groups_make_a_page_too(report):
    soft = SoftUnlearner(logistic(), random_state=0)
    X, y, group = unfair(600)
    soft.fit(X[["a", "b"]], y, sensitive_features=group)
    text = soft.audit(X[["a", "b"]], y).to_html(deltas=2, n_boot=5)
    assert "could not be measured" in text
