"""What reads as English in Chinese words was rewritten, and does not come back.

Read are the words of the Chinese edition that readers read: prose, captions and alt texts. Two
things are asked. No sentence that once stood here as a translation stands here again; and no
multiple counts downwards ("six times fewer" has no such form in Chinese: it is "a sixth of") or
is a multiple of which nobody can say whether the one is in it. A link to a chapter gives its title
as a title, 《小批量》, to which the build adds the number; and each thing has one word.
"""

import re
from collections.abc import Iterator

import pytest
from markdown_it import MarkdownIt

from tools.chapters import BOOK, called, chapter, names, words
from tools.outputs import ROOT, read

# A piece of each sentence that was rewritten: enough to know it by, and nothing else.
REWRITTEN = (
    "图像不值钱",
    "告诉学习者什么",
    "要花次数去买信息",
    "这个来源可能送来",
    "没有函数的风险能低于",
    "会背书的模型",
    "测出每一种值多少",
    "五行的循环里碰头",
    "所有的点同时反对",
    "也有看法",
    "又由同一批点来评判",
    "哪个学习率都无能为力",
    "其余的人没有见过",
    "更不会教别的网络",
    "几个硬方向",
    "鞍点的温和",
    "边界很锐利",
    "小批量的全部理由",
    "全额付账",
    "在浪费样本之前早就",
    "步数少了八倍",
    "这里步数少了六倍",
    "山谷短了十倍",
    "谁来管哪些词罕见",
    "在最少的地方帮助最大",
    "权重说话",
    "收了这份代价",
    "梯度符号近来有多可靠",
    "这值多少",
    "数据买不掉偏差",
    "无话可说",
    "治另一种病的药",
    "对系数收费",
    "永远投零的票",
    "四十七，和零",
    "有名字的办法都有用",
    "换了衣服的岭回归",
    "上升的几乎全是乐观。",
    "区间收下这样的正确率",
)
NUMBER = r"[一二三四五六七八九十百千万两几\d][一二三四五六七八九十百千万两几\d.,]*"
DOWN = re.compile(rf"(?:少|短|小|低|慢|早|浅|窄|弱|近)了? ?{NUMBER} ?多?倍")
VAGUE = re.compile(rf"(?:(?:大|多|高|快)了|(?:长|深|强|远|重|宽)了?) ?{NUMBER} ?多?倍")
FINE = re.compile(r"[至最不将]")  # at least, at most, no less than, nearly: another word
NOTE = re.compile(r"<!--.*?-->", re.DOTALL)

# Another word for what the glossary, or the other chapters, call by the word after it.
RIVALS = {
    r"噪声下限|噪声基底|噪音": "噪声底",
    r"滑动平均": "移动平均",
    r"你将学会|学完本章": "学完这章，你能",
    r"批次大小|批大小": "批量大小",
    r"动量法": "动量",
    r"假设类": "假设空间",
    r"数据泄露|信息泄[露漏]": "数据泄漏",
    r"极大似然": "最大似然",
    r"黑塞|海塞|黑森": "海森矩阵",
    r"权值|权重递减": "权重、权重衰减",
    r"过度拟合": "过拟合",
    r"局部最[小优]": "局部极小值",
    r"丢弃法|暂退法|随机失活": "Dropout",
    r"异常值|野值": "离群点",
    r"代价函数|成本函数": "损失函数",
    r"学习速[率度]": "学习率",
    r"自动求导": "自动微分",
    r"调优集": "验证集",
    r"泛化间隙": "泛化差距",
    r"梯度剪裁": "梯度裁剪",
    r"[叠开]的单元|单元格": "一格",
    "正确率": "准确率",
    "自助聚合": "装袋法",
    "每个批量之后": "每个批次之后",  # 批量 is a batch's size
    r"热身(?!再)": "预热",  # a machine is warmed up before it is timed
}
ALSO = re.compile(r"^  (?:又称|相关)：.*$", re.MULTILINE)  # the glossary's, for the search
LINK = re.compile(r"\[([^\[\]]*)\]\(([\w-]+)\.ipynb(#[\w-]+)?\)(一节)?")
OWN = {"下一章", "从第 1 章开始"}  # a chapter named otherwise than by its title


def title(name: str) -> str:
    (first,) = re.findall(r"^# (.+)$", chapter(name, "zh").cells[0].source, re.MULTILINE)
    return str(first)


TITLES = {name: title(name) for name in names()}


