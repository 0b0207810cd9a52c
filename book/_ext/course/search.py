"""What the search page knows: every section's words, the glossary's names, how Chinese is written.

A section is a heading with its own text, a term of the glossary or an object of the package. Its
prose goes into the index as it is read, formulas in plain letters, so that the browser can show an
excerpt around a match without reading another page (which from a file it may not). Of code the
names are kept.

The glossary is the one place for the names of a thing: the term, its twin in the other language,
and those listed after "Also called:" and "Related:" ("又称：", "相关："), in both editions.
Whichever a reader types, all are looked for. What is found is ranked in the browser, see
_static/search.js.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from pypinyin import Style, lazy_pinyin
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

# A chapter explains, the pages behind it look up, the package's reference lists.
CHAPTER, BEHIND, REFERENCE = 1.0, 0.25, 0.1

# How a glossary's lines of other names, and of what one may look for there, begin and go on.
NAMES = {
    "en": (re.compile(r"^(?:Also called|Related): ?"), ";", "."),
    "zh": (re.compile(r"^(?:又称|相关)："), "；", "。"),
}
ENTRY = re.compile(r"^(\S.*)\n((?:  .+\n?)+)", re.MULTILINE)
REPEATS = re.compile(r"^sec-\w+-(?:exercises|questions|summary|reading)$")
REPETITION = 0.4
SILENT = (nodes.raw, nodes.comment, nodes.title, nodes.image, nodes.target)
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")

GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi pi rho sigma "
    "tau phi varphi chi psi omega Delta Sigma Omega Phi Lambda"
)
SIGNS = "nabla sqrt sum le ge ne approx times cdot to leftarrow infty in pm dots partial propto"
LETTERS = dict(zip(GREEK.split(), "αβγδεεζηθκλμνξπρστφφχψωΔΣΩΦΛ", strict=True))
LETTERS |= dict(zip(SIGNS.split(), "∇√Σ≤≥≠≈×·→←∞∈±…∂∝", strict=True))
LETTERS |= {name: f"{name} " for name in ("log", "exp", "max", "min", "ln")}

# Pairs: a traditional character, its simplified form. Those of the field's words and of everyday
# ones; where one simplified form stands for several, each has its pair.
TRADITIONAL = (
    "學学習习優优選选擇择訓训練练網网絡络層层數数據据損损誤误差差過过擬拟閾阈靈灵變变異异樣样"
    "迴回歸归線线歸归權权減减動动勢势項项則则罰罚稀稀疏疏對对數数極极點点鞍鞍陣阵矩矩維维曲曲"
    "關关係系參参調调隨随機机標标準准貝贝葉叶斯斯驗验證证測测試试資资計计算算導导鏈链反反傳传"
    "遞递積积電电腦脑圖图畫画頁页書书單单雙双個个們们這这裡里裏里哪哪會会為为什么麼么怎怎樣样"
    "開开關关時时間间長长後后從从來来無无與与當当應应該该說说話话請请問问題题種种類类別别聲声"
    "噪噪雜杂訊讯號号碼码檢检查查詢询錯错穩稳定定發发散散斂敛斷断續续飽饱爆爆炸炸衝冲擊击縮缩"
    "門门閥阀經经驗验風风險险預预處处離离散散連连續续體体現现實实際际觀观衡衡較较強强軟软體体"
    "硬硬記记憶忆庫库載载輸输入入貢贡獻献設设備备環环境境執执行行編编譯译構构築筑模模組组織织"
    "雲云端端區区塊块邊边緣缘圓圆橢椭幾几何何維维階阶級级確确信信賴赖頻频質质價价買买賣卖"
    "餘余弦弦熱热啟启動动衰衰週周期期輪轮批批次次併并並并總总統统論论結结論论討讨評评估估"
    "檔档案案壓压態态雜杂簡简單单複复製制復复雜杂壞坏運运轉转換换歷历史史歐欧幾几里里得得"
    "範范圍围內内積积叉叉熵熵條条件件獨独立立協协方方異异漸渐進进鄰邻居居聚聚類类決决策策樹树"
    "隱隐藏藏馬马爾尔可可夫夫圖图靈灵監监督督強强化化學学徵征擴扩張张壹一萬万億亿兩两"
    "夠够認认識识讀读寫写聽听講讲話话師师尋寻找找虛虚擬拟擾扰測测覽览繪绘圖图顯显示示"
    "輔辅助助適适納纳雖虽費费勞劳燈灯爐炉釋释義义講讲領领導导術术語语譜谱規规範范劃划"
    "嚴严屬属幣币帶带幫帮廣广廢废徑径恆恒慣惯戰战戲戏擁拥擇择擋挡攝摄敵敌於于曉晓棄弃業业"
    "樂乐歡欢淺浅深深減减滿满滾滚潛潜濾滤滑滑營营獲获環环產产畫画礎础禮礼稱称積积穩稳窮穷"
    "筆笔節节約约純纯紙纸細细終终給给維维綜综綠绿緊紧縱纵繼继續续罷罢職职聯联膠胶臨临舉举"
    "舊旧艱艰藝艺蘭兰虧亏補补裝装見见視视親亲觸触計计訂订誰谁課课諾诺謝谢譜谱讓让豐丰負负"
    "財财貨货責责費费賞赏贊赞趕赶跡迹車车軸轴輕轻較较輯辑農农遠远遲迟還还邏逻那那郵邮醫医"
    "釘钉針针鈴铃銀银銷销鋒锋錄录鍵键鏡镜鐵铁閉闭閱阅闊阔隊队陽阳階阶隻只雖虽難难電电靜静"
    "頂顶順顺須须預预頭头題题額额顧顾飛飞養养館馆驅驱驟骤髮发鬆松魚鱼鮮鲜麗丽黃黄齊齐齒齿龍龙"
    "儘尽儲储兒儿凍冻剛刚創创劑剂勁劲務务勝胜匯汇協协卻却厲厉參参員员喚唤嘗尝團团圖图執执場场"
    "報报塵尘墊垫夾夹奪夺奮奋婦妇孫孙寧宁寬宽導导將将專专對对層层屆届島岛嶺岭幹干庫库廳厅"
    "彈弹彎弯後后徹彻恥耻悅悦惡恶愛爱態态慮虑憑凭懷怀懸悬戶户扣扣掃扫採采掛挂損损搶抢攔拦敗败"
    "頓顿籤签懲惩緩缓擺摆盪荡蕩荡潰溃躍跃疊叠註注偽伪偵侦佈布佔占係系個个倫伦側侧傑杰僅仅"
    "斬斩書书東东極极構构槍枪歲岁殘残殺杀氣气決决沒没況况測测濕湿災灾煙烟熱热牆墙犧牺狀状獎奖"
)

KEPT_PINYIN = re.compile(r"^[a-z]+$")


@dataclass
class Section:
    """A place that a result can lead to."""

    page: int
    anchor: str
    heading: str
    text: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    ids: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """How much this place counts beside the others of its page."""
        # One who looks for a thing wants it taught, not asked, summed up or solved.
        repeats = any(REPEATS.search(each) for each in self.ids) or not self.taught
        return REPETITION if repeats else 1.0

    taught: bool = True


def readable(tex: str) -> str:
    r"""Return a formula in plain letters.

    Examples
    --------
    >>> readable(r"\eta < \frac{2}{\lambda_{\max}}")
    'η < 2/λ_max'
    """
    text = re.sub(r"\\(?:begin|end)\{[^{}]*\}(?:\{[^{}]*\})?", " ", tex)
    text = re.sub(r"\\d?frac\{([^{}]*)\}\{", r"\1/{", text)
    text = re.sub(
        r"\\([A-Za-z]+)", lambda found: LETTERS.get(found[1], "") if found[1] else "", text
    )
    text = re.sub(r"\\.|[{}&$]", "", text)
    return re.sub(r"\s+", " ", text).strip()


def spoken(node: nodes.Node, section: Section, titles: Mapping[str, str]) -> None:
    """Add what a part of a page says to a section: its words, and the names in its code."""
    if isinstance(node, nodes.literal_block):
        section.names.update(IDENTIFIER.findall(node.astext()))
    elif isinstance(node, nodes.math | nodes.math_block):
        text = readable(node.astext())
        section.text.append(f" {text} " if isinstance(node, nodes.math_block) else text)
    elif isinstance(node, addnodes.pending_xref) and node["refdomain"] != "py":
        # A title is known by its page only; of citations and numbers there is but the key yet.
        if node["reftype"] == "term":
            section.terms.append(node["reftarget"].lower())
        if node["reftype"] == "doc" and not node.get("refexplicit"):
            section.text.append(titles.get(node["reftarget"].lstrip("/"), ""))
        elif node["reftype"] == "term" or node.get("refexplicit"):
            section.text.append(node.astext())
    elif isinstance(node, nodes.Text):
        section.text.append(str(node))
    elif (
        isinstance(node, SILENT) or "facts" in node["classes"]
    ):  # the line of minutes and ways to run
        return
    else:
        for child in node.children:
            if not isinstance(child, nodes.section | addnodes.desc | addnodes.glossary):
                spoken(child, section, titles)
        if isinstance(node, nodes.TextElement) and not isinstance(node, nodes.Inline):
            section.text.append(" ")


def sections(doctree: nodes.document, page: int, titles: Mapping[str, str]) -> Iterator[Section]:
    """Yield a page's places, each with its own words."""
    boxes = _boxes(doctree)

    def walk(node: nodes.Node, current: Section | None, top: bool) -> Iterator[Section]:
        for child in node.children:
            if isinstance(child, nodes.section):
                title = next((part for part in child if isinstance(part, nodes.title)), None)
                # The content of an exercise or a solution has no title: its place is the box's.
                place = child if title else node
                heading = title.astext() if title else boxes.get(node.get("label", ""), "")
                here = Section(page, "" if top else place["ids"][0], heading)
                here.ids, here.taught = place["ids"], title is not None
                for part in child.children:
                    if not isinstance(part, nodes.section | addnodes.desc | addnodes.glossary):
                        spoken(part, here, titles)
                yield here
                yield from walk(child, here, top=False)
            elif isinstance(child, addnodes.glossary):
                for item in child.findall(nodes.definition_list_item):
                    term = item[0]
                    here = Section(page, term["ids"][0], term.astext())
                    spoken(item[-1], here, titles)
                    yield here
            elif isinstance(child, addnodes.desc):
                signature = child[0]
                if signature.get("ids"):
                    name = str(signature.get("fullname", signature.astext()))
                    here = Section(page, signature["ids"][0], name)
                    for part in child.children[1:]:
                        spoken(part, here, titles)
                    yield here
                yield from walk(child[-1], current, top=False)
            elif child.children and not isinstance(child, nodes.TextElement):
                yield from walk(child, current, top)

    yield from walk(doctree, None, top=True)


