"""Search, in both languages, over HTTP and from files: what is typed leads where it is taught."""

import re

import pytest
from playwright.sync_api import Browser

from book.editions import EDITIONS, SITE
from tests.book.browser import complain, pages

LANGUAGES = [edition.name for edition in EDITIONS]

# What a reader may look for, by the page that must be among the first three found: terms, names in
# Latin letters, parts of Chinese words. A chapter's words count once it is in the book.
QUERIES = {
    "en": {
        "supervised-learning": "supervised learning, nearest neighbours, baseline, data leakage, "
        "k-means, bandit",
        "linear-regression": "linear regression, least squares, normal equations, "
        "condition number, residuals, standard error, ten features",
        "loss-functions": "loss functions, Huber, cross-entropy, log-sum-exp, label smoothing, "
        "maximum likelihood",
        "gradient-descent": "gradient descent, saddle, plateau, local minimum, "
        "Himmelblau, steepest, finite differences, learning rate, Hessian, autograd",
        "backpropagation": "backpropagation, chain rule, vanishing gradient, residual connection, "
        "checkpointing, forward mode, gradcheck, Xavier",
        "mini-batch": "mini-batch, gradient accumulation, large batch, batch size, power of two, "
        "stochastic gradient descent, shuffle, epoch, DataLoader, torchrun",
        "momentum": "momentum, Nesterov, velocity, Polyak, dampening, heavy ball",
        "adaptive-learning-rates": "adaptive learning rates, learning rate, Adagrad, RMSprop, "
        "Adadelta, match the units, rotation invariant, sparse gradients",
        "adam": "Adam, AdamW, AMSGrad, bias correction, moment estimates, "
        "epsilon, weight decay, decoupled",
        "learning-rate-schedules": "schedule, warm-up, cosine, one-cycle, warm restarts",
        "beyond-adam": "Lion, Muon, NAdam, RAdam, Shampoo, Adafactor, schedule-free, "
        "Newton-Schulz, gradient clipping, trust ratio, singular values",
        "bias-variance": "bias-variance, overfitting, learning curves, double descent",
        "regularization": "regularization, ridge, lasso, sparsity, early stopping, dropout",
        "putting-it-together": "putting it together, confusion matrix",
        "glossary": "glossary",
        "notation": "notation, symbols",
        "running": "citing, conda",
    },
    "zh": {
        "supervised-learning": "监督学习, 监督, 基线, 数据泄漏, 强化学习, 标准误",
        "linear-regression": "线性回归, 回归, 最小二乘, 正规方程, 条件数, 均方误差, 残差",
        "loss-functions": "损失函数, Huber, 交叉熵, 标签平滑, 最大似然",
        "gradient-descent": "梯度下降, 梯度, 局部极小, 鞍点, 平坦区, 有限差分, Himmelblau, "
        "学习率, 海森矩阵, 自动微分",
        "backpropagation": "反向传播, 链式法则, 梯度消失, 梯度爆炸, 残差连接, 检查点, gradcheck",
        "mini-batch": "小批量, 随机梯度下降, 大批量, 批量大小, 批次, 轮次, 打乱, "
        "噪声底, 梯度累积, DataLoader",
        "momentum": "动量, Nesterov, Polyak, 速度, 阻尼",
        "adaptive-learning-rates": "自适应学习率, 学习率, 自适应, Adagrad, RMSprop, Adadelta, 单位",
        "adam": "Adam, AdamW, AMSGrad, 偏差修正, 修正, 矩估计, epsilon, 权重衰减, 衰减",
        "learning-rate-schedules": "调度, 预热, 余弦, 热重启",
        "beyond-adam": "Lion, Muon, NAdam, RAdam, Shampoo, Adafactor, 奇异值, 梯度裁剪, 信任比",
        "bias-variance": "偏差与方差, 方差, 过拟合, 学习曲线, 双下降",
        "regularization": "正则化, 岭回归, 稀疏, 早停, 近端, 先验",
        "putting-it-together": "融会贯通, 混淆矩阵",
        "glossary": "术语",
        "notation": "符号",
        "running": "引用, conda",
    },
}


# The names of the pages found, the best first.
FOUND = "(query) => courseSearch(query).found.map(({ page }) => page.name)"

