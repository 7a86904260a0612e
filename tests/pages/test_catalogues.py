"""The catalogues: complete, true to their templates, compiled from what lies beside them. No text goes past them."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from string import Formatter

import pytest

from ui.language import LANGUAGES, joined, translated
from ui.locales import update
from unet_core.config import ConfigError, UNetConfig
from unet_core.messages import ExplainedError, Message

FOREIGN = sorted(LANGUAGES.keys() - {"en"})
TEMPLATES = sorted({template for template, _ in update.templates()})
SAME_IN_CHINESE = {"ReLU", "U-Net Explorer"}
LOWER_CASE_NAMES = ("torchinfo",)
PAGES = [path for path in update.sources() if path.relative_to(update.ROOT).parts[0] in ("app.py", "pages", "ui")]


def catalogue(language: str) -> dict[str, str]:
    """Template -> translation, as the .po file has them."""
    return {str(message.id): str(message.string) for message in update.load(language) if message.id}


def fields(text: str) -> Counter[tuple[str, str | None, str | None]]:
    """The placeholders of a template, each with its format and conversion. ValueError for unbalanced braces."""
    return Counter((name, spec, how) for _, name, spec, how in Formatter().parse(text) if name is not None)


def words(text: str) -> str:
    """What a template says besides its placeholders."""
    return "".join(literal for literal, *_ in Formatter().parse(text))


def dummies(template: str) -> dict[str, object]:
    """A value of the right kind for every placeholder."""
    values: dict[str, object] = {}
    for name, spec, _ in fields(template):
        values[name] = 1234.5 if (spec or "").endswith("f") else 1234 if spec else "@"
    return values


def format_faults(template: str, translation: str) -> list[str]:
    """Why a translation can't take the values, or the markdown, of its template."""
    try:
        faults = ["placeholders differ"] if fields(template) != fields(translation) else []
        translation.format(**dummies(template))
    except (ValueError, KeyError, IndexError) as error:
        return [f"cannot be formatted: {error!r}"]
    return faults + [f"{mark} differs" for mark in ("**", "`") if template.count(mark) != translation.count(mark)]


def wording_faults(template: str, translation: str) -> list[str]:
    """What a reader of Chinese would stumble over."""
    faults = []
    speaks = re.search("[A-Za-z]", words(template)) and template not in SAME_IN_CHINESE
    if speaks and not re.search("[一-鿿]", translation):
        faults.append("not Chinese")
    if template.endswith(".") != translation.endswith("。"):
        faults.append("ends otherwise")
    if re.search(r"[一-鿿][,;:?!]|[一-鿿]\.(?!\.)", translation):
        faults.append("half-width punctuation")
    if re.search(r"[一-鿿][A-Za-z0-9{]|[A-Za-z0-9}][一-鿿]", translation):
        faults.append("no space between Chinese and Latin")
    return faults


def english_faults(template: str) -> list[str]:
    """A fragment begins small and ends without a full stop; a text of several sentences ends with one."""
    try:
        said = words(template)
    except ValueError as error:
        return [f"cannot be formatted: {error}"]
    starts_small = template[0].islower() and not template.startswith(LOWER_CASE_NAMES)
    faults = ["blank at an end"] if template != template.strip() else []
    faults += ["hangs"] if template.endswith((",", ";", ":")) else []
    faults += ["a fragment with a full stop"] if starts_small and template.endswith(".") else []
    several = re.search(r"[.?!] [A-Z]", said) and template[0].isupper()
    return faults + (["no full stop"] if several and not template.endswith((".", "?", "!")) else [])


# --- the catalogues ---