def _boxes(doctree: nodes.document) -> dict[str, str]:
    """Return what the exercises of a page and their solutions are called, by their labels."""
    called: dict[str, str] = {}
    for box in doctree.findall(nodes.Admonition):
        if box.get("label") and isinstance(box[0], nodes.title):
            kind, *name = (part.astext() for part in box[0].children)
            of = called.get(box.get("target_label", ""), "")
            called[box["label"]] = name[0] if name else f"{of} · {kind}" if of else kind
    return called


def glossary(text: str, edition: str) -> list[tuple[str, list[str], str]]:
    r"""Return a glossary's terms, each with what else it is called and the page it leads to.

    Examples
    --------
    >>> glossary("```{glossary}\nloss\n  A number.\n  Also called: cost; error.\n```", "en")
    [('loss', ['cost', 'error'], '')]
    """
    begin, between, end = NAMES[edition]
    found = []
    for term, definition in ENTRY.findall(text.partition("```{glossary}")[2]):
        lines = [line.strip() for line in definition.split("\n")]
        names = [
            name.strip().strip("`")
            for line in lines
            if begin.match(line)
            for name in begin.sub("", line).removesuffix(end).split(between)
        ]
        target = re.search(r"\{(?:doc|ref)\}`([\w-]+)`", definition)
        found.append((term.strip(), names, target[1] if target else ""))
    return found