# Words that the book need not print, by the pages of which one must be among the first three: names
# of other books and of torch, old and new terms, misspellings, questions; in Chinese traditional
# characters, full-width letters and what sounds alike, too.
OTHERS = {
    "en": {
        "CrossEntropyLoss": "loss-functions",
        "nn.SmoothL1Loss": "loss-functions",
        "BCEWithLogitsLoss": "loss-functions",
        "NLLLoss": "loss-functions",
        "MSELoss": "loss-functions linear-regression",
        "cost function": "loss-functions",
        "log loss": "loss-functions",
        "CosineAnnealingLR": "learning-rate-schedules",
        "CosineAnnealingWarmRestarts": "learning-rate-schedules",
        "StepLR": "learning-rate-schedules",
        "lr scheduler": "learning-rate-schedules",
        "LR finder": "learning-rate-schedules putting-it-together",
        "step size": "gradient-descent",
        "steepest descent": "gradient-descent",
        "exploding gradient": "backpropagation gradient-descent",
        "loss is nan": "gradient-descent loss-functions",
        "autodiff": "gradient-descent",
        "numerical gradient check": "gradient-descent",
        "nesterov accelerated gradient": "momentum",
        "heavy-ball method": "momentum",
        "minibatch": "mini-batch",
        "SGD": "mini-batch gradient-descent",
        "weight_decay": "regularization adam",
        "Tikhonov": "regularization",
        "elasticnet": "regularization",
        "pseudo-labels": "supervised-learning",
        "cross validation k-fold": "supervised-learning regularization glossary",
        "bias variance tradeoff": "bias-variance",
        "generalisation": "bias-variance regularization supervised-learning",
        "overfiting": "bias-variance regularization",
        "momentun": "momentum",
        "cross entopy": "loss-functions",
        "gradiant decent": "gradient-descent",
        "regularizaton": "regularization",
        "adagard": "adaptive-learning-rates",
        "learing rate warmup": "learning-rate-schedules",
        "OLS": "linear-regression",
        "closed form solution": "linear-regression regularization",
        "how do I choose the batch size?": "mini-batch",
        "动量": "momentum",
        "hubber loss": "loss-functions",
        "focal loss": "loss-functions",
        "KL divergence": "loss-functions",
        "svm hinge": "loss-functions",
        "polyak heavy ball": "momentum",
        "one cycle policy": "learning-rate-schedules",
        "ReduceLROnPlateau": "learning-rate-schedules",
        "stochastic weight averaging": "beyond-adam learning-rate-schedules",
        "droput layer": "regularization",
        "kfold": "supervised-learning",
        "decoupled weight decay": "adam",
        "newtons method": "gradient-descent",
        "DistributedDataParallel": "mini-batch",
        "Jacobian": "backpropagation",
        "bagging random forest ensemble": "bias-variance",
        "adam w": "adam",
        "clip_grad_norm_": "beyond-adam backpropagation",
        "gradient chekpointing": "backpropagation",
        "double decent": "bias-variance",
        "EMA of weights": "beyond-adam learning-rate-schedules",
        "class imbalance": "loss-functions",
        "weight initialization he": "backpropagation",
    },
    "zh": {
        "CrossEntropyLoss": "loss-functions",
        "SmoothL1Loss": "loss-functions",
        "代价函数": "loss-functions",
        "成本函数": "loss-functions",
        "均方损失": "loss-functions linear-regression",
        "极大似然估计": "loss-functions",
        "学习速率": "gradient-descent adaptive-learning-rates learning-rate-schedules",
        "步长": "gradient-descent adaptive-learning-rates learning-rate-schedules",
        "最速下降法": "gradient-descent",
        "梯度爆炸": "backpropagation gradient-descent",
        "损失为nan": "gradient-descent loss-functions",
        "反向传播": "gradient-descent backpropagation",
        "数值梯度": "gradient-descent",
        "批大小": "mini-batch",
        "梯度累计": "mini-batch",
        "小批量随机梯度下降": "mini-batch",
        "SGD": "mini-batch gradient-descent",
        "动量法": "momentum",
        "重球法": "momentum",
        "Adam算法": "adam",
        "自适应矩估计": "adam",
        "权值衰减": "adam regularization",
        "学习率衰减": "learning-rate-schedules",
        "学习率预热": "learning-rate-schedules",
        "余弦衰减": "learning-rate-schedules",
        "偏差方差": "bias-variance",
        "过度拟合": "bias-variance regularization",
        "欠拟和": "bias-variance",
        "正则项": "regularization",
        "L2正则化": "regularization",
        "丢弃法": "regularization",
        "脊回归": "regularization",
        "最小二乘法": "linear-regression",
        "線性迴歸": "linear-regression",
        "學習率": "gradient-descent adaptive-learning-rates learning-rate-schedules",
        "損失函數": "loss-functions",
        "Ｌ２": "regularization",
        "线性回规": "linear-regression",
        "动亮": "momentum",
        "dongliang": "momentum",
        "涅斯捷罗夫": "momentum",
        "解耦权重衰减": "adam",
        "合页损失": "loss-functions",
        "类别不平衡": "loss-functions",
        "反向傳播演算法": "backpropagation",
        "雅可比矩阵": "backpropagation",
        "分布式训练": "mini-batch",
        "無放回抽樣": "mini-batch",
        "k近邻": "bias-variance supervised-learning",
        "BP 算法": "backpropagation",
        "梯度剪裁": "beyond-adam",
        "牛頓法": "gradient-descent",
        "梯度下降发": "gradient-descent",
        "激活值 显存": "backpropagation",
        "提前终止": "regularization",
    },
}