@pytest.mark.parametrize("language", FOREIGN)
def test_every_text_is_translated_and_nothing_else_is_kept(language: str) -> None:
    known = catalogue(language)
    assert [template for template in TEMPLATES if not known.get(template)] == []
    assert sorted(known.keys() - set(TEMPLATES)) == []
    assert [message.id for message in update.load(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", FOREIGN)
def test_a_translation_takes_the_values_of_its_template(language: str) -> None:
    assert {key: faults for key, text in catalogue(language).items() if (faults := format_faults(key, text))} == {}


def test_chinese_reads_like_chinese() -> None:
    assert {key: faults for key, text in catalogue("zh").items() if (faults := wording_faults(key, text))} == {}
    assert set(TEMPLATES) >= SAME_IN_CHINESE


def test_english_is_consistent() -> None:
    assert {template: faults for template in TEMPLATES if (faults := english_faults(template))} == {}


@pytest.mark.parametrize("language", FOREIGN)
def test_updating_again_changes_nothing(language: str) -> None:
    folder = update.LOCALES / language / "LC_MESSAGES"
    merged = update.merged(update.load(language))
    assert update.as_po(merged) == (folder / "app.po").read_bytes(), "run python -m ui.locales.update"
    assert update.as_mo(merged) == (folder / "app.mo").read_bytes(), "run python -m ui.locales.update"


@pytest.mark.parametrize("language", FOREIGN)
def test_the_app_shows_the_translation(language: str) -> None:
    for template, translation in catalogue(language).items():
        message = Message(template, dummies(template))
        assert translated(message, language) == translation.format(**message.values)
        assert translated(message, "en") == str(message)


# --- translated() ---


def test_a_message_inside_a_message_is_translated_too() -> None:
    inner = Message("{k} × {k} convolution", {"k": 3})
    outer = Message("{first} + {second}", {"first": inner, "second": Message("batch norm")})
    assert translated(outer, "zh") == "3 × 3 卷积 + 批归一化"
    assert translated(outer, "en") == str(outer) == "3 × 3 convolution + batch norm"


def test_an_error_is_translated_with_its_values() -> None:
    with pytest.raises(ConfigError) as caught:
        UNetConfig(depth=9)
    assert translated(caught.value, "en") == str(caught.value) == "depth must be 1..6, got 9"
    assert translated(caught.value, "zh") == "depth 必须在 1..6 之间，实际为 9"
    reason = Message("This link asks for a network that can't be built: {reason}. The start network is shown instead.",
                     {"reason": caught.value.message})  # fmt: skip
    assert "depth 必须在 1..6 之间，实际为 9" in translated(reason, "zh")


def test_a_value_is_never_read_as_a_template() -> None:
    for language in LANGUAGES:
        assert "{oops} %s" in translated(ExplainedError("no layer is called {row}", row="{oops} %s"), language)


def test_what_no_catalogue_knows_is_shown_in_english() -> None:
    assert translated("only {n} in a test", "zh", n=3) == "only 3 in a test"


def test_chinese_addresses_everybody_alike() -> None:
    assert [entry.id for entry in update.load("zh") if "您" in str(entry.string)] == []


# --- no text goes past the catalogues ---

SHOWN_FIRST = re.compile(
    "title|header|subheader|write|markdown|caption|text|info|success|warning|error|toast|button|link_button|"
    "download_button|checkbox|toggle|radio|selectbox|multiselect|slider|select_slider|number_input|text_input|"
    "text_area|file_uploader|camera_input|segmented_control|pills|metric|expander|popover|spinner|status|chat_input|"
    "form_submit_button|tabs|dialog|badge"
)
SHOWN_BY_NAME = {"label", "placeholder", "help", "alt", "caption", "text", "body", "page_title"}
OWN_NAMES = {"U-Net Explorer", "Language / 语言"}  # the same in every language


def raw(node: ast.expr) -> Iterator[str]:
    """Texts with letters that an expression shows as they stand; what a call gives back is that call's affair."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if any(map(str.isalpha, node.value)) and node.value not in OWN_NAMES:
            yield node.value
        return
    shown: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr):
        shown = node.values
    elif isinstance(node, ast.FormattedValue):
        shown = [node.value]
    elif isinstance(node, ast.BinOp):
        shown = [node.left, node.right]
    elif isinstance(node, ast.BoolOp):
        shown = node.values
    elif isinstance(node, ast.IfExp):
        shown = [node.body, node.orelse]
    elif isinstance(node, (ast.List, ast.Tuple)):
        shown = node.elts
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # "...".format(), ", ".join()
        shown = [node.func.value] if isinstance(node.func.value, ast.Constant) else []
    for part in shown:
        yield from raw(part)


def untranslated(source: str) -> list[str]:
    """Texts that a call of Streamlit shows without a catalogue; on `st`, a container or a column alike."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            arguments = call.args[:1] if SHOWN_FIRST.fullmatch(call.func.attr) else []
            arguments += [keyword.value for keyword in call.keywords if keyword.arg in SHOWN_BY_NAME]
            found += [f"line {call.lineno}: {text}" for argument in arguments for text in raw(argument)]
    return found


def made_up(source: str, known: Mapping[str, tuple[int, ...]] = update.KEYWORDS) -> list[str]:
    """Templates put together while the program runs: no catalogue can hold them."""
    kinds = (ast.JoinedStr, ast.BinOp, ast.Call)
    return [ast.unparse(node) for node in update.arguments(source, known) if isinstance(node, kinds)]


def text_of(html: str) -> str:
    """The text of a component's .html, and what its attributes say aloud."""
    spoken = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', html)
    return " ".join([*spoken, re.sub(r"<[^>]*>|<!--.*?-->", " ", html, flags=re.DOTALL)]).strip()


def test_no_page_shows_a_text_that_no_catalogue_has() -> None:
    assert {path.name: lines for path in PAGES if (lines := untranslated(path.read_text("utf-8")))} == {}


def test_no_template_is_put_together() -> None:
    texts = {path: path.read_text("utf-8") for path in update.sources()}
    known = update.keywords(texts.values())
    assert "ConfigError" in known
    assert {path.name: lines for path, text in texts.items() if (lines := made_up(text, known))} == {}


def test_the_components_bring_no_words_of_their_own() -> None:
    files = list(update.LOCALES.parent.glob("components/*/*.html"))
    assert files
    assert {file.name: text for file in files if (text := text_of(file.read_text("utf-8")))} == {}


# --- each of these checks can fail ---


def test_the_checks_see_a_broken_translation() -> None:
    assert format_faults("{a} of {b:,} **x**", "{b:,} 中的 {a} **甲**") == []
    assert format_faults("{a} of {b:,}", "{b:,} 中的") == ["placeholders differ"]
    assert format_faults("{a}", "{a} 和 {a}") == ["placeholders differ"]
    assert format_faults("{b:,}", "{b}") == format_faults("{a}", "{a!r}") == ["placeholders differ"]
    for broken in ("{a", "a}", "{c}", "{}", "{a:,}"):
        assert format_faults("{a}", broken) != [], broken
    assert format_faults("**a** b", "甲 *乙*") == ["** differs"]
    assert wording_faults("{n} layers.", "{n} 层。") == wording_faults("−{n}", "−{n}") == []
    assert wording_faults("{n} layers", "{n} layers") == ["not Chinese"]
    assert wording_faults("a layer.", "一层") == wording_faults("a layer", "一层。") == ["ends otherwise"]
    assert wording_faults("a, b", "甲,乙") == ["half-width punctuation"]
    assert wording_faults("{n} layers", "{n}层") == ["no space between Chinese and Latin"]


def test_the_checks_see_broken_english() -> None:
    assert english_faults("depth must be {low}..{high}") == english_faults("torchinfo counts. It adds.") == []
    assert english_faults("{a") != []
    assert english_faults("a} b") != []
    assert english_faults("Home ") == ["blank at an end"]
    assert english_faults("Home:") == ["hangs"]
    assert english_faults("a layer.") == ["a fragment with a full stop"]
    assert english_faults("One. Two") == ["no full stop"]


def test_a_catalogue_out_of_date_is_seen() -> None:
    old = update.Plain(locale="zh")
    old.add("Home", "首页")
    old.add("gone", "没有了")
    assert [message.string for message in old if message.id] == ["首页", "没有了"]
    new = update.merged(old)
    known = {message.id: message.string for message in new if message.id}
    assert (known["Home"], known["Build"]) == ("首页", "")
    assert sorted(known) == TEMPLATES  # "gone" is gone
    assert update.as_po(old) != update.as_po(new)
    before = update.as_mo(new)
    new["Home"].string = "主页"
    assert update.as_mo(new) != before


def test_the_extractor_finds_what_babels_own_overlooks() -> None:
    source = "raise BadError(\n'a {m}', m=getattr(x, 'n', str(x)))\nt('b' 'c'); ui.mark(\"d\" if e else 'f'); t(g)"
    found = update.arguments(source, update.keywords(["class BadError(E):", source]))
    assert [text for node in found for text in update.constants(node)] == ["a {m}", "bc", "d", "f"]
    assert [ast.unparse(node) for node in update.arguments("page('a', 'b'); page('c')", update.KEYWORDS)] == [
        "'a'", "'b'", "'c'",
    ]  # fmt: skip


def test_the_checks_see_a_text_that_goes_past_the_catalogues() -> None:
    assert untranslated("st.write(t('a')); left.button(t('b'), key='b', help=t('c')); st.page_link('a.py')") == []
    assert untranslated("st.write('• ' + t(d)); st.write(f'**{t(e)}**: {1}'); st.write(names['a'])") == []
    assert untranslated("st.title('Segment')") == ["line 1: Segment"]
    assert untranslated("\nleft.caption(f'{n} layers')") == ["line 2:  layers"]
    assert untranslated("st.tabs([t('a'), 'B'])") == untranslated("st.button(t('a'), help='B')") == ["line 1: B"]
    assert untranslated("st.error('a' if b == 'c' else t('d'))") == ["line 1: a"]
    assert untranslated("st.write('{} layers'.format(n))") == ["line 1: {} layers"]
    assert made_up("t('a', b=1); t(name); Message(c.template)") == []
    assert made_up("t(f'{n} layers')") == ["f'{n} layers'"]
    assert made_up("Message('a' + b); mark('c'.format(d))") == ["'a' + b", "'c'.format(d)"]
    assert text_of('<div class="a"><svg role="img"></svg></div>') == ""
    assert text_of('<p title="A">B</p>').split() == ["A", "B"]


def test_chinese_sentences_stand_in_one_paragraph_without_spaces_between_them() -> None:
    assert joined(("一句。", "又一句？", "One.")) == "一句。又一句？One."
    assert joined(("One.", "Two.")) == "One. Two."