def named(folder: Path, edition: str) -> list[tuple[list[str], str]]:
    """Return for each term of an edition all its names, its own first, in both languages.

    Beside them stands what the definition itself leads to, a page or a section, if it does.
    """
    read = {
        name: glossary((folder / name / "glossary.md").read_text(encoding="utf-8"), name)
        for name in NAMES
        if (folder / name / "glossary.md").exists()
    }
    if edition not in read:
        return []
    sides = [read[edition], *(entries for name, entries in read.items() if name != edition)]
    return [
        (
            list(
                dict.fromkeys(name for term, others, _target in twins for name in (term, *others))
            ),
            twins[0][2],
        )
        for twins in zip(*sides, strict=len(sides[0]) == len(sides[-1]))
    ]


def sounds() -> dict[str, str]:
    """Return the usual Chinese characters by their sound, by which one is mistaken for another."""
    rows, cells = range(0xB0, 0xD7), range(0xA1, 0xFA)
    usual = [bytes((row, cell)).decode("gb2312") for row in rows for cell in cells]
    by_sound: dict[str, str] = {}
    for character in usual:
        sound = lazy_pinyin(character, style=Style.NORMAL)[0]
        if KEPT_PINYIN.match(sound):
            by_sound[sound] = by_sound.get(sound, "") + character
    return by_sound