def links(text: str) -> Iterator[str]:
    """Yield the links whose words do not say that they lead to a chapter, or to a section."""
    for said, page, place, section in LINK.findall(text):
        wanted = f"《{TITLES[page]}》"
        if not place and said != wanted and said not in OWN:
            yield f"a chapter is called {wanted}: [{said}]({page}.ipynb)"
        if place and said in {TITLES[page], f"{TITLES[page]}那一章", "那一章"}:
            yield f"a chapter is called {wanted}: [{said}]({page}.ipynb{place})"
        if section and not said.startswith("《"):
            yield f"a section's title is in 《》: [{said}]({page}.ipynb{place})一节"


def faults(text: str) -> Iterator[str]:
    """Yield what a text says that the Chinese edition does not say."""
    said = NOTE.sub("", text)
    yield from links(said)
    for rival, word in RIVALS.items():
        for found in re.findall(rival, said):
            yield f"one thing has one word, {word}: {found}"
    for piece in REWRITTEN:
        if piece in said:
            yield f"was rewritten: {piece!r}"
    for pattern, why in ((DOWN, "counts downwards"), (VAGUE, "may or may not hold the one")):
        for found in pattern.finditer(said):
            if not FINE.search(said[max(0, found.start() - 1) : found.start()]):
                yield f"a multiple that {why}: {said[max(0, found.start() - 8) : found.end()]!r}"


def read_texts() -> Iterator[tuple[str, str]]:
    """Yield each text of the Chinese edition after where it stands."""
    for name in names():
        for n, cell in enumerate(chapter(name, "zh").cells, 1):
            for kind, text in words(cell):
                yield f"{kind} of {called(cell, n)} in zh/{name}.ipynb", text
    for page in sorted((BOOK / "zh").rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        yield f"zh/{page.relative_to(BOOK / 'zh')}", ALSO.sub("", text)
    for page in sorted((ROOT / "coursekit" / "check" / "texts").glob("*.toml")):
        yield page.name, page.read_text(encoding="utf-8")


def test_the_chinese_edition_does_not_read_as_english() -> None:
    found = [f"{fault}: {where}" for where, text in read_texts() for fault in faults(text)]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize(
    "text",
    [
        *REWRITTEN,
        "步数少六倍",
        "减少了三倍",
        "误差小了 100 倍",
        "低一百倍以上",
        "一下子大了十六倍",
        "每一步都长了 256 倍",
        "跌得比 Adam 深十倍",
        "像[小批量](mini-batch.ipynb)那样",
        "[小批量](mini-batch.ipynb#sec-mb-floor)讲过",
        "见[为什么是平方？](linear-regression.ipynb#sec-line-likelihood)一节",
        *(re.split(r"[|(\[]", rival)[0] for rival in RIVALS if "[" not in rival.split("|")[0]),
    ],
)
def test_what_reads_as_english_is_found(text: str) -> None:
    assert list(faults(f"先说一句。{text}，再说一句。"))


@pytest.mark.parametrize(
    "text",
    [
        "步数降到六分之一",
        "学习率取到最佳值的十倍",
        "最多 8 倍",
        "至少两倍",
        "将近两倍",
        "放大 100 倍",
        "<!-- shown: code-01 prints 少六倍 -->",
        "像[《小批量》](mini-batch.ipynb)那样，[下一章](adam.ipynb)也是",
        "[累积小批量](mini-batch.ipynb#sec-mb-accumulation)时",
        "先热身再计时",
    ],
)
def test_what_is_chinese_is_let_through(text: str) -> None:
    assert not list(faults(text))


def test_each_piece_is_listed_once() -> None:
    assert len(set(REWRITTEN)) == len(REWRITTEN) == 39


def test_no_bold_phrase_keeps_its_stars() -> None:
    """Two stars between a full stop and a letter end nothing: the stop comes after them."""
    sources = [(path.name, path.read_text(encoding="utf-8")) for path in (BOOK / "zh").glob("*.md")]
    for path in (BOOK / "zh").glob("*.ipynb"):
        cells = read(path).cells
        sources += [(path.name, cell.source) for cell in cells if cell.cell_type == "markdown"]
    found = [
        f"{name}: {piece.content}"
        for name, source in sources
        for block in MarkdownIt().parse(re.sub(r"\$[^$]+\$", "M", source))
        for piece in block.children or []
        if piece.type == "text" and "**" in piece.content
    ]
    assert not found, "\n".join(found)
    assert len(sources) > 300