@pytest.mark.parametrize("edition", LANGUAGES)
@pytest.mark.parametrize("by", ["http", "file"])
def test_search_finds(browser: Browser, address: str, edition: str, by: str) -> None:
    base = address if by == "http" else SITE.as_uri()
    built = {page.removeprefix(f"{edition}/").removesuffix(".html") for page in pages(edition)}
    present = ((target, words) for target, words in QUERIES[edition].items() if target in built)
    asked = [(query, target) for target, words in present for query in words.split(", ")]
    assert len(asked) >= 40
    missed = []
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{base}/{edition}/search.html?q={asked[0][0]}")
        page.locator("#search-results li").first.wait_for()
        for query, targets in (*asked, *OTHERS[edition].items()):
            found = page.evaluate(FOUND, query)
            if not set(targets.split()) & set(found[:3]):
                missed.append(f"{query}: {targets} is not among the first three of {found[:6]}")
            if len(found) != len(set(found)):
                missed.append(f"{query}: a page is found twice: {found}")
    complain(missed)


@pytest.mark.parametrize("edition", LANGUAGES)
@pytest.mark.parametrize("by", ["http", "file"])
def test_a_result_shows_the_match_and_leads_to_its_section(
    browser: Browser, address: str, edition: str, by: str
) -> None:
    base = address if by == "http" else SITE.as_uri()
    query = {"en": "bias correction", "zh": "偏差修正"}[edition]
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{base}/{edition}/search.html?q={query}")
        first = page.locator("#search-results li").first
        first.wait_for()
        assert first.locator("mark").first.inner_text().lower() == query
        results = page.locator("#search-results").inner_text()
        assert "\\" not in results
        assert not re.search(r"(?<![^\W_])[^\W\d_]_\d(?!\w)", results), results
        link = first.locator("h2 a")
        assert "adam.html#" in (link.get_attribute("href") or "")
        link.click()
        place = page.url.partition("#")[2]
        page.wait_for_load_state()  # the address is there before the page is
        assert page.locator(f"[id='{place}']").count() == 1


# What is taught in a section leads to that section, before summaries, exercises and solutions.
SECTIONS = {
    "log-sum-exp": "sec-loss-logsumexp",
    "class imbalance": "sec-loss-imbalance",
    "Newton's method": "sec-gd-newton",
    "normal equations": "sec-line-closed-form",
    "double descent": "sec-bias-double-descent",
    "checkpointing": "sec-bp-memory",
}


@pytest.mark.parametrize("edition", LANGUAGES)
def test_a_term_leads_to_where_it_is_taught(browser: Browser, address: str, edition: str) -> None:
    missed = []
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/search.html?q=x")
        for query, label in SECTIONS.items():
            page.goto(f"{address}/{edition}/search.html?q={query}")
            link = page.locator("#search-results h2 a").first
            found = link.inner_text()
            link.click()
            page.wait_for_load_state()
            if not page.evaluate(
                """(label) => document.getElementById(label)?.closest("section")
                  === document.querySelector(":target")?.closest("section")""",
                label,
            ):
                missed.append(f"{query}: {found}, not {label}")
    complain(missed)


@pytest.mark.parametrize("edition", LANGUAGES)
def test_every_place_has_a_name(browser: Browser, address: str, edition: str) -> None:
    """Exercises and solutions too, whose content has no heading of its own."""
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/search.html?q=x")
        named = page.evaluate("courseIndex.sections.map(([page, anchor, name]) => [anchor, name])")
        texts = page.evaluate("JSON.stringify(courseIndex.sections)")
    assert any(anchor.startswith("ex-") for anchor, _ in named)
    frame = {"en": "Download this notebook", "zh": "下载本页笔记本"}[edition]
    assert frame not in texts, "an excerpt would show it"
    complain([anchor for anchor, name in named if not name.strip()])


@pytest.mark.parametrize("edition", LANGUAGES)
def test_what_was_meant_is_said(browser: Browser, address: str, edition: str) -> None:
    query, meant = {"en": ("momentun", "momentum"), "zh": ("线性回规", "线性回归")}[edition]
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/search.html?q={query}")
        page.locator("#search-results li").first.wait_for()
        assert meant in page.locator("#search-summary").inner_text()
        field = page.locator("article input[type=search]")
        field.fill("zzzzqqqq")
        field.press("Enter")
        assert page.locator("#search-results li").count() == 0
        assert "zzzzqqqq" in page.locator("#search-summary").inner_text()


BLOCKED = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
"""


def test_search_and_chapters_work_where_storage_is_blocked(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        context.add_init_script(BLOCKED)
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{address}/en/search.html?q=momentum")
        page.locator("#search-results li").first.wait_for()
        page.goto(f"{address}/en/momentum.html#exercises")
        page.locator(".tick input").first.check()
        page.locator(".mode-button").click()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        complain(wrong)


def test_every_name_in_the_glossary_leads_to_a_chapter(browser: Browser, address: str) -> None:
    """In both editions, whichever language it is typed in; not to the glossary alone."""
    missed = []
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        for edition in LANGUAGES:
            page.goto(f"{address}/{edition}/search.html?q=x")
            names = page.evaluate("courseIndex.terms.flatMap(([names]) => names)")
            assert len(names) > 400
            found = page.evaluate(
                "(names) => names.filter((name) => "
                "!courseSearch(name).found.slice(0, 3).some(({ page }) => page.kind === 1))",
                names,
            )
            missed += [f"{edition}: {name}" for name in found]
    complain(missed)