class TermsLinked(SphinxTransform):
    """Note which of the glossary's terms a page links, in order."""

    default_priority = 880

    def apply(self, **_options: object) -> None:
        """Note them with the page's metadata."""
        found = (
            link["reftarget"].lower()
            for link in self.document.findall(addnodes.pending_xref)
            if link["reftype"] == "term"
        )
        self.env.metadata[self.env.docname]["terms"] = list(dict.fromkeys(found))


def _in_order(app: Sphinx) -> list[str]:
    """Return the pages in the order of the table of contents."""
    root = app.config.root_doc
    order = [root]
    for page in order:
        order += [each for each in app.env.toctree_includes.get(page, []) if each not in order]
    return [*order, *sorted(app.env.found_docs - set(order))]


class GlossaryLinks(SphinxPostTransform):
    """Give the glossary a bar of letters, and its terms the chapter that introduces them."""

    default_priority = 5
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Rewrite the page at hand if it has a glossary."""
        first: dict[str, str] = {}
        for page in _in_order(self.app):
            for term in self.env.metadata.get(page, {}).get("terms", []):
                first.setdefault(term, page)
        for whole in list(self.document.findall(addnodes.glossary)):
            letters: dict[str, str] = {}
            for item in list(whole.findall(nodes.definition_list_item)):
                term, definition = item[0], item[-1]
                self.part_names(definition)
                # A Chinese term is listed by its English name, which its definition begins with.
                latin = re.match(r"[A-Za-z]", term.astext())
                latin = latin or re.search(r"[A-Za-z]", definition.astext())
                if latin:
                    letters.setdefault(latin[0].upper(), term["ids"][0])
                if chapter := first.get(term.astext().lower()):
                    self.link(definition, chapter)
            links = [
                nodes.list_item(
                    "", nodes.paragraph("", "", nodes.reference("", letter, refid=place))
                )
                for letter, place in sorted(letters.items())
            ]
            whole.parent.insert(
                whole.parent.index(whole), nodes.bullet_list("", *links, classes=["letters"])
            )

    def part_names(self, definition: nodes.Element) -> None:
        """Make each line of other names a paragraph of its own."""
        begin = NAMES[self.config.course_edition][0]
        for paragraph in list(definition.findall(nodes.paragraph)):
            lines: list[list[nodes.Node]] = [[]]
            for child in paragraph.children:
                texts = str(child).split("\n") if isinstance(child, nodes.Text) else [child]
                for number, part in enumerate(texts):
                    if number:
                        lines.append([])
                    if part != "":  # a line's end may be a text of its own
                        lines[-1].append(nodes.Text(part) if isinstance(part, str) else part)
            kept: list[list[nodes.Node]] = [[]]
            for line in lines:
                if line and begin.match(line[0].astext()):
                    kept.append(line)
                else:
                    kept[0] += [nodes.Text(" "), *line] if kept[0] else line
            others = [nodes.paragraph("", "", *line, classes=["also"]) for line in kept[1:]]
            paragraph.replace_self([nodes.paragraph("", "", *kept[0]), *others])

    def link(self, definition: nodes.Element, page: str) -> None:
        """Lead from a term to the chapter that introduces it."""
        title = self.env.titles[page].astext()
        uri = self.app.builder.get_relative_uri(self.env.docname, page)
        target = nodes.reference("", title, refuri=uri, internal=True)
        definition += nodes.paragraph("", _("Introduced in") + " ", target, classes=["also"])


def _write(app: Sphinx, failure: Exception | None) -> None:
    """Write the index beside the pages."""
    if failure or app.builder.format != "html":
        return
    edition = app.config.course_edition
    pages = _in_order(app)
    titles = {page: title.astext() for page, title in app.env.titles.items()}
    entries = named(Path(app.srcdir).parent, edition)
    known = {names[0].lower(): index for index, (names, _target) in enumerate(entries)}
    labels: dict[str, int] = {}
    for index, (_names, target) in enumerate(entries):
        if target and target not in pages:
            labels[target] = index
    treated = {index: target for index, (_names, target) in enumerate(entries)}
    places = []
    for number, page in enumerate(pages):
        introduced: set[int] = set()
        for place in sections(app.env.get_doctree(page), number, titles):
            text = re.sub(r"\s+", " ", "".join(place.text)).strip()
            here = {known[term] for term in place.terms if term in known} - introduced
            introduced |= here
            for label in labels.keys() & set(place.ids):
                here.add(labels[label])
                treated[labels[label]] = page
            places.append(
                [
                    place.page,
                    place.anchor,
                    place.heading,
                    text,
                    " ".join(sorted(place.names)),
                    place.weight,
                    sorted(here),
                ]
            )
    linking: dict[str, list[int]] = {}
    for number, page in enumerate(pages):
        for term in app.env.metadata.get(page, {}).get("terms", []):
            linking.setdefault(term, []).append(number)
    terms = [
        [names, linking.get(names[0].lower(), []), [_sound(name) for name in names], treated[index]]
        for index, (names, _target) in enumerate(entries)
    ]
    given = {
        "pages": [[page, app.env.titles[page].astext(), _kind(app, page)] for page in pages],
        "sections": places,
        "terms": terms,
        "traditional": TRADITIONAL,
        "sounds": sounds(),
    }
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    Path(app.outdir, "searchindex.js").write_text(
        f"const courseIndex = {text};\n", encoding="utf-8"
    )


def _sound(name: str) -> str:
    """Return how a Chinese name is typed by sound, or nothing."""
    han = re.search(r"[\u4e00-\u9fff]", name)
    return " ".join(lazy_pinyin(name, style=Style.NORMAL)) if han else ""


def _kind(app: Sphinx, page: str) -> float:
    if app.env.doc2path(page).endswith(".ipynb"):
        return CHAPTER
    return REFERENCE if page.startswith("api/") else BEHIND


def _own_search(app: Sphinx) -> None:
    """Keep Sphinx from indexing words of its own."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]


def _search_page(_app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    yield "search", {}, "search.html"


def setup(app: Sphinx) -> None:
    """Take the place of Sphinx's search."""
    app.add_transform(TermsLinked)
    app.add_post_transform(GlossaryLinks)
    app.connect("builder-inited", _own_search, priority=100)
    app.connect("html-collect-pages", _search_page)
    app.connect("build-finished", _write)
